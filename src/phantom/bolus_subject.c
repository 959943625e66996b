/* One subject of the DSC phantom, step by step. */
#include "bolus_internal.h"

void wil_dsc_subject_clear(wil_dsc_subject *subject)
{
    wil_volume_clear(&subject->series);
    for (int i = 0; i < WIL_DSC_N_MAPS; i++)
        wil_volume_clear(&subject->maps[i]);
    for (int i = 0; i < WIL_DSC_N_MASKS; i++)
        wil_mask_clear(&subject->masks[i]);
    wil_volume_clear(&subject->territories);
    wil_free(subject->aif);
    wil_free(subject->movement);
    *subject = (wil_dsc_subject){0};
}

static wil_status allocate(wil_dsc_subject *s, const wil_dsc_config *config)
{
    const wil_grid grid = bolus_grid(config);
    const size_t n_frames = (size_t)config->n_frames;
    WIL_TRY(wil_volume_make(&s->series, &grid, config->n_frames));
    s->series.tr_s = config->tr_s;
    for (int i = 0; i < WIL_DSC_N_MAPS; i++)
        WIL_TRY(wil_volume_make(&s->maps[i], &grid, 1));
    for (int i = 0; i < WIL_DSC_N_MASKS; i++)
        WIL_TRY(wil_mask_make(&s->masks[i], &grid));
    WIL_TRY(wil_volume_make(&s->territories, &grid, 1));
    WIL_TRY(wil_alloc_f64(&s->aif, n_frames));
    return wil_alloc((void **)&s->movement, n_frames, sizeof *s->movement);
}

static double volume_ml(const wil_mask *mask)
{
    return (double)wil_mask_count(mask) * wil_grid_voxel_ml(&mask->grid);
}

static wil_status image(wil_dsc_subject *s, const bolus_plan *plan, int number)
{
    const wil_dsc_config *config = plan->config;
    wil_tof_site_facts site;
    float signal[TOF_N_TISSUES];
    WIL_OWN(bolus_anatomy) anatomy = {0};
    WIL_OWN(float) *shading = NULL;
    bolus_site(&site, config);
    tof_flow_tissues(signal, &site);
    WIL_TRY(wil_alloc_f32(&shading, wil_grid_count(&s->series.grid)));
    bolus_shade(shading, plan, &s->series.grid);
    WIL_TRY(bolus_anatomy_make(&anatomy, plan, &s->series.grid, signal, number));
    WIL_TRY(bolus_signal(s, plan, &anatomy, shading, signal, &site));
    if (config->motion_mm > 0) {
        bolus_movements(s, config, number);
        WIL_TRY(bolus_move(s));
    }
    bolus_receive(s, &anatomy, config, number);
    return WIL_OK;
}

wil_status wil_phantom_dsc(wil_dsc_subject *out, const wil_dsc_config *config, int subject)
{
    WIL_TRY(wil_dsc_config_check(config));
    WIL_REQUIRE(subject >= 0, WIL_ERR_ARG, "DSC phantom: subject number %d; it must be 0 or more", subject);
    WIL_OWN(wil_dsc_subject) made = {0};
    bolus_plan plan;
    const wil_dsc_config own = bolus_config_of(config, subject);
    bolus_plan_make(&plan, &own, subject);
    made.facts = plan.facts;
    WIL_TRY(allocate(&made, &own));
    WIL_TRY(image(&made, &plan, subject));
    made.facts.core_ml = volume_ml(&made.masks[WIL_DSC_CORE]);
    made.facts.penumbra_ml = volume_ml(&made.masks[WIL_DSC_PENUMBRA]);
    made.facts.territory_ml = volume_ml(&made.masks[WIL_DSC_TERRITORY]);
    return wil_give_value(out, &made);
}
