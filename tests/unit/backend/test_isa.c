/* The choice of an instruction set: what the machine has, what WILLIS_ISA lowers it to, and that the loops
 * and oneDNN follow. */
#include "test.h"

#include "outcome.h"
#include "isa_check.h"

#include "conv.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the machine -------------------------------------------------------------------------------------- */

/* Whether the kernel of the operating system lists the flag; -1 where it lists none (not x86). */
static int cpuinfo_has(const char *flag)
{
    char line[8192];
    char word[64];
    int found = -1;
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(word, sizeof word, " %s ", flag);
    while (file != NULL && found < 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "flags", 5) == 0) {
            line[strcspn(line, "\n")] = ' ';
            found = strstr(line, word) != NULL;
        }
    if (file != NULL)
        (void)fclose(file);
    return found;
}

static wil_isa isa_of_cpuinfo(void)
{
    if (cpuinfo_has("avx2") != 1 || cpuinfo_has("fma") != 1)
        return WIL_ISA_BASE;
    const bool avx512 = cpuinfo_has("avx512f") == 1 && cpuinfo_has("avx512bw") == 1 &&
                        cpuinfo_has("avx512dq") == 1 && cpuinfo_has("avx512vl") == 1;
    return avx512 ? WIL_ISA_AVX512 : WIL_ISA_AVX2;
}

static wil_isa lower_of(wil_isa a, wil_isa b)
{
    return a < b ? a : b;
}

static int forget_variable(void **state)
{
    (void)state;
    return unsetenv("WILLIS_ISA");
}

TEST_WITH(the_best_set_of_the_machine_is_what_the_system_lists, forget_variable, forget_variable)
{
    assert_int_equal(wil_kernel_isa(), isa_of_cpuinfo());
    assert_int_equal(
        wil_kernel_has_bf16(), isa_of_cpuinfo() == WIL_ISA_AVX512 && cpuinfo_has("avx512_bf16") == 1);
    OK(wil_kernel_isa_check());
}

/* ---- the variable ------------------------------------------------------------------------------------- */

TEST_WITH(the_variable_lowers_the_set_and_never_raises_it, forget_variable, forget_variable)
{
    static const char *const words[] = {"base", "avx2", "avx512"};
    const wil_isa best = wil_kernel_isa();
    const bool bf16 = wil_kernel_has_bf16();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(setenv("WILLIS_ISA", words[i], 1), 0);
        assert_int_equal(wil_kernel_isa(), lower_of((wil_isa)i, best));
        OK(wil_kernel_isa_check());
        assert_string_equal(wil_isa_name((wil_isa)i), words[i]);
        assert_int_equal(wil_kernel_has_bf16(), bf16 && i == WIL_ISA_AVX512);
    }
    assert_int_equal(setenv("WILLIS_ISA", "", 1), 0);
    assert_int_equal(wil_kernel_isa(), best);
    OK(wil_kernel_isa_check());
}

TEST_WITH(a_word_that_is_no_set_is_refused, forget_variable, forget_variable)
{
    static const char *const words[] = {"avx", "AVX2", "avx512 ", "3"};
    const wil_isa best = wil_kernel_isa();
    for (int i = 0; i < 4; i++) {
        cpu_device *device = NULL;
        assert_int_equal(setenv("WILLIS_ISA", words[i], 1), 0);
        assert_int_equal(wil_kernel_isa(), best);
        REFUSED(WIL_ERR_ARG, wil_kernel_isa_check(), "WILLIS_ISA");
        SAYS(wil_status_message(), words[i]);
        SAYS(wil_status_message(), "expected base, avx2 or avx512");
        assert_int_equal(cpu_device_new(&device), WIL_ERR_ARG);
        assert_null(device);
    }
}

/* ---- the kernels -------------------------------------------------------------------------------------- */

TEST_WITH(each_set_has_its_own_loops_and_references_have_one, forget_variable, forget_variable)
{
    const wil_isa best = wil_kernel_isa();
    wil_kernel_fn add[3];
    for (wil_isa isa = WIL_ISA_BASE; isa <= best; isa++) {
        use_isa(isa);
        add[isa] = wil_kernel_find(WIL_OP_ADD, WIL_KERNEL_FAST_F32);
        assert_non_null(add[isa]);
        for (wil_isa other = WIL_ISA_BASE; other < isa; other++)
            assert_true(add[isa] != add[other]);
        const wil_kernel_fn concat = wil_kernel_find(WIL_OP_CONCAT, WIL_KERNEL_FAST_F32);
        assert_true(concat == wil_kernel_find(WIL_OP_CONCAT, WIL_KERNEL_REF_F32));
        assert_null(wil_kernel_find(WIL_OP_CONV, WIL_KERNEL_FAST_F32));
    }
}

/* ---- oneDNN ------------------------------------------------------------------------------------------- */

/* oneDNN chooses once in a process, so each case has one of its own. Exit status 0: as it should be. */
static int in_a_process(int (*body)(void))
{
    int status = -1;
    const pid_t child = fork();
    if (child == 0)
        _exit(body());
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A primitive: now oneDNN has chosen. */
static wil_status use_dnnl(void)
{
    static const conv_geometry geometry = {.n_spatial = 1,
        .batch = 1,
        .in_channels = 16,
        .out_channels = 16,
        .in = {8},
        .kernel = {3},
        .out = {8},
        .stride = {1},
        .pad = {1}};
    cpu_device *device = NULL;
    cpu_conv *conv = NULL;
    wil_status status = cpu_device_new(&device);
    if (status == WIL_OK)
        status = cpu_conv_new(&conv, device, WIL_OP_CONV, &geometry);
    cpu_conv_free(conv);
    cpu_device_free(device);
    return status;
}

/* The second use asks oneDNN what it has chosen, and would be refused had the first not been heard. */
static int lowered_before_its_first_use(void)
{
    (void)setenv("WILLIS_ISA", "base", 1);
    return use_dnnl() == WIL_OK && use_dnnl() == WIL_OK ? 0 : 1;
}

static int lowered_too_late(void)
{
    if (use_dnnl() != WIL_OK)
        return 1;
    (void)setenv("WILLIS_ISA", "base", 1);
    if (use_dnnl() != WIL_ERR_ARG)
        return 2;
    return strstr(wil_status_message(), "WILLIS_ISA is base") != NULL &&
                   strstr(wil_status_message(), "before the program starts") != NULL
               ? 0
               : 3;
}

TEST_WITH(onednn_follows_the_variable, forget_variable, forget_variable)
{
    assert_int_equal(in_a_process(lowered_before_its_first_use), 0);
}

TEST_WITH(onednn_cannot_be_lowered_after_its_first_use, forget_variable, forget_variable)
{
    if (wil_kernel_isa() == WIL_ISA_BASE)
        skip(); /* nothing to lower */
    assert_int_equal(in_a_process(lowered_too_late), 0);
}
