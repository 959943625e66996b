/* Tables of cohorts: subjects are whole, or there are words. */
#include "fuzz_input.h"

#include <stdlib.h>
#include <string.h>

#include "willis/data.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    wil_cohort cohort = {0};
    if (wil_cohort_read(&cohort, fuzz_input_file(bytes, n_bytes, ".tsv")) == WIL_OK) {
        if (cohort.n_subjects < 1)
            abort();
        for (int i = 0; i < cohort.n_subjects; i++)
            if (cohort.subjects[i].id == NULL || cohort.subjects[i].id[0] == 0 ||
                cohort.subjects[i].image == NULL)
                abort();
    } else if (wil_status_message()[0] == 0) {
        abort();
    }
    wil_cohort_clear(&cohort);
    return 0;
}
