/* Recomputing what a ledger claims. */
#include "privacy_internal.h"

#define PRINTED 1e-6 /* of the claim: it may have been written with fewer digits */

static wil_privacy_verdict judge(const wil_privacy_check_result *found, double claim)
{
    const double most = claim * (1 + PRINTED);
    if (most < found->pld.lower) /* first: whatever an accountant proves, it is not what cannot be true */
        return WIL_PRIVACY_REFUTED;
    if (found->rdp.epsilon <= most || found->pld.upper <= most)
        return WIL_PRIVACY_HOLDS;
    return claim < found->pld.lower ? WIL_PRIVACY_REFUTED : WIL_PRIVACY_NOT_PROVED;
}

static wil_status recompute(wil_privacy_check_result *out, const wil_privacy_ledger *ledger,
    const wil_privacy_orders *orders, wil_privacy_mechanism *mechanisms)
{
    bool secret = true;
    for (int i = 0; i < ledger->n_entries; i++) {
        mechanisms[i] = ledger->entries[i].mechanism;
        secret = secret &&
                 (privacy_is_idle(&mechanisms[i]) || ledger->entries[i].randomness == WIL_PRIVACY_SECRET);
    }
    WIL_TRY(wil_privacy_rdp_epsilon(&out->rdp, mechanisms, ledger->n_entries, orders, ledger->delta));
    WIL_TRY(wil_privacy_pld_epsilon(&out->pld, mechanisms, ledger->n_entries, ledger->delta));
    out->verdict = secret ? judge(out, ledger->claimed_epsilon) : WIL_PRIVACY_NO_SECRET;
    return WIL_OK;
}

wil_status wil_privacy_ledger_verify(
    wil_privacy_check_result *out, const wil_privacy_ledger *ledger, const wil_privacy_orders *orders)
{
    wil_privacy_mechanism *mechanisms = NULL;
    WIL_REQUIRE(ledger->n_entries >= 1, WIL_ERR_ARG, "the ledger has no mechanism");
    WIL_TRY(wil_alloc((void **)&mechanisms, (size_t)ledger->n_entries, sizeof *mechanisms));
    const wil_status status = recompute(out, ledger, orders, mechanisms);
    wil_free(mechanisms);
    return status;
}
