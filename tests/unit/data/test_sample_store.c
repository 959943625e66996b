/* Sets that stay in their file give what sets in memory give; sets written as they come are those written at
 * once. */
#include <unistd.h>
#include <zlib.h>

#include "same_samples.h"
#include "samples_fixture.h"

#define N 23
#define H 24
#define W 20
#define ONE ((size_t)H * W)
#define FIVE_SAMPLES (5 * ONE * 5) /* bytes: float and label */

/* One set in memory, and the same in its file with room for some samples. */
typedef struct both {
    wil_samples memory, file;
} both;

static both open_both(const char *folder, size_t most_bytes)
{
    both sets;
    wil_samples set;
    const char *path = in_folder(folder, "set.h5");
    make_patches(&set, N, H, W);
    OK(wil_samples_write(&set, path));
    wil_samples_clear(&set);
    OK(wil_samples_read(&sets.memory, path));
    OK(wil_samples_open(&sets.file, path, most_bytes));
    assert_null(sets.memory.store);
    assert_non_null(sets.file.store);
    assert_null(sets.file.image);
    return sets;
}

static void clear_both(both *sets)
{
    wil_samples_clear(&sets->memory);
    wil_samples_clear(&sets->file);
}

static void assert_fetches_equal(const both *sets, const size_t *indices, int count)
{
    wil_sample a[N];
    wil_sample b[N];
    OK(wil_samples_fetch(&sets->memory, indices, count, a));
    OK(wil_samples_fetch(&sets->file, indices, count, b));
    for (int i = 0; i < count; i++) { /* all of a call lie there together */
        assert_memory_equal(a[i].image, b[i].image, ONE * sizeof(float));
        assert_memory_equal(a[i].label, b[i].label, ONE);
        assert_null(b[i].target);
    }
}

static void samples_are_the_same_in_whatever_order(void **state)
{
    static const size_t room[] = {0, FIVE_SAMPLES, 1000 * FIVE_SAMPLES};
    for (size_t r = 0; r < 2; r++) {
        both sets = open_both(*state, room[r]);
        const wil_rng rng = wil_rng_at(9, WIL_RNG_TEST, 0);
        for (uint64_t k = 0; k < 40; k++) {
            size_t indices[7];
            for (uint64_t i = 0; i < 7; i++) /* also twice the same */
                indices[i] = wil_rng_below(rng, 7 * k + i, N);
            assert_fetches_equal(&sets, indices, 7);
        }
        clear_both(&sets);
    }
    wil_samples whole;
    OK(wil_samples_open(&whole, in_folder(*state, "set.h5"), room[2]));
    assert_null(whole.store);
    assert_non_null(whole.image);
    wil_samples_clear(&whole);
}

static void statistics_are_the_same_bits(void **state)
{
    both sets = open_both(*state, FIVE_SAMPLES);
    uint32_t checksum[2];
    double mean[2];
    double sd[2];
    float low[2][N];
    float high[2][N];
    for (int scaled = 0; scaled < 2; scaled++) {
        for (int i = 0; i < 2; i++) {
            const wil_samples *set = i == 0 ? &sets.memory : &sets.file;
            OK(wil_samples_checksum(&checksum[i], set));
            OK(wil_samples_moments(set, &mean[i], &sd[i]));
            OK(wil_samples_limits(set, WIL_SCALE_GAN_PATCH, low[i], high[i]));
        }
        assert_int_equal(checksum[0], checksum[1]);
        assert_true(mean[0] == mean[1] && sd[0] == sd[1]);
        assert_memory_equal(low[0], low[1], sizeof low[0]);
        assert_memory_equal(high[0], high[1], sizeof high[0]);
        wil_samples_scale_byte_range(&sets.memory);
        wil_samples_scale_byte_range(&sets.file);
    }
    clear_both(&sets);
}

/* The sum of all values by halves of the whole array, as it always was. */
static double sum_by_halves(const float *values, size_t n)
{
    double sum = 0;
    if (n > 256)
        return sum_by_halves(values, n / 2) + sum_by_halves(values + n / 2, n - n / 2);
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum;
}

static void moments_do_not_know_where_samples_end(void **state)
{
    both sets = open_both(*state, 0);
    double mean = 0;
    double sd = 0;
    OK(wil_samples_moments(&sets.file, &mean, &sd));
    assert_true(mean == sum_by_halves(sets.memory.image, N * ONE) / (double)(N * ONE));
    clear_both(&sets);
}

static void the_checksum_is_that_of_all_bytes_in_a_row(void **state)
{
    both sets = open_both(*state, 0);
    uint32_t checksum = 0;
    OK(wil_samples_checksum(&checksum, &sets.file));
    uLong expected = crc32_z(0, (const Bytef *)sets.memory.image, N * ONE * sizeof(float));
    expected = crc32_z(expected, sets.memory.label, N * ONE);
    expected = crc32_z(expected, (const Bytef *)sets.memory.subject_range, 4 * sizeof(float));
    assert_int_equal(checksum, (uint32_t)expected);
    clear_both(&sets);
}

static void batches_are_the_same_bits(void **state)
{
    both sets = open_both(*state, FIVE_SAMPLES);
    const size_t indices[] = {22, 3, 9, 3, 0, 17, 11};
    static float gan[2][7 * ONE * 2];
    static float image[2][7 * ONE];
    static float label[2][7 * ONE];
    float low[N];
    float high[N];
    wil_augment_config augment = wil_augment_config_default();
    augment.kind = WIL_AUGMENT_STUDY;
    OK(wil_samples_limits(&sets.memory, WIL_SCALE_GAN_SCAN, low, high));
    for (int i = 0; i < 2; i++) {
        wil_samples *set = i == 0 ? &sets.memory : &sets.file;
        OK(wil_batch_gan(gan[i], set, indices, 7, low, high));
        wil_samples_scale_byte_range(set);
        OK(wil_batch_unet(image[i], label[i], set, indices, 7, WIL_SCALE_UNET_SET, 100, 40, &augment, 5, 70));
    }
    assert_memory_equal(gan[0], gan[1], sizeof gan[0]);
    assert_memory_equal(image[0], image[1], sizeof image[0]);
    assert_memory_equal(label[0], label[1], sizeof label[0]);
    clear_both(&sets);
}

static void a_sample_that_is_not_there_is_refused(void **state)
{
    both sets = open_both(*state, 0);
    const size_t beyond = N;
    wil_sample sample;
    REFUSED(WIL_ERR_ARG, wil_samples_fetch(&sets.file, &beyond, 1, &sample), "sample 23", "of 23");
    REFUSED(WIL_ERR_ARG, wil_samples_fetch(&sets.memory, &beyond, 1, &sample), "sample 23", "of 23");
    clear_both(&sets);
}

/* Values are checked when they are read. */
static void wrong_values_are_found_where_they_are(void **state)
{
    wil_samples set;
    wil_sample sample;
    uint32_t checksum = 0;
    const size_t numbers[] = {11, 12, 13};
    const char *path = in_folder(*state, "set.h5");
    make_patches(&set, N, H, W);
    set.image[12 * ONE + 5] = INFINITY;
    set.label[13 * ONE + 6] = 2;
    OK(wil_samples_write(&set, path));
    wil_samples_clear(&set);
    OK(wil_samples_open(&set, path, 0));
    OK(wil_samples_fetch(&set, &numbers[0], 1, &sample));
    REFUSED(WIL_ERR_INPUT, wil_samples_fetch(&set, &numbers[1], 1, &sample), "set.h5",
        "/image holds NaN or infinity, first in patch 12");
    REFUSED(WIL_ERR_INPUT, wil_samples_fetch(&set, &numbers[1], 2, &sample), "patch 12"); /* not kept */
    REFUSED(WIL_ERR_INPUT, wil_samples_fetch(&set, &numbers[2], 1, &sample),
        "/label must be 0 or 1, but holds 2, first in patch 13");
    REFUSED(WIL_ERR_INPUT, wil_samples_checksum(&checksum, &set), "patch 12");
    wil_samples_clear(&set);
}

/* ---- writing as it comes ------------------------------------------------------------------------------ */

static void a_set_written_in_pieces_is_the_one_written_at_once(void **state)
{
    wil_samples set;
    wil_samples again;
    wil_samples_writer *writer = NULL;
    const char *path = in_folder(*state, "set.h5");
    make_patches(&set, N, H, W);
    OK(wil_samples_writer_open(&writer, path, &set));
    for (int64_t first = 0, n = 1; first < N; first += n, n = n * 2 < N - first ? n * 2 : N - first)
        OK(wil_samples_writer_add(writer, n, set.image + first * ONE, set.label + first * ONE, NULL));
    assert_false(wil_file_exists(path));
    OK(wil_samples_writer_finish(writer, &set));
    wil_samples_writer_free(writer);
    OK(wil_samples_read(&again, path));
    assert_samples_equal(&again, &set);
    wil_samples_clear(&again);
    wil_samples_clear(&set);
}

static void an_unfinished_set_leaves_nothing(void **state)
{
    wil_samples set;
    wil_samples_writer *writer = NULL;
    const char *path = in_folder(*state, "set.h5");
    make_patches(&set, N, H, W);
    OK(wil_samples_writer_open(&writer, path, &set));
    OK(wil_samples_writer_add(writer, 4, set.image, set.label, NULL));
    REFUSED(WIL_ERR_ARG, wil_samples_writer_finish(writer, &set), "4 patches were added to a set of 23");
    wil_samples_writer_free(writer);
    wil_samples_writer_free(NULL);
    assert_int_equal(rmdir(*state), 0); /* an empty folder */
    wil_samples_clear(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(samples_are_the_same_in_whatever_order),
        CASE(statistics_are_the_same_bits),
        CASE(moments_do_not_know_where_samples_end),
        CASE(the_checksum_is_that_of_all_bytes_in_a_row),
        CASE(batches_are_the_same_bits),
        CASE(a_sample_that_is_not_there_is_refused),
        CASE(wrong_values_are_found_where_they_are),
        CASE(a_set_written_in_pieces_is_the_one_written_at_once),
        CASE(an_unfinished_set_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
