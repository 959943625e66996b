#include "base_fixture.h"

static const char *const words[] = {"filters", "latent", "steps", "seed", "patch"};

static void a_misspelt_word_finds_its_neighbour(void **state)
{
    (void)state;
    assert_string_equal(wil_nearest_word("filter", words, 5), "filters");   /* a letter missing */
    assert_string_equal(wil_nearest_word("fillters", words, 5), "filters"); /* one too many */
    assert_string_equal(wil_nearest_word("filtres", words, 5), "filters");  /* two swapped */
    assert_string_equal(wil_nearest_word("patsh", words, 5), "patch");      /* another one */
    assert_string_equal(wil_nearest_word("seed", words, 5), "seed");
}

static void a_word_that_resembles_none_finds_none(void **state)
{
    (void)state;
    assert_null(wil_nearest_word("momentum", words, 5));
    assert_null(wil_nearest_word("xy", words, 5));
    assert_null(wil_nearest_word("", words, 5));
    assert_null(wil_nearest_word("seed", words, 0));
}

static void of_equally_near_words_the_first_is_taken(void **state)
{
    (void)state;
    const char *const pair[] = {"beta1", "beta2"};
    assert_string_equal(wil_nearest_word("beta", pair, 2), "beta1");
    assert_string_equal(wil_nearest_word("beta3", pair, 2), "beta1");
}

static void very_long_words_are_no_trouble(void **state)
{
    (void)state;
    char text[300];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    const char *const many[] = {text, "seed"};
    assert_null(wil_nearest_word(text, words, 5));
    assert_string_equal(wil_nearest_word("sed", many, 2), "seed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_misspelt_word_finds_its_neighbour),
        cmocka_unit_test(a_word_that_resembles_none_finds_none),
        cmocka_unit_test(of_equally_near_words_the_first_is_taken),
        cmocka_unit_test(very_long_words_are_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
