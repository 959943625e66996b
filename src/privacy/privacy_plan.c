/* What a patch-level and a patient-level claim would cost, before anything is trained.
 *
 * Patch level: every patch is drawn with probability q and clipped by itself; the unit of the guarantee is
 * one patch, of which a patient has many. Patient level: every patient is drawn with probability q, what its
 * patches contribute is summed up or averaged first and then clipped once to C. Adding or removing a patient
 * then moves the sum by at most C, which is all that the theorem of the subsampled Gaussian asks of a unit,
 * so the same accountant holds with n = number of patients. */
#include "privacy_internal.h"

#include <math.h>

#define AT(member) offsetof(wil_privacy_plan, member)
static const wil_field FIELDS[] = {
    {"patients", WIL_I64, AT(n_patients), NULL, 1, INFINITY, .help = "patients to train on"},
    {"patches_per_patient", WIL_I64, AT(patches_per_patient), "1000", 1, INFINITY, .value = "M",
        .help = "patches of each"},
    {"epochs", WIL_REAL, AT(epochs), "50", 0, INFINITY, .open = WIL_OPEN_MIN, .value = "E",
        .help = "passes over all patches; sets the number of draws"},
    {"batch", WIL_REAL, AT(batch), "32", 0, INFINITY, .open = WIL_OPEN_MIN, .value = "B",
        .help = "patches in a draw, in expectation"},
    {"patients_per_batch", WIL_REAL, AT(patients_per_batch), "0", 0, INFINITY, .value = "B",
        .help = "patients in a draw of the patient-level training; 0: as many as --batch, at most all"},
    {"clip", WIL_REAL, AT(clip_norm), "1", 0, INFINITY, .open = WIL_OPEN_MIN, .value = "C",
        .help = "clipping norm"},
    {"delta_patch", WIL_REAL, AT(delta_patch), "0", .value = "DELTA", .help = "0: patches^-1.1"},
    {"delta_patient", WIL_REAL, AT(delta_patient), "0", .value = "DELTA", .help = "0: patients^-1.1"},
};
const wil_fields wil_privacy_plan_fields = WIL_FIELDS(wil_privacy_plan, FIELDS);

WIL_FIELDS_DEFAULT(wil_privacy_plan, wil_privacy_plan_default, wil_privacy_plan_fields)

double wil_privacy_group_epsilon(double epsilon, double delta, int64_t m, double delta_group)
{
    const double growth = epsilon > 0 ? expm1((double)m * epsilon) / expm1(epsilon) : (double)m;
    return delta * growth <= delta_group ? (double)m * epsilon : INFINITY;
}

static wil_status check_plan(const wil_privacy_plan *plan)
{
    const double n_patches = (double)plan->n_patients * (double)plan->patches_per_patient;
    WIL_TRY(wil_fail_context(wil_fields_check(&wil_privacy_plan_fields, plan), "plan"));
    WIL_REQUIRE(plan->batch <= n_patches, WIL_ERR_ARG,
        "a batch has from 1 to all %g patches in expectation, got %g", n_patches, plan->batch);
    WIL_REQUIRE(plan->patients_per_batch <= (double)plan->n_patients, WIL_ERR_ARG,
        "a batch has at most all %lld patients, got %g", (long long)plan->n_patients,
        plan->patients_per_batch);
    return WIL_OK;
}

/* n^-1.1 is below 1/n, with which one unit in n could be published outright; for n = 1 no delta is. */
static double delta_for(double given, int64_t n_units)
{
    return given > 0 ? given : fmin(0.1, pow((double)n_units, -1.1));
}

/* What a patch-level claim says of a patient with m patches: the smaller of what group privacy makes of the
 * claim and what the draws themselves give away of m patches. */
static wil_status patient_of_patches(
    wil_privacy_claim *claim, const wil_privacy_plan *plan, double delta_patient)
{
    const int64_t m = plan->patches_per_patient;
    wil_privacy_interval found = {0, INFINITY};
    claim->patient_epsilon = wil_privacy_group_epsilon(claim->epsilon, claim->delta, m, delta_patient);
    if (m == 1)
        return WIL_OK;
    const wil_status status = wil_privacy_pld_group_epsilon(&found, &claim->mechanism, 1, m, delta_patient);
    if (status != WIL_OK && status != WIL_ERR_ARG) /* ARG: more patches in a draw than it follows up */
        return status;
    if (status == WIL_OK)
        claim->patient_epsilon = fmin(claim->patient_epsilon, found.upper);
    return WIL_OK;
}

static wil_status find_noise(
    wil_privacy_claim *claim, const wil_privacy_plan *plan, double batch, double target_epsilon)
{
    const wil_privacy_orders orders = wil_privacy_orders_default();
    wil_privacy_rdp rdp;
    claim->mechanism.sampling_rate = fmin(1, batch / (double)claim->n_units);
    WIL_TRY(wil_privacy_noise_for(&claim->mechanism.noise_multiplier, WIL_PRIVACY_RDP, &claim->mechanism,
        &orders, claim->delta, target_epsilon));
    WIL_TRY(wil_privacy_rdp_epsilon(&rdp, &claim->mechanism, 1, &orders, claim->delta));
    claim->epsilon = rdp.epsilon;
    claim->noise_per_coordinate = claim->mechanism.noise_multiplier * plan->clip_norm / batch;
    return WIL_OK;
}

wil_status wil_privacy_plan_claims(
    wil_privacy_claim claims_out[2], const wil_privacy_plan *plan, double target_epsilon)
{
    WIL_TRY(check_plan(plan));
    const int64_t m = plan->patches_per_patient;
    const int64_t n_patches = plan->n_patients * m;
    const double delta_patient = delta_for(plan->delta_patient, plan->n_patients);
    const double batch_patients =
        plan->patients_per_batch > 0 ? plan->patients_per_batch : fmin(plan->batch, (double)plan->n_patients);
    const wil_privacy_mechanism steps = {.noise_multiplier = 1,
        .releases_per_draw = 1,
        .steps = (int64_t)ceil(plan->epochs * (double)n_patches / plan->batch)};
    claims_out[0] = (wil_privacy_claim){.unit = "patch",
        .n_units = n_patches,
        .mechanism = steps,
        .delta = delta_for(plan->delta_patch, n_patches)};
    claims_out[1] = (wil_privacy_claim){
        .unit = "patient", .n_units = plan->n_patients, .mechanism = steps, .delta = delta_patient};
    WIL_TRY(find_noise(&claims_out[0], plan, plan->batch, target_epsilon));
    WIL_TRY(find_noise(&claims_out[1], plan, batch_patients, target_epsilon));
    claims_out[1].patient_epsilon = claims_out[1].epsilon;
    return patient_of_patches(&claims_out[0], plan, delta_patient);
}
