/* A cohort of phantoms as files, in BIDS layout. cohort.tsv comes last: where it is, everything is. */
#include "phantom_files.h"
#include "tof_internal.h"

#include <string.h>

typedef struct cohort {
    phantom_cohort *files;
    const wil_tof_config *config;
} cohort;

typedef enum file_kind { FILE_IMAGE, FILE_LABEL, FILE_BRAIN } file_kind;

static void relative_path(char out[160], file_kind kind, int number)
{
    static const char *const formats[] = {"sub-%03d/anat/sub-%03d_angio.nii.gz",
        PHANTOM_TRUTH "/sub-%03d/anat/sub-%03d_desc-vessel_mask.nii.gz",
        PHANTOM_TRUTH "/sub-%03d/anat/sub-%03d_desc-brain_mask.nii.gz"};
    snprintf(out, 160, formats[kind], number, number);
}

static wil_status note_subject(cohort *c, const wil_tof_facts *facts, const char *split, int number)
{
    char image[160], label[160], brain[160];
    relative_path(image, FILE_IMAGE, number);
    relative_path(label, FILE_LABEL, number);
    relative_path(brain, FILE_BRAIN, number);
    WIL_TRY(wil_text_append(&c->files->table, "sub-%03d\t%s\t%s\t%s\t%s\t" WIL_PHANTOM_ORIGIN "\n", number,
        split, c->config->labels_only ? "" : image, label, brain));
    const bool ill = facts->disease != WIL_TOF_HEALTHY;
    const char *side = !ill ? "n/a" : facts->side < 0 ? "left" : facts->side > 0 ? "right" : "midline";
    return wil_text_append(&c->files->participants,
        "sub-%03d\t%s\t%c\t%s\t%s\t%s\t%.3f\t%.3f\t%d\t%d\t%d\t%d\t%d\t%.5f\n", number, split,
        "abr"[c->config->site], wil_tof_disease_name(facts->disease),
        ill ? wil_tof_segment_name(facts->segment) : "n/a", side, facts->narrowing_frac,
        facts->collateral_frac, facts->has_acom, facts->has_pcom[0], facts->has_pcom[1], facts->n_segments,
        facts->n_bifurcations, facts->vessel_frac);
}

static wil_status write_subject(void *context, const char *split, int number)
{
    cohort *c = context;
    WIL_OWN(wil_tof_subject) subject = {0};
    char name[160];
    WIL_TRY(wil_phantom_tof(&subject, c->config, number));
    relative_path(name, FILE_IMAGE, number);
    if (!c->config->labels_only)
        WIL_TRY(phantom_save_volume(c->files, &subject.image, name, WIL_NIFTI_U8, c->files->name));
    relative_path(name, FILE_LABEL, number);
    WIL_TRY(phantom_save_mask(c->files, &subject.label, name, "arteries with flow"));
    relative_path(name, FILE_BRAIN, number);
    WIL_TRY(phantom_save_mask(c->files, &subject.brain, name, "intracranial space"));
    return note_subject(c, &subject.facts, split, number);
}

static json_t *describe_site(const wil_tof_config *config)
{
    if (config->site == WIL_TOF_SITE_RANDOM)
        return json_string("drawn for every subject");
    const wil_tof_site_facts s = wil_tof_site_of(config, 0);
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "field_t", s.field_t, "tr_ms",
        s.tr_ms, "te_ms", s.te_ms, "flip_deg", s.flip_deg, "t1_blood_ms", s.t1_blood_ms, "noise_frac",
        s.noise_frac, "blur_mm", s.blur_mm, "bias_frac", s.bias_frac, "slab_mm", s.slab_mm, "fat_frac",
        s.fat_frac, "transfer_frac", s.transfer_frac);
}

static json_t *describe(const cohort *c)
{
    json_t *all = json_pack("{s:s, s:{s:i, s:i, s:i}, s:o}", "generator", c->files->name, "subjects", "train",
        c->files->n[0], "val", c->files->n[1], "test", c->files->n[2], "protocol", describe_site(c->config));
    json_t *settings = wil_fields_json(&wil_tof_fields, c->config, NULL);
    (void)json_object_update(all, settings);
    json_decref(settings);
    return all;
}

wil_status wil_phantom_tof_cohort(const char *folder, const wil_tof_config *config, int n_train, int n_val,
    int n_test, const wil_monitor *monitor)
{
    WIL_TRY(wil_tof_config_check(config));
    WIL_OWN(phantom_cohort) files = {.who = "TOF phantom", .kind = "anat", .folder = folder};
    files.name = "willis TOF-MRA phantom";
    memcpy(files.n, (int[]){n_train, n_val, n_test}, sizeof files.n);
    files.no_images = config->labels_only;
    files.monitor = monitor;
    cohort c = {&files, config};
    WIL_TRY(phantom_cohort_begin(&files));
    WIL_TRY(wil_text_append(&files.table, "subject\tsplit\timage\tlabel\tmask\tlabel_origin\n"));
    WIL_TRY(wil_text_append(&files.participants,
        "participant_id\tsplit\tsite\tdisease\tsegment\tside\tnarrowing_frac\tcollateral_frac\thas_acom\t"
        "has_pcom_left\thas_pcom_right\tn_segments\tn_bifurcations\tvessel_frac\n"));
    return phantom_cohort_write(&files, write_subject, &c, describe(&c));
}
