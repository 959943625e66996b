/* The report of a perfusion run: numbered scales with units, all slices, both halves, core and penumbra. */
#include "test.h"

#include "perfusion_fixture.h"
#include "willis/pages.h"

/* Figure number k (from 0) of a page that is an inlined SVG: its text, the caller's. */
static char *svg_of(const char *page, int k)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char begin[] = "data:image/svg+xml;base64,";
    const char *at = page;
    char *out = NULL;
    for (int i = 0; i <= k; i++) {
        at = strstr(at, begin);
        assert_non_null(at);
        at += strlen(begin);
    }
    OK(wil_alloc((void **)&out, strcspn(at, "\""), 1));
    size_t n = 0;
    uint32_t bits = 0;
    for (int i = 0; *at != '"' && *at != '='; at++, i++) {
        bits = bits << 6 | (uint32_t)(strchr(letters, *at) - letters);
        if (i % 4 != 0)
            out[n++] = (char)(bits >> (6 - 2 * (i % 4)) & 255);
    }
    out[n] = '\0';
    return out;
}

static char *page_of(const char *folder, const wil_perfusion_inputs *inputs, wil_perfusion_result *r)
{
    static const series_recipe stroke = {.noise = 4, .head = true, .lesion_delay_s = 9, .seed = 2};
    WIL_OWN(wil_volume) series = {0};
    wil_perfusion_config config = test_config();
    char *page = NULL;
    size_t n = 0;
    make_series(&series, &stroke);
    OK(wil_perfusion_run(r, &series, inputs, &config, NULL));
    OK(wil_perfusion_page_write(r, &series, inputs->core, folder, NULL));
    OK(wil_file_read(in_folder(folder, "report.html"), &page, &n));
    return page;
}

/* ">text</text>" */
static void has_text(const char *svg, const char *text)
{
    char element[80];
    snprintf(element, sizeof element, ">%s</text>", text);
    SAYS(svg, element);
}

TEST_IN_FOLDER(maps_have_names_units_numbers_and_all_slices)
{
    static const char *const looks[][6] = {{"CBF: blood flow", "ml/100g/min", "0", "20", "40", "80"},
        {"CBV: blood volume", "ml/100g", "0", "2", "4", "8"},
        {"MTT: mean transit time", "s", "0", "3.75", "7.5", "15"},
        {"Tmax: delay of the residue function&#39;s peak", "s", "0", "3", "6", "12"},
        {"TTP: time to peak from bolus arrival", "s", "0", "5", "10", "20"},
        {"rCBF: flow over that of reference tissue", "of reference", "0", "0.5", "1", "2"},
        {"rCBV: volume over that of reference tissue", "of reference", "0", "0.5", "1", "2"}};
    WIL_OWN(wil_perfusion_aif_file) aif = true_artery();
    const wil_perfusion_inputs inputs = {.aif = &aif};
    WIL_OWN(wil_perfusion_result) r = {0};
    WIL_OWN(char) *page = page_of(*state, &inputs, &r);
    for (int i = 0; i < 7; i++) {
        WIL_OWN(char) *svg = svg_of(page, 1 + i); /* behind the overlay */
        for (int k = 0; k < 6; k++)
            has_text(svg, looks[i][k]);
        for (int z = 0; z < NZ; z++) /* slices, as the file numbers them */
            has_text(svg, (const char[]){(char)('0' + z), '\0'});
        has_text(svg, "R");
        SAYS(svg, "linearGradient", "data:image/png;base64,");
    }
}

/* Tissue with x >= 14 is delayed by 9 s: all of it lies right of the middle. */
TEST_IN_FOLDER(halves_are_read_out_and_the_core_is_drawn)
{
    WIL_OWN(wil_perfusion_aif_file) aif = true_artery();
    WIL_OWN(wil_mask) core = {0};
    WIL_OWN(wil_perfusion_result) r = {0};
    const wil_grid grid = wil_grid_make(NX, NY, NZ, 2, 2, 5);
    OK(wil_mask_make(&core, &grid));
    for (int x = 16; x < 20; x++)
        core.voxels[voxel_at(x, 10, 2)] = 1;
    const wil_perfusion_inputs inputs = {.aif = &aif, .core = &core};
    WIL_OWN(char) *page = page_of(*state, &inputs, &r), *overlay = svg_of(page, 0);
    WIL_OWN(json_t) *json = wil_perfusion_json(&r);
    assert_true(r.readouts.tmax_above_ml[1] > 5);
    assert_true(r.side_readouts[0].tmax_above_ml[1] == 0);
    assert_float_equal(r.side_readouts[1].tmax_above_ml[1], r.readouts.tmax_above_ml[1], 1e-9);
    assert_float_equal(r.side_readouts[0].brain_ml + r.side_readouts[1].brain_ml, r.readouts.brain_ml, 1e-6);
    assert_float_equal(r.side_readouts[1].core_ml, 4 * 0.02, 1e-9);
    assert_true(r.side_readouts[0].core_ml == 0);
    const json_t *right = json_object_get(json, "readouts_right");
    assert_float_equal(
        json_number_value(json_object_get(right, "tmax_above_6s_ml")), r.readouts.tmax_above_ml[1], 1e-6);
    SAYS(page, ">left</th>", ">right</th>", "the core (as given), 0.1 ml");
    has_text(overlay, "Core (red) and delayed tissue (yellow)");
}

/* Values far beyond a scale, as without relaxivities: the scale follows, and the caption says so. */
TEST_IN_FOLDER(scales_widen_for_values_beyond_them)
{
    WIL_OWN(wil_perfusion_aif_file) aif = true_artery();
    const wil_perfusion_inputs inputs = {.aif = &aif};
    WIL_OWN(wil_perfusion_result) r = {0};
    for (int t = 0; t < N_TIME; t++)
        aif.curve[t] /= 6;
    WIL_OWN(char) *page = page_of(*state, &inputs, &r), *svg = svg_of(page, 1);
    has_text(svg, "400");
    SAYS(page, "0 to 400 ml/100g/min, a wider scale than usual");
}
