/* Run files with their real keys: what is accepted prints as a run file that says the same; a refusal has
 * words. */
#include "fuzz_input.h"

#include <stdlib.h>
#include <string.h>

#include "willis/base_fields.h"
#include "willis/train.h"

static char *print(const wil_run_config *config)
{
    char *text = NULL;
    if (wil_fields_yaml(&text, &wil_run_fields, config, wil_run_section_used) != WIL_OK)
        abort();
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    wil_run_config first = {0}, again = {0};
    if (wil_run_config_load(&first, fuzz_input_file(bytes, n_bytes, ".yaml"), NULL, 0) == WIL_OK) {
        char *text = print(&first);
        const char *path = fuzz_input_second((const uint8_t *)text, strlen(text), "-again.yaml");
        if (wil_run_config_load(&again, path, NULL, 0) != WIL_OK)
            abort();
        char *text_again = print(&again);
        if (strcmp(text, text_again) != 0)
            abort();
        wil_free(text);
        wil_free(text_again);
    } else if (wil_status_message()[0] == 0) {
        abort();
    }
    wil_run_config_clear(&first);
    wil_run_config_clear(&again);
    return 0;
}
