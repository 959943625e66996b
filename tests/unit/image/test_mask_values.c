/* Labels as users have them. */
#include "test.h"

#include "temp_folder.h"
#include "volume_check.h"

static wil_status mask_of(wil_mask *out, const float *values, int n, const wil_mask_rule *rule)
{
    const wil_grid grid = wil_grid_make(n, 1, 1, 1, 1, 1);
    WIL_OWN(wil_volume) volume = {0};
    WIL_TRY(wil_volume_make(&volume, &grid, 1));
    memcpy(volume.voxels, values, (size_t)n * sizeof *values);
    return wil_mask_of_volume(out, &volume, rule, "label.nii");
}

#define MASK_IS(values, rule, ...)                                                                           \
    do {                                                                                                     \
        const uint8_t expected_[] = {__VA_ARGS__};                                                           \
        WIL_OWN(wil_mask) mask_ = {0};                                                                       \
        OK(mask_of(&mask_, values, (int)sizeof expected_, rule));                                            \
        assert_memory_equal(mask_.voxels, expected_, sizeof expected_);                                      \
    } while (0)

/* 255 times a slope of float(1 / 255), and the like. */
TEST(ones_that_rounded_are_ones)
{
    const float values[] = {0, 1.0000001f, 0.9999999f, 1e-7f, -1e-7f};
    MASK_IS(values, NULL, 0, 1, 1, 0, 0);
}

TEST(all_but_0_is_foreground_if_asked_for)
{
    const float bytes[] = {0, 255, 255, 0};
    const float several[] = {0, 1, 7, -2, 0.5f};
    const wil_mask_rule rule = {.binarise = true};
    WIL_OWN(wil_mask) mask = {0};
    REFUSED(WIL_ERR_INPUT, mask_of(&mask, bytes, 4, NULL), "label.nii", "holds 255 in 2 of 4 voxels",
        "--binarise", "--foreground");
    MASK_IS(bytes, &rule, 0, 1, 1, 0);
    MASK_IS(several, &rule, 0, 1, 1, 1, 1);
}

TEST(a_structure_of_several_is_foreground_if_named)
{
    const float values[] = {0, 1, 2, 3, 4, 5, 6, 13, 4.00001f};
    wil_mask_rule rule = {.foreground = (char *)"1,3-5"};
    MASK_IS(values, &rule, 0, 1, 0, 1, 1, 1, 0, 0, 1);
    rule.foreground = (char *)"13";
    MASK_IS(values, &rule, 0, 0, 0, 0, 0, 0, 0, 1, 0);
    rule.foreground = (char *)"1-1000000";
    MASK_IS(values, &rule, 0, 1, 1, 1, 1, 1, 1, 1, 1);
}

TEST(what_is_no_label_or_no_rule_is_refused)
{
    const float broken[] = {0, 2.5f, 2.5f}, unknown[] = {0, NAN, 1};
    const wil_mask_rule named = {.foreground = (char *)"2"}, binarise = {.binarise = true};
    const wil_mask_rule both = {true, (char *)"2"};
    static const char *const bad[] = {"0", "1,", "1,,2", "a", "3-1", "1-", "-3", "1;2", "1 2", "9999999", ""};
    WIL_OWN(wil_mask) mask = {0};
    REFUSED(WIL_ERR_INPUT, mask_of(&mask, broken, 3, &named), "holds 2.5 in 2 of 3", "whole numbers");
    REFUSED(WIL_ERR_INPUT, mask_of(&mask, unknown, 3, &binarise), "holds nan in 1 of 3");
    REFUSED(WIL_ERR_INPUT, mask_of(&mask, unknown, 3, NULL), "holds nan in 1 of 3");
    REFUSED(WIL_ERR_ARG, mask_of(&mask, broken, 3, &both), "give one of them");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const wil_mask_rule rule = {.foreground = (char *)bad[i]};
        REFUSED(WIL_ERR_ARG, mask_of(&mask, broken, 3, &rule), "--foreground", "1,3-5");
    }
}
