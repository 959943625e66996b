/* What is timed is what was asked for. Times are not looked at. */
#include "run_fixture.h"
#include "willis/bench.h"

static wil_bench_config tiny(const char *name, int batch, int side)
{
    wil_bench_config config = wil_bench_config_default(name);
    config.batch = batch;
    config.filters = 2;
    config.size[0] = config.size[1] = side;
    config.repeats = 1;
    config.threads = 1; /* tiny steps: two would wait for each other */
    return config;
}

static double flops_of(const char *name, int batch, int side)
{
    const wil_bench_config config = tiny(name, batch, side);
    wil_bench_result result;
    OK(wil_bench_run(&result, &config, NULL));
    assert_int_equal(result.batch, batch);
    assert_int_equal(result.size[1], side);
    return result.flops;
}

static void defaults_are_the_study_s(void **state)
{
    const wil_bench_info *info = NULL;
    (void)state;
    OK(wil_bench_find(&info, "wgan2d-critic"));
    assert_int_equal(info->filters, 96);
    assert_int_equal(info->size[0], 96);
    OK(wil_bench_find(&info, "unet2d-train"));
    assert_int_equal(info->filters, 32);
    assert_int_equal(info->size[1], 96);
}

static void work_grows_with_batch_and_area(void **state)
{
    (void)state;
    /* a U-Net is convolutions only, so its work is proportional to both */
    assert_true(flops_of("unet2d-train", 4, 32) == 8 * flops_of("unet2d-train", 2, 16));
}

static void inference_runs_four_tiles_at_a_time(void **state)
{
    (void)state;
    /* the second run is filled up */
    assert_true(flops_of("unet2d-infer", 5, 16) == 2 * flops_of("unet2d-infer", 4, 16));
}

static void rates_follow_from_times_and_work(void **state)
{
    const wil_bench_config config = tiny("wgan2d-generator", 2, 32);
    wil_bench_result r;
    (void)state;
    OK(wil_bench_run(&r, &config, NULL));
    assert_true(r.seconds_min > 0 && r.seconds_min <= r.seconds_median);
    assert_float_equal(r.gflop_s, r.flops / r.seconds_median * 1e-9, 1e-9 * r.gflop_s); /* double */
    assert_true(r.peak_fraction > 0 && r.peak_fraction < 1);
    assert_true(r.plan_bytes > 0 && r.peak_rss_bytes > r.plan_bytes);
    assert_string_equal(r.precision, "f32");
}

static void spectral_norm_is_other_work(void **state)
{
    wil_bench_config config = tiny("wgan2d-critic", 2, 32);
    wil_bench_result plain;
    wil_bench_result spectral;
    (void)state;
    OK(wil_bench_run(&plain, &config, NULL));
    config.spectral = true;
    OK(wil_bench_run(&spectral, &config, NULL));
    assert_true(spectral.flops != plain.flops); /* there are power iterations, and no instance norms */
}

static void recomputation_plans_less_memory(void **state)
{
    wil_bench_config config = tiny("wgan2d-critic", 4, 64);
    wil_bench_result kept;
    wil_bench_result again;
    (void)state;
    config.filters = 8;
    OK(wil_bench_run(&kept, &config, NULL));
    config.recompute = true;
    OK(wil_bench_run(&again, &config, NULL));
    assert_true(again.plan_bytes < kept.plan_bytes);
}

static void a_profile_is_made_where_it_is_wanted(void **state)
{
    wil_bench_config config = tiny("unet2d-train", 2, 16);
    wil_bench_result r;
    (void)state;
    OK(wil_bench_run(&r, &config, NULL));
    assert_null(r.profile);
    config.profile = true;
    OK(wil_bench_run(&r, &config, NULL));
    assert_non_null(strstr(r.profile, "conv_dw"));
    assert_non_null(strstr(r.profile, "hook"));
    wil_bench_result_clear(&r);
    assert_null(r.profile);
}

static void impossible_requests_are_refused(void **state)
{
    wil_bench_result r;
    (void)state;
    wil_bench_config config = tiny("unet2d-train", 2, 17);
    REFUSED(WIL_ERR_ARG, wil_bench_run(&r, &config, NULL), "unet2d-train", "17", "multiple of 16");
    config = tiny("wgan2d-critic", 2, 48);
    REFUSED(WIL_ERR_ARG, wil_bench_run(&r, &config, NULL), "48", "multiples of 32");
    config = tiny("unet2d-train", 2, 16);
    config.spectral = true;
    REFUSED(WIL_ERR_ARG, wil_bench_run(&r, &config, NULL), "no spectral norm");
    config = tiny("unet2d-train", -1, 16);
    REFUSED(WIL_ERR_ARG, wil_bench_run(&r, &config, NULL), "batch must be", "got '-1'");
    config = tiny("unet2d-train", 2, 16);
    config.repeats = 0;
    REFUSED(WIL_ERR_ARG, wil_bench_run(&r, &config, NULL),
        "repeats must be a whole number from 1 to 100000, got '0'");
    config = tiny("conv-peak", 2, 16);
    REFUSED(WIL_ERR_ARG, wil_bench_run(&r, &config, NULL), "fixed shapes");
    config.filters = config.batch = config.size[0] = 0;
    config.profile = true;
    REFUSED(WIL_ERR_ARG, wil_bench_run(&r, &config, NULL), "nothing to profile");
    config = tiny("unet2d-trian", 2, 16);
    REFUSED(WIL_ERR_ARG, wil_bench_run(&r, &config, NULL), "did you mean 'unet2d-train'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_the_study_s),
        cmocka_unit_test(work_grows_with_batch_and_area),
        cmocka_unit_test(inference_runs_four_tiles_at_a_time),
        cmocka_unit_test(rates_follow_from_times_and_work),
        cmocka_unit_test(spectral_norm_is_other_work),
        cmocka_unit_test(recomputation_plans_less_memory),
        cmocka_unit_test(a_profile_is_made_where_it_is_wanted),
        cmocka_unit_test(impossible_requests_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
