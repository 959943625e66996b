#include "fuzz_seeds.h"
#include "fuzz_train.h"

wil_status seeds_write_checkpoint(const char *folder)
{
    double values[2] = {3, 0.5};
    WIL_OWN(char) *path = NULL;
    WIL_TRY(seed_place(&path, folder, "checkpoint", ""));
    const wil_run_config config = {.output = path};
    WIL_OWN(train) t = {0};
    WIL_TRY(fuzz_train_open(&t, &config, values));
    t.step = 20;
    return train_save(&t, "seed");
}
