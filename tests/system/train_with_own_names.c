/* A program that trains, and that has functions of its own by names the library uses inside (own_names.c,
 * made by test_install.sh): none of them may run. Arguments: settings of the run, "gan.filters=2". */
#include <stdio.h>

#include <willis/train.h>

int own_names_that_ran(void);

int main(int argc, char **argv)
{
    wil_run_config config;
    wil_train_result result;
    if (wil_run_config_load(&config, NULL, (const char *const *)argv + 1, argc - 1) != WIL_OK ||
        wil_train(&config, false, NULL, &result) != WIL_OK) {
        fprintf(stderr, "%s\n", wil_status_message());
        return 1;
    }
    printf("%lld steps by the library, %d calls of the program's functions\n", (long long)result.steps_done,
        own_names_that_ran());
    wil_train_result_clear(&result);
    wil_run_config_clear(&config);
    return 0;
}
