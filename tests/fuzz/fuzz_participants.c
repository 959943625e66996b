/* participants.tsv, which gives the subjects of a BIDS folder their splits: both subjects, or there are
 * words. */
#include "fuzz_input.h"

#include <stdlib.h>
#include <string.h>

#include "willis/data.h"

static void make_subject(const char *root, const char *id)
{
    WIL_OWN(char) *anat = NULL, *image = NULL;
    if (wil_string_format(&anat, "%s/%s/anat", root, id) != WIL_OK ||
        wil_string_format(&image, "%s/%s_angio.nii", anat, id) != WIL_OK || wil_folder_make(anat) != WIL_OK ||
        wil_file_write(image, "", 0) != WIL_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    static bool made;
    wil_cohort cohort = {0};
    const char *root = fuzz_input_named(bytes, n_bytes, "participants.tsv");
    if (!made) {
        make_subject(root, "sub-1");
        make_subject(root, "sub-2");
        made = true;
    }
    if (wil_cohort_read(&cohort, root) == WIL_OK) {
        if (cohort.n_subjects != 2 || strcmp(cohort.subjects[0].id, "sub-1") != 0)
            abort();
        for (int i = 0; i < cohort.n_subjects; i++)
            if (wil_split_name(cohort.subjects[i].split) == NULL)
                abort();
    } else if (wil_status_message()[0] == 0) {
        abort();
    }
    wil_cohort_clear(&cohort);
    return 0;
}
