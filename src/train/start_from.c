/* Training from given weights on: the networks that a file holds, and which weights move. */
#include <string.h>

#include "trainer.h"

/* Both names that a weight may have: in a network's file, and in a checkpoint. */
static wil_status list_set(const train_part *part, wil_tensor_list *list)
{
    const int first = list->n;
    WIL_TRY(wil_params_list(part->set, "", list));
    WIL_TRY(wil_params_list(part->set, part->name, list));
    for (int i = first; i < list->n; i++)
        list->views[i].optional = true;
    return WIL_OK;
}

/* How many weights of a set were found, whose views begin at first; *missing: one that was not. */
static int count_found(const train_part *part, const wil_tensor_list *list, int first, const char **missing)
{
    const int n = wil_params_count(part->set);
    int found = 0;
    for (int i = 0; i < n; i++) {
        const bool is_there = list->views[first + i].found || list->views[first + n + i].found;
        found += is_there;
        if (!is_there)
            *missing = list->views[first + i].name;
    }
    return found;
}

static bool starts(const train_part *part)
{
    return part->kind == PART_SET && part->copy_of == NULL;
}

static void tell_set(const train *t, const train_part *part, const wil_tensor_list *list, int first)
{
    const char *missing = NULL;
    const int n = wil_params_count(part->set);
    const int found = count_found(part, list, first, &missing);
    const char *name = wil_params_at(part->set, 0)->name;
    const int length = (int)strcspn(name, ".");
    if (found == n)
        wil_monitor_info(t->monitor, "%.*s: all weights from %s", length, name, t->config->start_from);
    else if (found == 0)
        wil_monitor_info(
            t->monitor, "%.*s: none in %s; its first weights are drawn", length, name, t->config->start_from);
    else
        wil_monitor_warn(t->monitor,
            "start_from: %s holds %d of the %d weights of %.*s, but not, for instance, %s; the others are "
            "drawn",
            t->config->start_from, found, n, length, name, missing);
}

static wil_status load(const char *path, wil_tensor_list *list)
{
    WIL_OWN(wil_tensor_reader) *reader = NULL;
    WIL_TRY(wil_fail_context(wil_tensor_reader_open(&reader, path), "start_from"));
    return wil_fail_context(wil_tensor_list_read(list, reader, false),
        "start_from: %s does not fit this run; give the run the sizes of that network", path);
}

wil_status train_start_from(train *t)
{
    const char *path = t->config->start_from;
    WIL_OWN(wil_tensor_list) list = {0};
    int first[TRAIN_PARTS];
    bool any = false;
    for (int i = 0; i < t->n_parts; i++) {
        first[i] = list.n;
        if (starts(&t->parts[i]))
            WIL_TRY(list_set(&t->parts[i], &list));
    }
    WIL_TRY(load(path, &list));
    for (int i = 0; i < list.n; i++)
        any = any || list.views[i].found;
    WIL_REQUIRE(any, WIL_ERR_INPUT,
        "start_from: %s holds none of the weights that this run has, such as %s; give a network of that "
        "kind, "
        "or a checkpoint of such a run",
        path, list.views[0].name);
    for (int i = 0; i < t->n_parts; i++)
        if (starts(&t->parts[i]))
            tell_set(t, &t->parts[i], &list, first[i]);
    return WIL_OK;
}

/* Whether a trained set has a weight that matches; *example: one that there is. */
static bool matches_any(const train *t, const char *pattern, const char **example)
{
    for (int i = 0; i < t->n_parts; i++) {
        const wil_params *set = t->parts[i].set;
        for (int k = 0; t->parts[i].kind == PART_OPTIMIZER && k < wil_params_count(set); k++) {
            const wil_param *param = wil_params_at(set, k);
            if (param->role == WIL_PARAM_STATE)
                continue;
            *example = param->name;
            if (wil_name_matches(param->name, pattern))
                return true;
        }
    }
    return false;
}

wil_status train_check_patterns(const train *t)
{
    for (const char *at = t->config->train; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        char pattern[256];
        const char *example = "";
        snprintf(pattern, sizeof pattern, "%.*s", (int)strcspn(at, ","), at);
        WIL_REQUIRE(matches_any(t, pattern, &example), WIL_ERR_ARG,
            "train: no weight of this run matches '%s'; names are such as %s, and * stands for any part of "
            "them",
            pattern, example);
    }
    return WIL_OK;
}
