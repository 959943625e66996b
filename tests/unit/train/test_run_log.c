/* The log of a run that is resumed. */
#include <time.h>

#include "run_folder.h"
#include "temp_folder.h"
#include "test.h"

TEST_IN_FOLDER(a_long_log_is_taken_up_in_time_that_grows_with_its_rows)
{
    const int n = 300000;
    const char *path = in_folder(*state, "log.csv");
    WIL_OWN(wil_lines) old = {0};
    OK(wil_lines_add(&old, "step,loss\n"));
    for (int i = 1; i <= n; i++) {
        char row[64];
        snprintf(row, sizeof row, "%d,%.9g\n", i, 1.0 / i);
        OK(wil_lines_add(&old, row));
    }
    OK(wil_file_write(path, old.text, old.n_bytes));
    run_log log = {0};
    const clock_t start = clock();
    OK(run_log_open(&log, *state, "step,loss", n - 1));
    /* 0.1 s; row by row with a look for the end each time: 50 s */
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 2);
    run_log_close(&log);
    WIL_OWN(char) *kept = NULL;
    size_t n_kept = 0;
    OK(wil_file_read(path, &kept, &n_kept));
    assert_int_equal(n_kept, old.n_bytes - strlen("300000,3.33333333e-06\n"));
    assert_memory_equal(kept, old.text, n_kept);
}
