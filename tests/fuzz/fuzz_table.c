/* Tables: whatever is read can be asked for every cell; whatever is refused has a message. */
#include "fuzz_input.h"

#include <stdlib.h>
#include <string.h>

#include "willis/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    wil_table table = {0};
    size_t n_characters = 0;
    if (wil_table_read(&table, fuzz_input_file(bytes, n_bytes, ".tsv"), '\t') == WIL_OK) {
        for (int row = 0; row < table.n_rows; row++) {
            for (int column = 0; column < table.n_columns; column++)
                n_characters += strlen(wil_table_cell(&table, row, column));
        }
        if (n_characters > n_bytes)
            abort(); /* cells cannot hold more than the file does */
    } else if (wil_status_message()[0] == '\0') {
        abort();
    }
    wil_table_free(&table);
    return 0;
}
