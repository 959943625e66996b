/* Vessel labels for a TOF scan that has none: grown from seeds of high vesselness. */
#include "willis/image.h"

#include <math.h>

/* A head fills a quarter of the field or more. Where fewer voxels are above 0 the background has been
 * suppressed, and zeros count as head until a quarter is reached: a quantile then means the same there. */
#define HEAD_PART 4

typedef struct labelling {
    const wil_volume *tof;
    const uint8_t *brain; /* NULL: everywhere */
    const wil_label_config *config;
    size_t n;
    double seed_threshold, grow_threshold;
    wil_volume vesselness;
    wil_mask seeds;
    wil_mask allowed; /* where it may grow */
} labelling;

#define AT(member) offsetof(wil_label_config, member)
static const wil_field FIELDS[] = {
    {"seed_threshold", WIL_REAL, AT(seed_threshold), "auto",
        .help = "intensity that seeds exceed; auto: from the quantile"},
    {"grow_threshold", WIL_REAL, AT(grow_threshold), "auto",
        .help = "intensity that grown voxels exceed; auto: from the quantile"},
    {"seed_quantile", WIL_REAL, AT(seed_quantile), "0.995", 0, 1,
        .help = "intensity quantile that seeds exceed"},
    {"grow_quantile", WIL_REAL, AT(grow_quantile), "0.97", 0, 1,
        .help = "intensity quantile that grown voxels exceed"},
    {"min_vesselness", WIL_REAL, AT(min_vesselness), "0.2", 0, 1,
        .help = "vesselness of seeds, as a share of the scan's largest"},
    {"grow_vesselness", WIL_REAL, AT(grow_vesselness), "0.03", 0, 1,
        .help = "the same of grown voxels: higher keeps them out of fat and tissue"},
    {"min_volume", WIL_REAL, AT(min_volume_mm3), "30", 0, 1e6, .unit = "mm3",
        .help = "smaller pieces are dropped"},
    {"scales", WIL_REALS, AT(sigmas_mm), "0.5,1,1.5,2", 0.05, 20, .n = 8, .count_offset = AT(n_sigmas),
        .unit = "mm", .value = "MM,MM", .help = "vesselness scales: radii of vessels"},
};
const wil_fields wil_label_fields = WIL_FIELDS(wil_label_config, FIELDS);

static void labelling_clear(labelling *l)
{
    wil_volume_clear(&l->vesselness);
    wil_mask_clear(&l->seeds);
    wil_mask_clear(&l->allowed);
}
WIL_OWNED_VALUE(labelling, labelling_clear)

WIL_FIELDS_DEFAULT(wil_label_config, wil_label_config_default, wil_label_fields)

static wil_status check_config(const wil_label_config *config)
{
    WIL_REQUIRE(config != NULL, WIL_ERR_ARG, "labelling: no configuration given");
    WIL_TRY(wil_fail_context(wil_fields_check(&wil_label_fields, config), "labelling"));
    WIL_REQUIRE(config->n_sigmas >= 1, WIL_ERR_ARG, "labelling: one scale of vesselness is needed at least");
    return WIL_OK;
}

static wil_status check_brain(const wil_mask *brain, const wil_grid *grid)
{
    if (brain == NULL)
        return WIL_OK;
    WIL_TRY(wil_grid_check_same(&brain->grid, "the brain mask", grid, "the scan"));
    WIL_REQUIRE(wil_mask_count(brain) > 0, WIL_ERR_INPUT, "the brain mask is empty");
    return WIL_OK;
}

static bool looked_at(const labelling *l, size_t i)
{
    return l->brain == NULL || l->brain[i] != 0;
}

/* The voxels that quantiles are of: those above 0, and the zeros of suppressed background, see HEAD_PART. All
 * of a brain mask is head. */
static wil_status collect_head(float **values_out, size_t *n_out, const labelling *l)
{
    size_t n_looked_at = 0, n_positive = 0;
    for (size_t i = 0; i < l->n; i++) {
        n_looked_at += looked_at(l, i);
        n_positive += looked_at(l, i) && l->tof->voxels[i] > 0;
    }
    const size_t n_head = l->brain != NULL ? n_looked_at : (n_looked_at + HEAD_PART - 1) / HEAD_PART;
    *n_out = n_positive > n_head ? n_positive : n_head;
    WIL_TRY(wil_alloc_f32(values_out, *n_out)); /* zeroed */
    size_t k = 0;
    for (size_t i = 0; i < l->n; i++)
        if (looked_at(l, i) && l->tof->voxels[i] > 0)
            (*values_out)[k++] = l->tof->voxels[i];
    return WIL_OK;
}

static wil_status find_thresholds(labelling *l)
{
    const wil_label_config *config = l->config;
    WIL_OWN(float) *values = NULL;
    size_t n = 0;
    WIL_TRY(collect_head(&values, &n, l));
    l->seed_threshold = config->seed_threshold;
    l->grow_threshold = config->grow_threshold;
    if (isnan(l->seed_threshold))
        WIL_TRY(wil_quantile(&l->seed_threshold, values, n, config->seed_quantile));
    if (isnan(l->grow_threshold))
        WIL_TRY(wil_quantile(&l->grow_threshold, values, n, config->grow_quantile));
    if (l->seed_threshold < l->grow_threshold)
        return wil_fail(WIL_ERR_ARG,
            "seeds above %g would not be grown through, as growth needs more than %g; raise the former or "
            "lower the latter",
            l->seed_threshold, l->grow_threshold);
    return WIL_OK;
}

/* Marks seeds and the voxels that may be grown through. */
static wil_status mark(labelling *l)
{
    const wil_label_config *config = l->config;
    const float *vesselness = l->vesselness.voxels;
    float most = 0;
    for (size_t i = 0; i < l->n; i++)
        if (looked_at(l, i))
            most = fmaxf(most, vesselness[i]);
    WIL_TRY(wil_mask_make(&l->seeds, &l->tof->grid));
    WIL_TRY(wil_mask_make(&l->allowed, &l->tof->grid));
    for (size_t i = 0; i < l->n; i++) {
        const double value = (double)l->tof->voxels[i];
        const double share = most > 0 ? (double)(vesselness[i] / most) : 0;
        l->allowed.voxels[i] =
            looked_at(l, i) && value > l->grow_threshold && share >= config->grow_vesselness;
        l->seeds.voxels[i] =
            l->allowed.voxels[i] && value > l->seed_threshold && share > 0 && share >= config->min_vesselness;
    }
    return WIL_OK;
}

static wil_status grow(wil_mask *out, labelling *l)
{
    const wil_label_config *config = l->config;
    const size_t n_seeds = wil_mask_count(&l->seeds);
    WIL_REQUIRE(n_seeds > 0, WIL_ERR_INPUT,
        "no vessel found: no voxel%s is above %g and has at least %g of the largest vesselness; lower the "
        "seed quantile (or give a seed threshold) or the min vesselness, or look whether this is a TOF-MRA",
        l->brain != NULL ? " of the brain mask" : "", l->seed_threshold, config->min_vesselness);
    WIL_TRY(wil_region_grow(out, l->tof, &l->seeds, l->grow_threshold, WIL_CONNECT_26, &l->allowed));
    WIL_TRY(wil_mask_fill_holes(out)); /* saturated lumen is flat, so no tube, in its middle */
    for (size_t i = 0; i < l->n; i++)
        out->voxels[i] &= looked_at(l, i);
    const double voxel_mm3 = 1000 * wil_grid_voxel_ml(&l->tof->grid);
    const double min_voxels = fmin(ceil(config->min_volume_mm3 / voxel_mm3), (double)l->n + 1);
    WIL_TRY(wil_mask_keep_components(out, WIL_CONNECT_26, (size_t)min_voxels, 0));
    WIL_REQUIRE(wil_mask_count(out) > 0, WIL_ERR_INPUT,
        "no vessel found: what grew from %zu seeds above %g through voxels above %g is smaller than %g mm3 "
        "everywhere; lower the min volume or the grow quantile (or give a grow threshold)",
        n_seeds, l->seed_threshold, l->grow_threshold, config->min_volume_mm3);
    return WIL_OK;
}

static wil_status tell_facts(wil_label_facts *out, const labelling *l, const wil_mask *mask)
{
    WIL_OWN(int32_t) *numbers = NULL;
    *out = (wil_label_facts){.seed_threshold = l->seed_threshold, .grow_threshold = l->grow_threshold};
    for (size_t i = 0; i < l->n; i++)
        out->n_looked_at += looked_at(l, i);
    WIL_TRY(wil_alloc_i32(&numbers, l->n));
    return wil_mask_components(numbers, &out->n_pieces, mask, WIL_CONNECT_26);
}

wil_status wil_label_vessels(wil_mask *out, wil_label_facts *facts_out, const wil_volume *tof,
    const wil_mask *brain, const wil_label_config *config)
{
    *out = (wil_mask){0};
    WIL_REQUIRE(tof != NULL && tof->voxels != NULL, WIL_ERR_ARG, "labelling: no scan given");
    WIL_TRY(check_config(config));
    WIL_TRY(check_brain(brain, &tof->grid));
    WIL_OWN(labelling) l = {.tof = tof, .config = config, .n = wil_grid_count(&tof->grid)};
    l.brain = brain == NULL ? NULL : brain->voxels;
    WIL_OWN(wil_mask) made = {0};
    WIL_TRY(wil_volume_vesselness(&l.vesselness, tof, config->sigmas_mm, config->n_sigmas));
    WIL_TRY(find_thresholds(&l));
    WIL_TRY(mark(&l));
    wil_volume_clear(&l.vesselness);
    WIL_TRY(grow(&made, &l));
    if (facts_out != NULL)
        WIL_TRY(tell_facts(facts_out, &l, &made));
    return wil_give_value(out, &made);
}
