/* CSV tables of scores that are compared with: a column has a number or nothing in every row, or there are
 * words. */
#include "fuzz_input.h"

#include <stdlib.h>

#include "willis/evaluate.h"

static volatile double sink; /* keeps the reads from being optimised away */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    const char *path = fuzz_input_file(bytes, n_bytes, ".csv");
    wil_table table = {0};
    double *column = NULL;
    wil_status status = wil_table_read(&table, path, ',');
    if (status == WIL_OK)
        status = wil_seg_results_read_column(&column, &table, "dice", path);
    if (status != WIL_OK && (wil_status_message()[0] == '\0' || column != NULL))
        abort();
    for (int row = 0; column != NULL && row < table.n_rows; row++)
        sink = column[row];
    wil_free(column);
    wil_table_free(&table);
    return 0;
}
