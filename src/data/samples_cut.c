/* Axial patches: a share centred on vessels, the rest anywhere, no position twice [Kossen2022, ch. 4]. */
#include "willis/data.h"

#include <math.h>
#include <string.h>

/* Draws of the two kinds come from far apart, so that neither depends on the other's number. */
#define FIRST_VESSEL_DRAW 0
#define FIRST_RANDOM_DRAW ((uint64_t)1 << 40)
#define SPACING_TOLERANCE 0.01 /* relative; above it patches of one set show different sizes in mm */

#define AT(member) offsetof(wil_patch_config, member)
_Static_assert(AT(width) == AT(height) + sizeof(int), "height and width are set as one");
static const wil_field FIELDS[] = {
    {"size", WIL_INTS, AT(height), "96x96", 1, 8192, .n = 2, .value = "HxW",
        .help = "voxels along y and x; multiples of 32 for a gan"},
    {"per_subject", WIL_INT, AT(per_subject), "1000", 1, 1e6, .help = "patches per subject"},
    {"vessel_share", WIL_REAL, AT(vessel_frac), "0.5", 0, 1,
        .help = "share with a vessel voxel in the centre"},
    {"seed", WIL_U64, AT(seed), "1", .help = "another seed gives other positions"},
};
const wil_fields wil_patch_fields = WIL_FIELDS(wil_patch_config, FIELDS);

wil_patch_config wil_patch_config_default(void)
{
    wil_patch_config config;
    wil_fields_defaults_of_numbers(&wil_patch_fields, &config);
    config.inside_brain = true;
    return config;
}

/* The set that grows. Pixels in memory are those from sample `first` on: 0, or of the subject at hand where
 * they are written as they come. */
typedef struct growing {
    wil_samples *set;
    int64_t first;
    wil_samples_writer *writer; /* NULL: all stay in memory */
} growing;

/* One subject's patches. Positions are linear indices of a patch's first voxel. */
typedef struct cutter {
    const wil_patch_config *config;
    const wil_scan *scan;
    const int *size;     /* of the scan */
    uint8_t *used;       /* [nz,ny,nx] */
    uint32_t *positions; /* candidates, then the drawn ones at the front */
    wil_rng rng;
} cutter;

/* Lists the free positions whose centre voxel is marked (NULL: all); a patch of width W has its centre at W
 * / 2. */
static size_t list_positions(cutter *c, const uint8_t *marked)
{
    const int *size = c->size;
    const size_t to_centre =
        (size_t)(c->config->height / 2) * (size_t)size[0] + (size_t)(c->config->width / 2);
    size_t n = 0;
    for (int z = 0; z < size[2]; z++) {
        for (int y = 0; y + c->config->height <= size[1]; y++) {
            const size_t row = ((size_t)z * (size_t)size[1] + (size_t)y) * (size_t)size[0];
            for (int x = 0; x + c->config->width <= size[0]; x++) {
                const size_t at = row + (size_t)x;
                if (!c->used[at] && (marked == NULL || marked[at + to_centre] != 0))
                    c->positions[n++] = (uint32_t)at;
            }
        }
    }
    return n;
}

/* The first steps of a Fisher-Yates shuffle: `wanted` of the n listed positions, at the front of the list. */
static void draw_positions(cutter *c, size_t n, size_t wanted, uint64_t first_draw)
{
    wil_rng_cursor cursor = {.rng = c->rng, .next = first_draw};
    for (size_t i = 0; i < wanted; i++) {
        const size_t j = i + wil_rng_next_below(&cursor, n - i);
        const uint32_t drawn = c->positions[j];
        c->positions[j] = c->positions[i];
        c->positions[i] = drawn;
        c->used[drawn] = 1;
    }
}

/* The voxel of a linear index. */
static void voxel_at(int32_t out[3], const cutter *c, uint32_t position)
{
    const uint32_t row = position / (uint32_t)c->size[0];
    out[0] = (int32_t)(position % (uint32_t)c->size[0]);
    out[1] = (int32_t)(row % (uint32_t)c->size[1]);
    out[2] = (int32_t)(row / (uint32_t)c->size[1]);
}

static void copy_patch(growing *to, const cutter *c, uint32_t position)
{
    wil_samples *out = to->set;
    const size_t at = (size_t)(out->n - to->first);
    const size_t nx = (size_t)c->size[0];
    const size_t width = (size_t)out->shape.width;
    const size_t one = (size_t)out->shape.height * width;
    uint8_t *label = out->label + at * one;
    for (int row = 0; row < out->shape.height; row++) {
        const size_t from = position + (size_t)row * nx;
        if (!out->labels_only)
            memcpy(out->image + at * one + (size_t)row * width, c->scan->image.voxels + from,
                width * sizeof *out->image);
        memcpy(label + (size_t)row * width, c->scan->label.voxels + from, width);
    }
    voxel_at(out->position + 3 * out->n, c, position);
    out->subject[out->n] = out->n_subjects - 1;
    out->n++;
}

static const char *newest_subject(const growing *out)
{
    return out->set->subjects[out->set->n_subjects - 1];
}

/* Draws and copies up to `wanted` patches of one kind. */
static void cut_kind(growing *out, cutter *c, const uint8_t *marked, size_t wanted, uint64_t first_draw,
    const char *kind, const wil_monitor *monitor)
{
    const size_t n = list_positions(c, marked);
    const size_t taken = wanted < n ? wanted : n;
    if (taken < wanted)
        wil_monitor_warn(monitor,
            "%s: only %zu %s patches of %zu wanted: there are no more positions in the scan",
            newest_subject(out), taken, kind, wanted);
    draw_positions(c, n, taken, first_draw);
    for (size_t i = 0; i < taken; i++)
        copy_patch(out, c, c->positions[i]);
}

static void cut_both_kinds(growing *out, cutter *c, const wil_monitor *monitor)
{
    const size_t n_vessel = (size_t)lround(c->config->vessel_frac * c->config->per_subject);
    const uint8_t *inside = c->config->inside_brain ? c->scan->brain.voxels : NULL;
    cut_kind(out, c, c->scan->label.voxels, n_vessel, FIRST_VESSEL_DRAW, "vessel-centred", monitor);
    cut_kind(out, c, inside, (size_t)c->config->per_subject - n_vessel, FIRST_RANDOM_DRAW, "random", monitor);
}

static wil_status cut_scan(
    growing *out, const wil_scan *scan, const wil_patch_config *config, const wil_monitor *monitor)
{
    const char *id = newest_subject(out);
    const int *size = scan->image.grid.size;
    const size_t n = wil_grid_count(&scan->image.grid);
    WIL_REQUIRE(size[0] >= config->width && size[1] >= config->height, WIL_ERR_INPUT,
        "%s: a slice has %dx%d voxels (x, y), smaller than the patch of %dx%d; choose smaller patches", id,
        size[0], size[1], config->width, config->height);
    WIL_REQUIRE(
        n <= UINT32_MAX, WIL_ERR_INPUT, "%s: %zu voxels are more than can be cut (%u)", id, n, UINT32_MAX);
    WIL_OWN(uint8_t) *used = NULL;
    WIL_OWN(void) *positions = NULL;
    WIL_TRY(wil_alloc_u8(&used, n));
    WIL_TRY(wil_alloc(&positions, n, sizeof(uint32_t)));
    cutter c = {.config = config,
        .scan = scan,
        .size = size,
        .used = used,
        .positions = positions,
        /* by name: whatever its place in the cohort */
        .rng = wil_rng_at(config->seed, WIL_RNG_PATCH, wil_hash_text(id))};
    cut_both_kinds(out, &c, monitor);
    return WIL_OK;
}

static void compare_spacing(wil_samples *out, const wil_grid *grid, const wil_monitor *monitor)
{
    const double *mm = grid->spacing_mm;
    if (out->n_subjects == 1) {
        memcpy(out->spacing_mm, mm, sizeof out->spacing_mm);
        return;
    }
    for (int k = 0; k < 3; k++) {
        if (fabs(mm[k] - out->spacing_mm[k]) > SPACING_TOLERANCE * out->spacing_mm[k]) {
            wil_monitor_warn(monitor,
                "%s: voxels of %.4gx%.4gx%.4g mm, but %s has %.4gx%.4gx%.4g mm, which the patch set states; "
                "resample "
                "the scans to one spacing",
                out->subjects[out->n_subjects - 1], mm[0], mm[1], mm[2], out->subjects[0], out->spacing_mm[0],
                out->spacing_mm[1], out->spacing_mm[2]);
            return;
        }
    }
}

static wil_status cut_subject(
    growing *out, const wil_subject *subject, const wil_patch_config *config, const wil_monitor *monitor)
{
    wil_samples *set = out->set;
    WIL_OWN(wil_scan) scan = {0};
    WIL_REQUIRE(subject->label != NULL, WIL_ERR_INPUT,
        "%s has no label, and labelled patches cannot be cut without; add one to the cohort, or give the "
        "subject no split",
        subject->id);
    WIL_REQUIRE((subject->image == NULL) == set->labels_only, WIL_ERR_INPUT,
        "%s has %s image, and others of its split have %s; patches are cut from scans or from labels alone",
        subject->id, set->labels_only ? "an" : "no", set->labels_only ? "none" : "one");
    WIL_TRY(set->labels_only ? wil_scan_read_masks(&scan, subject) : wil_scan_read(&scan, subject));
    wil_scan_tell(&scan, monitor);
    WIL_TRY(wil_string_copy(&set->subjects[set->n_subjects], subject->id));
    set->n_subjects++;
    compare_spacing(set, &scan.image.grid, monitor);
    float *range = set->subject_range + 2 * (set->n_subjects - 1);
    range[1] = 255;
    if (!set->labels_only)
        WIL_TRY(wil_scan_range(range, &scan.image, &scan.brain));
    WIL_TRY(cut_scan(out, &scan, config, monitor));
    if (out->writer == NULL || set->n == out->first)
        return WIL_OK;
    const int64_t n = set->n - out->first;
    out->first = set->n;
    return wil_samples_writer_add(out->writer, n, set->image, set->label, NULL);
}

/* Subjects of the split that have a brain mask. */
static int count_masks(const wil_cohort *cohort, wil_split split)
{
    int n = 0;
    for (int i = 0; i < cohort->n_subjects; i++)
        n += cohort->subjects[i].split == split && cohort->subjects[i].mask != NULL;
    return n;
}

/* Where there is no mask, background is cut as well; that should not pass for a choice. */
static void tell_of_masks(int n_masks, int n, const wil_monitor *monitor)
{
    if (n_masks == 0)
        wil_monitor_info(monitor,
            "no brain masks: the patches that are not centred on vessels come from the whole field, "
            "background included");
    else if (n_masks < n)
        wil_monitor_info(monitor,
            "%d of %d subjects have no brain mask: their patches that are not centred on vessels come from "
            "the whole field, background included",
            n - n_masks, n);
}

/* What holds for all subjects of the split. */
typedef struct split_facts {
    bool labels_only, is_phantom;
} split_facts;

static split_facts facts_of(const wil_cohort *cohort, wil_split split)
{
    split_facts facts = {true, true};
    for (int i = 0; i < cohort->n_subjects; i++) {
        const wil_subject *subject = &cohort->subjects[i];
        facts.labels_only = facts.labels_only && (subject->split != split || subject->image == NULL);
        facts.is_phantom = facts.is_phantom && (subject->split != split || subject->is_phantom);
    }
    return facts;
}

/* JSON integers end at 2^63; a larger seed is kept as text. */
static json_t *seed_value(uint64_t seed)
{
    char text[24];
    if (seed <= INT64_MAX)
        return json_integer((json_int_t)seed);
    snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
    return json_string(text);
}

/* path NULL: all pixels in memory; else those of a subject, and a file. */
static wil_status begin(growing *out, const char *path, int n_subjects, const wil_cohort *cohort,
    wil_split split, const wil_patch_config *config)
{
    wil_samples *set = out->set;
    const split_facts facts = facts_of(cohort, split);
    const int64_t n = (int64_t)n_subjects * config->per_subject;
    WIL_TRY(wil_samples_make(set, wil_sample_shape_2d(config->height, config->width), n, n_subjects, 0));
    set->n = 0;
    set->n_subjects = 0;
    set->labels_only = facts.labels_only;
    set->attributes = json_pack("{s:s, s:s, s:s, s:s, s:o, s:i, s:f, s:i}", "kind",
        facts.labels_only ? "labels" : "real", "source", cohort->source, "split", wil_split_name(split),
        "normalisation", "none: scanner intensities", "seed", seed_value(config->seed), "per_subject",
        config->per_subject, "vessel_frac", config->vessel_frac, "inside_brain",
        config->inside_brain && count_masks(cohort, split) > 0);
    WIL_REQUIRE(
        set->attributes != NULL && (!facts.is_phantom || json_object_set_new(set->attributes, "label_origin",
                                                             json_string(WIL_PHANTOM_ORIGIN)) == 0),
        WIL_ERR_MEMORY, "out of memory for the attributes of a patch set");
    WIL_TRY(wil_samples_make_pixels(set, path == NULL ? n : config->per_subject, true));
    return path == NULL ? WIL_OK : wil_samples_writer_open(&out->writer, path, set);
}

static wil_status cut_all(growing *out, const char *path, const wil_cohort *cohort, wil_split split,
    const wil_patch_config *config, const wil_monitor *monitor)
{
    const double started_s = wil_time_s();
    const int n = wil_cohort_count(cohort, split);
    WIL_TRY(wil_fail_context(wil_fields_check(&wil_patch_fields, config), "patches"));
    WIL_REQUIRE(n > 0, WIL_ERR_INPUT,
        "%s: no subject is in the split %s (train %d, val %d, test %d, none %d)", cohort->source,
        wil_split_name(split), wil_cohort_count(cohort, WIL_SPLIT_TRAIN),
        wil_cohort_count(cohort, WIL_SPLIT_VAL), wil_cohort_count(cohort, WIL_SPLIT_TEST),
        wil_cohort_count(cohort, WIL_SPLIT_NONE));
    if (config->inside_brain && config->vessel_frac < 1)
        tell_of_masks(count_masks(cohort, split), n, monitor);
    WIL_TRY(begin(out, path, n, cohort, split, config));
    for (int i = 0; i < cohort->n_subjects; i++) {
        const wil_subject *subject = &cohort->subjects[i];
        if (subject->split != split)
            continue;
        const int n_done = out->set->n_subjects;
        WIL_REQUIRE(!wil_monitor_stop_requested(monitor), WIL_ERR_INTERRUPTED,
            "interrupted after %d of %d subject%s; nothing was written", n_done, n, n == 1 ? "" : "s");
        WIL_TRY(cut_subject(out, subject, config, monitor));
        wil_monitor_progress(monitor, "cut patches", n_done + 1, n, wil_time_s() - started_s, subject->id);
    }
    WIL_REQUIRE(out->set->n > 0, WIL_ERR_INPUT,
        "%s: no patch fits around a vessel or into the brain mask of any subject", cohort->source);
    return out->writer == NULL ? WIL_OK : wil_samples_writer_finish(out->writer, out->set);
}

wil_status wil_samples_cut(wil_samples *out, const wil_cohort *cohort, wil_split split,
    const wil_patch_config *config, const wil_monitor *monitor)
{
    growing all = {.set = out};
    memset(out, 0, sizeof *out);
    const wil_status status = cut_all(&all, NULL, cohort, split, config, monitor);
    if (status != WIL_OK)
        wil_samples_clear(out);
    return status;
}

wil_status wil_samples_cut_to(const char *path, const wil_cohort *cohort, wil_split split,
    const wil_patch_config *config, const wil_monitor *monitor)
{
    WIL_OWN(wil_samples) set = {0};
    growing some = {.set = &set};
    const wil_status status = cut_all(&some, path, cohort, split, config, monitor);
    wil_samples_writer_free(some.writer);
    return status;
}
