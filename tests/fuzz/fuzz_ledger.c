/* Privacy ledgers: what is accepted can be accounted for; whatever is refused has a message. */
#include "fuzz_input.h"

#include <stdlib.h>

#include "willis/privacy.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    wil_privacy_ledger ledger;
    if (wil_privacy_ledger_parse(&ledger, (const char *)bytes, n_bytes, "ledger.json") != WIL_OK) {
        if (wil_status_message()[0] == '\0' || ledger.entries != NULL)
            abort();
        return 0;
    }
    if (ledger.n_entries < 1 || wil_privacy_check_delta(ledger.delta) != WIL_OK)
        abort();
    for (int i = 0; i < ledger.n_entries; i++)
        if (ledger.entries[i].name == NULL || !(ledger.entries[i].clip_norm > 0))
            abort();
    wil_privacy_ledger_clear(&ledger);
    return 0;
}
