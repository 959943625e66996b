/* willis bench list: what can be timed, and the sizes it has by default. */
#include "commands.h"

#include "willis/bench.h"

/* "96x96", "" where the shapes are fixed. */
static const char *size_text(char *text, size_t n, const wil_bench_info *info)
{
    size_t at = 0;
    text[0] = '\0';
    for (int i = 0; i < info->n_size && at < n; i++)
        at += (size_t)snprintf(text + at, n - at, "%s%d", i > 0 ? "x" : "", info->size[i]);
    return text;
}

static wil_status print_json(const wil_bench_info *list, int n)
{
    json_t *all = json_array();
    for (int i = 0; i < n; i++) {
        json_t *size = json_array();
        for (int k = 0; k < list[i].n_size; k++)
            (void)json_array_append_new(size, json_integer(list[i].size[k]));
        (void)json_array_append_new(
            all, json_pack("{s:s, s:s, s:i, s:i, s:o, s:b, s:b}", "name", list[i].name, "what", list[i].what,
                     "batch", list[i].batch, "filters", list[i].filters, "size", size, "takes_spectral",
                     (int)list[i].takes_spectral, "takes_clip", (int)list[i].takes_clip));
    }
    return cli_print_json(json_pack("{s:o}", "benches", all));
}

static wil_status print_lines(const wil_bench_info *list, int n)
{
    char size[64];
    char *lines = NULL;
    wil_status status = wil_text_append(&lines, "name\tbatch\tfilters\tsize\twhat is timed\n");
    for (int i = 0; i < n && status == WIL_OK; i++)
        status = list[i].n_size == 0
                     ? wil_text_append(&lines, "%s\t-\t-\tfixed\t%s\n", list[i].name, list[i].what)
                     : wil_text_append(&lines, "%s\t%d\t%d\t%s\t%s\n", list[i].name, list[i].batch,
                           list[i].filters, size_text(size, sizeof size, &list[i]), list[i].what);
    if (status == WIL_OK)
        status = cli_print_table(lines);
    wil_free(lines);
    return status;
}

static wil_status run(void *settings, const cli_common *common)
{
    int n = 0;
    const wil_bench_info *list = wil_bench_list(&n);
    (void)settings;
    return common->json ? print_json(list, n) : print_lines(list, n);
}

const cli_command cmd_bench_list = {
    .name = "bench list",
    .purpose = "what `willis bench` can time, with the sizes it has by default",
    .example = "willis bench list",
    .run = run,
};
