/* willis train: trains what a run file says. */
#include "commands.h"

#include "willis/train.h"

static json_t *result_json(const wil_run_config *config, const wil_train_result *r)
{
    json_t *value = json_pack("{s:s, s:o, s:o, s:b, s:I, s:o, s:f, s:f}", "kind",
        wil_run_kind_name(config->kind), "model", wil_json_text(r->model_path), "output",
        wil_json_text(config->output), "interrupted", r->interrupted, r->counts, (json_int_t)r->steps_done,
        "seconds", wil_json_real(r->seconds), "plan_mib", (double)r->plan_bytes / 1048576.0,
        "peak_memory_mib", (double)wil_memory_peak_bytes() / 1048576.0);
    if (value != NULL && r->validates) {
        (void)json_object_set_new(value, "best_val_dice", wil_json_real(r->best_val_dice));
        (void)json_object_set_new(value, "best_epoch", json_integer(r->best_epoch));
    }
    return value;
}

static void print_result(const wil_train_result *r)
{
    char duration[32];
    printf("%s: %lld %s%s, %s in this run\n", r->model_path, (long long)r->steps_done, r->unit,
        cli_plural(r->steps_done), cli_duration(duration, r->seconds));
    if (r->validates && r->best_epoch > 0 && r->best_val_dice == r->best_val_dice)
        printf("best validation Dice %.4f, in epoch %d\n", r->best_val_dice, r->best_epoch);
}

static wil_status train(const wil_run_config *config, bool resume, const cli_common *common)
{
    wil_train_result result;
    WIL_TRY(cli_check_output_folder("run.output", config->output));
    WIL_TRY(wil_train(config, resume, cli_monitor_start(common), &result));
    wil_status status = WIL_OK;
    if (common->json)
        status = cli_print_json(result_json(config, &result));
    else
        print_result(&result);
    if (status == WIL_OK && result.interrupted)
        status = wil_fail(WIL_ERR_INTERRUPTED,
            "stopped; nothing is lost. Go on with: willis train %s/config.yaml --resume", config->output);
    wil_train_result_clear(&result);
    return status;
}

typedef struct request {
    char *path, *out;
    wil_text_list set;
    bool resume;
} request;

#define AT(member) offsetof(request, member)
static const wil_field FIELDS[] = {
    {"RUN", WIL_INPUT, AT(path), .help = "run file (YAML)"},
    {"set", WIL_LIST, AT(set), "", .value = "KEY=VALUE",
        .help = "overrides one setting; may be given several times"},
    {"out", WIL_OUTPUT_FOLDER, AT(out), "", .help = "run folder; the same as --set run.output=FOLDER"},
    {"resume", WIL_BOOL, AT(resume), .help = "go on from the newest checkpoint of the run folder"},
};

/* What options say of single settings comes last. */
static wil_status load(wil_run_config *out, const request *r, const cli_common *common)
{
    WIL_TRY(wil_run_config_load(out, r->path, (const char *const *)r->set.items, r->set.n));
    if (r->out != NULL) {
        wil_free(out->output);
        WIL_TRY(wil_string_copy(&out->output, r->out));
    }
    if (common->threads > 0)
        out->threads = common->threads;
    return WIL_OK;
}

static wil_status run(void *settings, const cli_common *common)
{
    const request *r = settings;
    WIL_OWN(wil_run_config) config = {0};
    WIL_TRY(load(&config, r, common));
    WIL_TRY(wil_thread_start(config.threads));
    return train(&config, r->resume, common);
}

const cli_command cmd_train = {
    .name = "train",
    .purpose = "trains a generative or a segmentation network as a run file says",
    .example = "willis train gan.yaml --set data.patches=patches.h5 --set run.output=run-gan\n"
               "willis train gan.yaml --set engine.precision=bf16 --set engine.recompute=true\n"
               "willis train run-gan/config.yaml --resume",
    .fields = WIL_FIELDS(request, FIELDS),
    .run = run,
    .computes = true,
    .notes =
        "Ctrl-C saves a checkpoint and ends with exit status 130; --resume goes on from there, or from the "
        "last checkpoint of a run that was killed, and the result is what it would have been without the "
        "pause. To get a run again bit by bit, take the same number of threads. What memory the training "
        "needs is said before it is taken. `willis config defaults` lists the settings.",
};
