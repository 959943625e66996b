/* A cohort of phantoms as files, in BIDS layout. cohort.tsv comes last: where it is, everything is. */
#include "phantom_files.h"
#include "tof_internal.h"

typedef struct cohort {
    const char *folder;
    const wil_tof_config *config;
    int n[3]; /* train, val, test */
    const wil_monitor *monitor;
    char *table;        /* cohort.tsv */
    char *participants; /* participants.tsv */
} cohort;

typedef enum file_kind { FILE_IMAGE, FILE_LABEL, FILE_BRAIN } file_kind;

static void relative_path(char out[160], file_kind kind, int number)
{
    static const char *const formats[] = {"sub-%03d/anat/sub-%03d_angio.nii.gz",
        "derivatives/willis/sub-%03d/anat/sub-%03d_desc-vessel_mask.nii.gz",
        "derivatives/willis/sub-%03d/anat/sub-%03d_desc-brain_mask.nii.gz"};
    snprintf(out, 160, formats[kind], number, number);
}

static wil_status write_file(const cohort *c, const wil_tof_subject *subject, file_kind kind, int number)
{
    char name[160];
    char *path = NULL;
    wil_status status;
    relative_path(name, kind, number);
    WIL_TRY(wil_path_join(&path, c->folder, name));
    if (kind == FILE_IMAGE)
        status = wil_volume_write(&subject->image, path, WIL_NIFTI_U8, "willis TOF-MRA phantom");
    else
        status = wil_mask_write(kind == FILE_LABEL ? &subject->label : &subject->brain, path,
            kind == FILE_LABEL ? "arteries with flow" : "intracranial space");
    wil_free(path);
    return status;
}

static wil_status note_subject(cohort *c, const wil_tof_facts *facts, const char *split, int number)
{
    char image[160], label[160], brain[160];
    relative_path(image, FILE_IMAGE, number);
    relative_path(label, FILE_LABEL, number);
    relative_path(brain, FILE_BRAIN, number);
    WIL_TRY(wil_text_append(&c->table, "sub-%03d\t%s\t%s\t%s\t%s\n", number, split, image, label, brain));
    const bool ill = facts->disease != WIL_TOF_HEALTHY;
    const char *side = !ill ? "n/a" : facts->side < 0 ? "left" : facts->side > 0 ? "right" : "midline";
    return wil_text_append(&c->participants,
        "sub-%03d\t%s\t%c\t%s\t%s\t%s\t%.3f\t%.3f\t%d\t%d\t%d\t%d\t%d\t%.5f\n", number, split,
        "ab"[c->config->site], wil_tof_disease_name(facts->disease),
        ill ? wil_tof_segment_name(facts->segment) : "n/a", side, facts->narrowing_frac,
        facts->collateral_frac, facts->has_acom, facts->has_pcom[0], facts->has_pcom[1], facts->n_segments,
        facts->n_bifurcations, facts->vessel_frac);
}

static wil_status write_subject(void *context, const char *split, int number)
{
    cohort *c = context;
    wil_tof_subject subject = {0};
    wil_status status;
    WIL_TRY(phantom_make_folder(c->folder, "", number, "anat"));
    WIL_TRY(phantom_make_folder(c->folder, "derivatives/willis", number, "anat"));
    WIL_TRY(wil_phantom_tof(&subject, c->config, number));
    WIL_TRY_GOTO(status, write_file(c, &subject, FILE_IMAGE, number), done);
    WIL_TRY_GOTO(status, write_file(c, &subject, FILE_LABEL, number), done);
    WIL_TRY_GOTO(status, write_file(c, &subject, FILE_BRAIN, number), done);
    status = note_subject(c, &subject.facts, split, number);
done:
    wil_tof_subject_clear(&subject);
    return status;
}

static json_t *describe_site(wil_tof_site which)
{
    const wil_tof_site_facts s = wil_tof_site_facts_of(which);
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "field_t", s.field_t, "tr_ms",
        s.tr_ms, "te_ms", s.te_ms, "flip_deg", s.flip_deg, "t1_blood_ms", s.t1_blood_ms, "noise_frac",
        s.noise_frac, "blur_mm", s.blur_mm, "bias_frac", s.bias_frac, "slab_mm", s.slab_mm, "fat_frac",
        s.fat_frac, "transfer_frac", s.transfer_frac);
}

static json_t *describe(const cohort *c)
{
    json_t *all =
        json_pack("{s:s, s:{s:i, s:i, s:i}, s:o}", "generator", "willis TOF-MRA phantom", "subjects", "train",
            c->n[0], "val", c->n[1], "test", c->n[2], "protocol", describe_site(c->config->site));
    json_t *settings = wil_fields_json(&wil_tof_fields, c->config, NULL);
    (void)json_object_update(all, settings);
    json_decref(settings);
    return all;
}

static wil_status write_all(cohort *c)
{
    WIL_TRY(wil_text_append(&c->table, "subject\tsplit\timage\tlabel\tmask\n"));
    WIL_TRY(wil_text_append(&c->participants,
        "participant_id\tsplit\tsite\tdisease\tsegment\tside\tnarrowing_frac\t"
        "collateral_frac\thas_acom\thas_pcom_left\thas_pcom_right\tn_segments\t"
        "n_bifurcations\tvessel_frac\n"));
    WIL_TRY(phantom_write_subjects(c->folder, c->n, write_subject, c, c->monitor));
    WIL_TRY(phantom_save_json(c->folder,
        json_pack("{s:s, s:s, s:s}", "Name", "willis TOF-MRA phantom cohort", "BIDSVersion", "1.9.0",
            "DatasetType", "raw"),
        "dataset_description.json"));
    WIL_TRY(phantom_save_json(c->folder, describe(c), "phantom.json"));
    WIL_TRY(phantom_save_text(c->folder, c->participants, "participants.tsv"));
    return phantom_save_text(c->folder, c->table, "cohort.tsv");
}

wil_status wil_phantom_tof_cohort(const char *folder, const wil_tof_config *config, int n_train, int n_val,
    int n_test, const wil_monitor *monitor)
{
    WIL_REQUIRE(folder != NULL && folder[0] != 0, WIL_ERR_ARG, "TOF phantom: no folder given for the cohort");
    WIL_TRY(wil_tof_config_check(config));
    WIL_TRY(phantom_check_counts("TOF phantom", n_train, n_val, n_test));
    WIL_TRY(phantom_check_folder(folder));
    cohort c = {.folder = folder, .config = config, .n = {n_train, n_val, n_test}, .monitor = monitor};
    const wil_status status = write_all(&c);
    wil_free(c.table);
    wil_free(c.participants);
    return status;
}
