/* Which instruction set the loops use: the best that the machine has and WILLIS_ISA allows. */
#include "kernel_internal.h"

#include <stdlib.h>
#include <string.h>

static const char *const NAMES[KERNEL_N_ISAS] = {"base", "avx2", "avx512"};

/* For every set, exactly the extensions that src/kernel/CMakeLists.txt compiles its loops for. */
static wil_isa isa_of_machine(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return WIL_ISA_BASE;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl"))
        return WIL_ISA_AVX2;
    return WIL_ISA_AVX512;
#else
    return WIL_ISA_BASE;
#endif
}

/* The word of WILLIS_ISA; NULL if it is not set, or empty. */
static const char *wanted_word(void)
{
    const char *word = getenv("WILLIS_ISA");
    return word == NULL || word[0] == '\0' ? NULL : word;
}

/* false if the word names no set. */
static bool isa_of_word(wil_isa *out, const char *word)
{
    for (int i = 0; i < KERNEL_N_ISAS; i++)
        if (strcmp(word, NAMES[i]) == 0) {
            *out = (wil_isa)i;
            return true;
        }
    return false;
}

wil_isa wil_kernel_isa_limit(void)
{
    const char *word = wanted_word();
    wil_isa limit = WIL_ISA_AVX512;
    return word != NULL && isa_of_word(&limit, word) ? limit : WIL_ISA_AVX512;
}

wil_isa wil_kernel_isa(void)
{
    const wil_isa best = isa_of_machine();
    const wil_isa limit = wil_kernel_isa_limit();
    return limit < best ? limit : best;
}

wil_status wil_kernel_isa_check(void)
{
    const char *word = wanted_word();
    wil_isa ignored;
    if (word == NULL || isa_of_word(&ignored, word))
        return WIL_OK;
    return wil_fail(WIL_ERR_ARG,
        "the environment variable WILLIS_ISA is '%s', which is no instruction set; expected base, avx2 or "
        "avx512, or leave it unset for the best of this machine (%s)",
        word, wil_isa_name(isa_of_machine()));
}

const char *wil_isa_name(wil_isa isa)
{
    return (unsigned)isa < KERNEL_N_ISAS ? NAMES[isa] : "unknown";
}

bool wil_kernel_has_bf16(void)
{
#if defined(__x86_64__)
    return wil_kernel_isa() == WIL_ISA_AVX512 && __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}
