/* Comparisons of whole sets: files, draws, halves, gaps. */
#include "test.h"

#include <omp.h>

#include "distribution_internal.h"
#include "run_fixture.h"

enum { D = 4 };

/* Normal samples as .npy of float32; value i of the file is at (seed, step, first + i). */
static const char *write_samples(const char *path, int n, int d, uint32_t step, uint64_t first, double shift)
{
    char header[128];
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, file);
    snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", n, d);
    fprintf(file, "%-117s\n", header);
    for (int i = 0; i < n * d; i++) {
        const float value =
            (float)(shift + wil_rng_normal(wil_rng_at(9, WIL_RNG_TEST, step), first + (uint64_t)i));
        fwrite(&value, sizeof value, 1, file);
    }
    assert_int_equal(fclose(file), 0);
    return path;
}

static wil_distribution_config small_config(void)
{
    wil_distribution_config config = wil_distribution_config_default();
    config.kid_config.n_subsets = 20;
    config.kid_config.subset_size = 100;
    config.prd_config.n_runs = 2;
    config.prd_config.n_clusters = 10;
    return config;
}

TEST_IN_FOLDER(equal_files_are_at_distance_0_and_perfect)
{
    const wil_sample_source source = {
        .path = write_samples(in_folder(*state, "real.npy"), 600, D, 1, 0, 0), .extractor = "test"};
    const wil_distribution_config config = small_config();
    WIL_OWN(wil_distribution) r = {0};
    OK(wil_distribution_evaluate(&r, &source, &source, NULL, &config, NULL));
    const wil_distribution_figures *f = &r.figures;
    assert_true(fabs(f->frechet.distance) < 1e-12); /* traces of 4 */
    assert_true(f->manifold.precision == 1 && f->manifold.recall == 1 && f->manifold.coverage == 1);
    assert_true(f->prd_auc > 0.999 && f->prd_f8 > 0.999 && f->prd_f1_8 > 0.999); /* 1001 angles */
    assert_int_equal(f->n_real, 600);
    assert_int_equal(f->n_real_drawn, 600);
    assert_int_equal(r.d, D);
    assert_string_equal(r.features, "test, 4 values");
    assert_int_equal(strlen(r.hash), 8);
    /* the floor is of two sets of 300: not 0, but small; no test set, no gap */
    assert_int_equal(r.floor.n_real + r.floor.n_synthetic, 600);
    assert_false(r.halves_are_subjects);
    assert_true(r.floor.frechet.distance > 1e-3 && r.floor.frechet.distance < 0.2);
    assert_true(r.floor.prd_auc > 0.8 && r.floor.prd_auc < 1);
    assert_int_equal(r.floor_curve.n_angles, config.prd_config.n_angles);
    assert_true(r.floor_curve.auc == r.floor.prd_auc && r.curve.auc == f->prd_auc);
    assert_true(isnan(r.test.frechet.distance) && isnan(r.train.kid.kid));
}

/* Four features moved by 1/2: 4 / 4 = 1. */
TEST_IN_FOLDER(a_shift_is_seen_and_the_other_way_round_it_is_the_same)
{
    const wil_sample_source real = {.path = write_samples(in_folder(*state, "a.npy"), 3000, D, 1, 0, 0)};
    const wil_sample_source same = {.path = write_samples(in_folder(*state, "b.npy"), 3000, D, 1, 0, 0.5)};
    wil_distribution_config config = small_config();
    config.kid = config.prd = config.manifold = false;
    WIL_OWN(wil_distribution) r = {0}, back = {0};
    OK(wil_distribution_evaluate(&r, &real, &same, NULL, &config, NULL));
    OK(wil_distribution_evaluate(&back, &same, &real, NULL, &config, NULL));
    assert_true(fabs(r.figures.frechet.distance - 1) < 1e-5); /* float32 of values about 1 */
    assert_true(fabs(back.figures.frechet.distance - r.figures.frechet.distance) < 1e-12);
    assert_true(isnan(r.figures.kid.kid) && isnan(r.figures.prd_auc));
}

/* Synthetic samples that are training samples with a little noise: nearer to training than to test. */
TEST_IN_FOLDER(copies_of_training_samples_open_a_gap)
{
    const wil_sample_source train = {.path = write_samples(in_folder(*state, "train.npy"), 80, 30, 1, 0, 0)};
    const wil_sample_source test = {.path = write_samples(in_folder(*state, "test.npy"), 80, 30, 2, 0, 0)};
    const wil_sample_source copy = {.path = write_samples(in_folder(*state, "copy.npy"), 80, 30, 1, 0, 1e-3)};
    const wil_sample_source fresh = {.path = write_samples(in_folder(*state, "new.npy"), 80, 30, 3, 0, 0)};
    const wil_distribution_config config = small_config();
    WIL_OWN(wil_distribution) c = {0}, f = {0};
    OK(wil_distribution_evaluate(&c, &train, &copy, &test, &config, NULL));
    OK(wil_distribution_evaluate(&f, &train, &fresh, &test, &config, NULL));
    assert_int_equal(c.train.n_real, 80);
    assert_int_equal(c.test.n_real, 80);
    const double gap_copy = c.test.frechet.distance - c.train.frechet.distance;
    const double gap_fresh = f.test.frechet.distance - f.train.frechet.distance;
    /* 80 samples of 30 features: independent sets lie about 30 (1 / 40 + 30 / 160) apart, copies 0 */
    assert_true(c.train.frechet.distance < 1e-3 && gap_copy > 4);
    assert_true(fabs(gap_fresh) < gap_copy / 3);
    assert_true(c.test.kid.kid > c.train.kid.kid);
}

TEST_IN_FOLDER(the_seed_decides_the_draw_and_the_threads_do_not)
{
    const wil_sample_source real = {.path = write_samples(in_folder(*state, "a.npy"), 500, D, 1, 0, 0)};
    const wil_sample_source other = {.path = write_samples(in_folder(*state, "b.npy"), 400, D, 2, 0, 0.2)};
    wil_distribution_config config = small_config();
    config.most_samples = 200;
    wil_distribution r[3];
    const int before = omp_get_max_threads();
    for (int t = 0; t < 3; t++) {
        omp_set_num_threads(t == 0 ? 1 : 3);
        config.seed = t == 2 ? 2 : 1;
        OK(wil_distribution_evaluate(&r[t], &real, &other, NULL, &config, NULL));
    }
    omp_set_num_threads(before);
    assert_memory_equal(&r[0].figures, &r[1].figures, sizeof r[0].figures);
    assert_memory_equal(&r[0].floor, &r[1].floor, sizeof r[0].floor);
    assert_int_equal(r[0].figures.n_synthetic_drawn, 200);
    assert_int_equal(r[0].figures.n_synthetic, 400);
    assert_true(r[0].figures.kid.kid != r[2].figures.kid.kid);
    /* of all samples, whatever the halves: the order of additions differs */
    assert_true(fabs(r[0].figures.frechet.distance - r[2].figures.frechet.distance) < 1e-12);
    for (int t = 0; t < 3; t++)
        wil_distribution_clear(&r[t]);
}

/* ---- halves ------------------------------------------------------------------------------------------- */

TEST(halves_hold_whole_subjects_and_are_nearly_equal)
{
    int32_t subject[90];
    WIL_OWN(uint8_t) *half = NULL;
    bool by_subject = false;
    int in_half[2] = {0, 0}, of_subject[9][2] = {{0}};
    feature_source source = {.n = 90, .subject = subject, .n_subjects = 9};
    for (int i = 0; i < 90; i++)
        subject[i] = i / 10;
    OK(distribution_halves(&half, &by_subject, &source, 4));
    assert_true(by_subject);
    for (int i = 0; i < 90; i++) {
        in_half[half[i]]++;
        of_subject[subject[i]][half[i]]++;
    }
    for (int s = 0; s < 9; s++)
        assert_true(of_subject[s][0] == 0 || of_subject[s][1] == 0);
    assert_int_equal(abs(in_half[0] - in_half[1]), 10);
    wil_free(half);
    source.n_subjects = 1;
    OK(distribution_halves(&half, &by_subject, &source, 4));
    assert_false(by_subject);
}

/* ---- refusals
 * ---------------------------------------------------------------------------------------------- */

TEST_IN_FOLDER(sets_that_cannot_be_compared_are_refused)
{
    const char *path = write_samples(in_folder(*state, "a.npy"), 60, D, 1, 0, 0);
    const wil_sample_source real = {.path = path, .extractor = "one"};
    const wil_sample_source other = {.path = path, .extractor = "two"};
    const wil_sample_source wide = {
        .path = write_samples(in_folder(*state, "wide.npy"), 60, 7, 1, 0, 0), .extractor = "one"};
    const wil_sample_source few = {
        .path = write_samples(in_folder(*state, "few.npy"), 4, D, 1, 0, 0), .extractor = "one"};
    const wil_sample_source nan = {
        .path = write_samples(in_folder(*state, "nan.npy"), 60, D, 1, 0, (double)NAN), .extractor = "one"};
    wil_distribution_config config = small_config();
    WIL_OWN(wil_distribution) r = {0};
    REFUSED(WIL_ERR_INPUT, wil_distribution_evaluate(&r, &real, &other, NULL, &config, NULL),
        "hold different features", "one, 4 values", "two, 4 values");
    REFUSED(WIL_ERR_INPUT, wil_distribution_evaluate(&r, &real, &wide, NULL, &config, NULL), "has 4 features",
        "wide.npy has 7");
    REFUSED(WIL_ERR_INPUT, wil_distribution_evaluate(&r, &real, &few, NULL, &config, NULL),
        "few.npy has 4 samples of 4 features", "more samples than features", "kernel distance (KID)");
    REFUSED(WIL_ERR_INPUT, wil_distribution_evaluate(&r, &nan, &real, NULL, &config, NULL),
        "nan.npy: sample 0", "NaN");
    config.frechet = config.prd = config.manifold = false;
    OK(wil_distribution_evaluate(&r, &real, &few, NULL, &config, NULL)); /* what was offered */
    assert_true(isfinite(r.figures.kid.kid));
}

/* ---- diversity and embedding
 * -------------------------------------------------------------------------------- */

TEST_IN_FOLDER(copies_are_nearer_to_training_than_to_held_out_samples)
{
    const wil_sample_source train = {.path = write_samples(in_folder(*state, "train.npy"), 400, D, 1, 0, 0)};
    const wil_sample_source test = {.path = write_samples(in_folder(*state, "test.npy"), 100, D, 2, 0, 0)};
    const wil_sample_source fresh = {.path = write_samples(in_folder(*state, "new.npy"), 600, D, 3, 0, 0)};
    wil_diversity_config config = wil_diversity_config_default();
    wil_diversity d;
    OK(wil_diversity_evaluate(&d, &fresh, &train, &test, &config));
    assert_int_equal(d.n_samples, 600);
    assert_int_equal(d.n_references, 100); /* of both */
    assert_true(isnan(d.ssim_mean));
    /* medians of 600 distances to 100 references: within 10 % of each other */
    assert_true(fabs(d.ratio - 1) < 0.1 && fabs(d.nearer_to_train - 0.5) < 0.1);
    const wil_sample_source copy = {.path = write_samples(in_folder(*state, "copy.npy"), 100, D, 2, 0, 1e-4)};
    OK(wil_diversity_evaluate(&d, &copy, &test, &fresh, &config)); /* "trained on" test */
    assert_true(d.ratio < 0.01 && d.nearer_to_train > 0.99);
    assert_true(fabs(d.train_distance - 1e-4) < 1e-6); /* float32 of values about 1 */
    REFUSED(WIL_ERR_ARG, wil_diversity_evaluate(&d, &fresh, &train, NULL, &config), "give both sets");
}

/* Noise lies far from both sets; what is near of the two is then an accident of one outlying sample. */
TEST_IN_FOLDER(a_verdict_is_given_where_samples_lie_among_real_ones_alone)
{
    const wil_sample_source train = {.path = write_samples(in_folder(*state, "train.npy"), 400, D, 1, 0, 0)};
    const wil_sample_source test = {.path = write_samples(in_folder(*state, "test.npy"), 300, D, 2, 0, 0)};
    const wil_sample_source fresh = {.path = write_samples(in_folder(*state, "new.npy"), 300, D, 3, 0, 0)};
    const wil_sample_source copy = {.path = write_samples(in_folder(*state, "copy.npy"), 400, D, 1, 0, 1e-4)};
    const wil_sample_source noise = {.path = write_samples(in_folder(*state, "noise.npy"), 300, D, 4, 0, 50)};
    const wil_sample_source few = {.path = write_samples(in_folder(*state, "few.npy"), 19, D, 5, 0, 0)};
    const wil_diversity_config config = wil_diversity_config_default();
    wil_diversity d;
    OK(wil_diversity_evaluate(&d, &fresh, &train, &test, &config));
    assert_int_equal(d.verdict, WIL_DIVERSITY_NOT_NEARER);
    assert_int_equal(d.n_null, 300);
    /* both are nearest distances of 300 samples that know no training: 5 % by 3 standard errors of 300 and
     * 300 */
    assert_true(fabs(d.close_to_train - 0.05) < 3 * sqrt(0.05 * 0.95 * 2 / 300));
    assert_true(d.null_low < d.null_distance && d.null_distance < d.null_high);
    OK(wil_diversity_evaluate(&d, &test, &train, &test, &config)); /* the null itself */
    assert_true(d.null_distance == d.train_distance && d.verdict == WIL_DIVERSITY_NOT_NEARER);
    OK(wil_diversity_evaluate(&d, &copy, &train, &test, &config));
    assert_true(d.verdict == WIL_DIVERSITY_NEARER && d.close_to_train > 0.5);
    OK(wil_diversity_evaluate(&d, &noise, &train, &test, &config));
    assert_int_equal(d.verdict, WIL_DIVERSITY_UNLIKE);
    assert_true(d.train_distance > 10 * d.null_high);
    OK(wil_diversity_evaluate(&d, &fresh, &train, &few, &config));
    assert_int_equal(d.verdict, WIL_DIVERSITY_TOO_FEW);
    assert_string_equal(wil_diversity_verdict_name(WIL_DIVERSITY_UNLIKE), "unlike");
}

TEST_IN_FOLDER(sets_are_embedded_together_with_their_numbers)
{
    const wil_sample_source sets[2] = {{.path = write_samples(in_folder(*state, "a.npy"), 60, D, 1, 0, 0)},
        {.path = write_samples(in_folder(*state, "b.npy"), 40, D, 2, 0, 30)}};
    wil_tsne_config config = wil_tsne_config_default();
    wil_embedding e;
    config.perplexity = 8;
    config.n_iterations = 300;
    OK(wil_embedding_make(&e, sets, 2, 50, &config, NULL));
    assert_int_equal(e.n, 90);
    for (int i = 0; i < 90; i++) {
        assert_int_equal(e.set[i], i >= 50);
        assert_true(i == 0 || i == 50 || e.sample[i] > e.sample[i - 1]);
        int nearest = i == 0;
        for (int j = 0; j < 90; j++)
            if (j != i &&
                hypot(e.places[2 * i] - e.places[2 * j], e.places[2 * i + 1] - e.places[2 * j + 1]) <
                    hypot(e.places[2 * i] - e.places[2 * nearest],
                        e.places[2 * i + 1] - e.places[2 * nearest + 1]))
                nearest = j;
        assert_int_equal(e.set[nearest], e.set[i]);
    }
    wil_embedding_clear(&e);
    const wil_sample_source odd[2] = {sets[0], {.path = sets[1].path, .extractor = "other"}};
    REFUSED(WIL_ERR_INPUT, wil_embedding_make(&e, odd, 2, 50, &config, NULL), "hold different features");
    REFUSED(WIL_ERR_ARG, wil_embedding_make(&e, sets, 0, 50, &config, NULL), "got 0");
}

TEST_IN_FOLDER(images_of_an_embedding_are_those_of_its_patches)
{
    enum { H = 16, W = 32, N = 40 };
    const wil_sample_source sets[2] = {{.path = write_tube_patches(*state, "a.h5", N, H, W)},
        {.path = write_tube_patches(*state, "b.h5", N, H, W)}};
    const wil_sample_source matrix[1] = {{.path = write_samples(in_folder(*state, "m.npy"), 60, D, 1, 0, 0)}};
    wil_tsne_config config = wil_tsne_config_default();
    wil_embedding_shape shape;
    wil_embedding e, plain;
    wil_samples patches;
    float low[N], high[N];
    float *images = NULL;
    config.perplexity = 5;
    config.n_iterations = 10;
    OK(wil_embedding_make(&e, sets, 2, 25, &config, NULL));
    OK(wil_embedding_images(&images, &shape, &e, sets, 2));
    assert_true(e.n == 50 && shape.height == H && shape.width == W);
    OK(wil_samples_read(&patches, sets[0].path));
    OK(wil_samples_limits(&patches, WIL_SCALE_GAN_SCAN, low, high));
    for (int i = 0; i < 50; i++) {
        const int64_t k = e.sample[i];
        float *pixels = patches.image + k * H * W;
        float scaled[H * W];
        memcpy(scaled, pixels, sizeof scaled);
        wil_scale_range(scaled, H * W, (double)low[k], (double)high[k]);
        assert_memory_equal(images + i * H * W, scaled, sizeof scaled);
    }
    wil_free(images);
    wil_samples_clear(&patches);
    wil_embedding_clear(&e);
    OK(wil_embedding_make(&plain, matrix, 1, 25, &config, NULL));
    OK(wil_embedding_images(&images, &shape, &plain, matrix, 1));
    assert_null(images);
    assert_int_equal(shape.height, 0);
    wil_embedding_clear(&plain);
}
