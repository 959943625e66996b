/* A cohort of DSC phantoms as files, in BIDS layout. cohort.tsv comes last: where it is, everything is. */
#include "bolus_internal.h"
#include "phantom_files.h"

#include <string.h>

typedef struct cohort {
    phantom_cohort *files;
    const wil_dsc_config *config;
    bool five_axes;
} cohort;

/* Place of a file, relative to the cohort: raw data by its ending, truth by what it is. */
static void raw_name(char out[200], int number, const char *ending)
{
    snprintf(out, 200, "sub-%03d/perf/sub-%03d_dsc%s", number, number, ending);
}

static void truth_name(char out[200], int number, const char *what)
{
    snprintf(out, 200, PHANTOM_TRUTH "/sub-%03d/perf/sub-%03d_desc-%s", number, number, what);
}

static void map_name(char out[200], int number, wil_dsc_map map)
{
    char what[40];
    snprintf(what, sizeof what, "true_%s.nii.gz", wil_dsc_map_name(map));
    truth_name(out, number, what);
}

/* ---- one subject --------------------------------------------------------------------------------------- */

/* What `willis perfusion` looks for beside the series, and the constants that its options take. */
static json_t *sidecar(const wil_dsc_config *c, double tr_s)
{
    return json_pack("{s:s, s:f, s:f, s:f, s:f, s:i, s:f, s:f, s:f, s:f, s:f, s:s}", "Manufacturer",
        "willis DSC-MRI phantom", "MagneticFieldStrength", 3.0, "EchoTime", c->te_s, "RepetitionTime", tr_s,
        "FlipAngle", c->flip_deg, "NumberOfVolumesDiscardedByScanner", c->n_dummies, "RelaxivityTissue",
        c->r2_tissue, "RelaxivityBlood", c->r2_blood, "RelaxivityBloodQuadratic", c->blood_quadratic,
        "HematocritFactor", c->hematocrit_factor, "DensityGramPerMl", c->density_g_ml, "RelaxivityUnits",
        "1/s per mM; quadratic: 1/s per mM^2");
}

static json_t *describe_facts(const wil_dsc_facts *f)
{
    json_t *maps = json_object();
    for (int i = 0; i < WIL_DSC_N_MAPS; i++)
        json_object_set_new(
            maps, wil_dsc_map_name((wil_dsc_map)i), json_string(wil_dsc_map_unit((wil_dsc_map)i)));
    return json_pack("{s:s, s:s, s:i, s:i, s:s, s:{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}, s:f, s:f, "
                     "s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:o}",
        "mode", wil_dsc_mode_name(f->mode), "residue", wil_dsc_residue_name(f->residue), "gamma_shape",
        f->gamma_shape, "side", f->side, "artery", f->artery, "aif", "arrival_s", f->arrival_s, "peak_mm",
        f->peak_mm, "alpha", f->alpha, "beta_s", f->beta_s, "share", f->share, "recirculation_s",
        f->recirculation_s, "smear_s", f->smear_s, "tail_frac", f->tail_frac, "tail_s", f->tail_s, "grey_cbf",
        f->grey_cbf, "white_cbf", f->white_cbf, "grey_cbv", f->grey_cbv, "white_cbv", f->white_cbv, "tr_s",
        f->tr_s, "dose_mmol_kg", f->dose, "dispersion_s", f->dispersion_s, "snr", f->snr, "noise_sd",
        f->noise_sd, "core_ml", f->core_ml, "penumbra_ml", f->penumbra_ml, "territory_ml", f->territory_ml,
        "map_units", maps);
}

static wil_status write_series(const cohort *c, const wil_dsc_subject *s, int number)
{
    char name[200];
    WIL_OWN(char) *path = NULL;
    raw_name(name, number, ".json");
    WIL_TRY(phantom_save_json(c->files, sidecar(c->config, s->series.tr_s), name));
    raw_name(name, number, ".nii.gz");
    if (!c->five_axes)
        return phantom_save_volume(c->files, &s->series, name, WIL_NIFTI_I16, c->files->name);
    WIL_TRY(wil_path_join(&path, c->files->folder, name));
    return wil_volume_write_5d(&s->series, path, WIL_NIFTI_I16, c->files->name);
}

static wil_status write_volumes(const cohort *c, const wil_dsc_subject *s, int number)
{
    char name[200], what[80];
    for (int i = 0; i < WIL_DSC_N_MAPS; i++) {
        const wil_dsc_map map = (wil_dsc_map)i;
        snprintf(what, sizeof what, "true %s, %s", wil_dsc_map_name(map), wil_dsc_map_unit(map));
        map_name(name, number, map);
        WIL_TRY(phantom_save_volume(c->files, &s->maps[i], name, WIL_NIFTI_F32, what));
    }
    for (int i = 0; i < WIL_DSC_N_MASKS; i++) {
        const char *mask = wil_dsc_mask_name((wil_dsc_mask)i);
        snprintf(what, sizeof what, "%s_mask.nii.gz", mask);
        truth_name(name, number, what);
        WIL_TRY(phantom_save_mask(c->files, &s->masks[i], name, mask));
    }
    truth_name(name, number, "territories_dseg.nii.gz");
    return phantom_save_volume(c->files, &s->territories, name, WIL_NIFTI_U8, "arterial territories");
}

static wil_status write_curves(const cohort *c, const wil_dsc_subject *s, int number)
{
    char name[200];
    WIL_OWN(char) *aif = NULL, *motion = NULL;
    WIL_TRY(wil_text_append(&aif, "time_s,concentration\n"));
    WIL_TRY(
        wil_text_append(&motion, "trans_x_mm\ttrans_y_mm\ttrans_z_mm\trot_x_deg\trot_y_deg\trot_z_deg\n"));
    for (int f = 0; f < s->series.n_time; f++) {
        const double *m = s->movement[f];
        WIL_TRY(wil_text_append(&aif, "%.6g,%.9g\n", f * s->series.tr_s, s->aif[f]));
        WIL_TRY(wil_text_append(
            &motion, "%.6f\t%.6f\t%.6f\t%.6f\t%.6f\t%.6f\n", m[0], m[1], m[2], m[3], m[4], m[5]));
    }
    truth_name(name, number, "true_aif.csv");
    WIL_TRY(phantom_save_text(c->files, aif, name));
    truth_name(name, number, "true_motion.tsv");
    return phantom_save_text(c->files, motion, name);
}

static wil_status note_subject(cohort *c, const wil_dsc_facts *f, const char *split, int number)
{
    char name[200];
    raw_name(name, number, ".nii.gz");
    WIL_TRY(wil_text_append(&c->files->table, "sub-%03d\t%s\t%s\t", number, split, name));
    truth_name(name, number, "brain_mask.nii.gz");
    WIL_TRY(wil_text_append(&c->files->table, "\t%s\t%s", name, wil_dsc_mode_name(f->mode)));
    truth_name(name, number, "true_aif.csv");
    WIL_TRY(wil_text_append(&c->files->table, "\t%s", name));
    for (int i = 0; i < WIL_DSC_N_MAPS; i++) {
        map_name(name, number, (wil_dsc_map)i);
        WIL_TRY(wil_text_append(&c->files->table, "\t%s", name));
    }
    WIL_TRY(wil_text_append(&c->files->table, "\n"));
    return wil_text_append(&c->files->participants,
        "sub-%03d\t%s\t%s\t%s\t%s\t%s\t%.2f\t%.2f\t%.2f\t%.3f\t%.3f\t%.1f\t%.1f\t%.1f\t%.4g\t%.4g\t%.4g\t%."
        "4g\n",
        number, split, wil_dsc_mode_name(f->mode),
        f->side < 0   ? "left"
        : f->side > 0 ? "right"
                      : "n/a",
        f->artery, wil_dsc_residue_name(f->residue), f->arrival_s, f->grey_cbf, f->white_cbf, f->grey_cbv,
        f->white_cbv, f->core_ml, f->penumbra_ml, f->territory_ml, f->tr_s, f->dose, f->dispersion_s, f->snr);
}

static wil_status write_subject(void *context, const char *split, int number)
{
    cohort *c = context;
    WIL_OWN(wil_dsc_subject) subject = {0};
    char name[200];
    WIL_TRY(wil_phantom_dsc(&subject, c->config, number));
    WIL_TRY(write_series(c, &subject, number));
    WIL_TRY(write_volumes(c, &subject, number));
    WIL_TRY(write_curves(c, &subject, number));
    truth_name(name, number, "true_facts.json");
    WIL_TRY(phantom_save_json(c->files, describe_facts(&subject.facts), name));
    return note_subject(c, &subject.facts, split, number);
}

/* ---- the cohort ---------------------------------------------------------------------------------------- */

static json_t *describe(const cohort *c)
{
    json_t *all = json_pack("{s:s, s:b, s:{s:i, s:i, s:i}, s:o}", "generator", c->files->name, "five_axes",
        c->five_axes, "subjects", "train", c->files->n[0], "val", c->files->n[1], "test", c->files->n[2],
        "protocol", sidecar(c->config, c->config->tr_s));
    json_t *settings = wil_fields_json(&wil_dsc_fields, c->config, NULL);
    (void)json_object_update(all, settings);
    json_decref(settings);
    return all;
}

static wil_status begin_tables(cohort *c)
{
    WIL_TRY(wil_text_append(&c->files->table, "subject\tsplit\timage\tlabel\tmask\tmode\taif"));
    for (int i = 0; i < WIL_DSC_N_MAPS; i++)
        WIL_TRY(wil_text_append(&c->files->table, "\t%s", wil_dsc_map_name((wil_dsc_map)i)));
    WIL_TRY(wil_text_append(&c->files->table, "\n"));
    return wil_text_append(&c->files->participants,
        "participant_id\tsplit\tmode\tside\tartery\tresidue\tarrival_s\tgrey_cbf\twhite_cbf\tgrey_cbv\t"
        "white_cbv\tcore_ml\tpenumbra_ml\tterritory_ml\ttr_s\tdose_mmol_kg\tdispersion_s\tsnr\n");
}

wil_status wil_phantom_dsc_cohort(const char *folder, const wil_dsc_config *config, int n_train, int n_val,
    int n_test, bool five_axes, const wil_monitor *monitor)
{
    WIL_TRY(wil_dsc_config_check(config));
    WIL_OWN(phantom_cohort) files = {.who = "DSC phantom", .kind = "perf", .folder = folder};
    files.name = "willis DSC-MRI phantom";
    memcpy(files.n, (int[]){n_train, n_val, n_test}, sizeof files.n);
    files.monitor = monitor;
    cohort c = {&files, config, five_axes};
    WIL_TRY(phantom_cohort_begin(&files));
    WIL_TRY(begin_tables(&c));
    return phantom_cohort_write(&files, write_subject, &c, describe(&c));
}
