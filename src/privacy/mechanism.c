/* What a mechanism may be. */
#include "privacy_internal.h"

#include <math.h>

#define LEAST_NOISE 1e-100       /* its square must not underflow */
#define MOST_STEPS 1000000000000 /* beyond any training, and exact in double precision */

static wil_status check_one(const wil_privacy_mechanism *mechanism)
{
    WIL_REQUIRE(mechanism->sampling_rate >= 0 && mechanism->sampling_rate <= 1, WIL_ERR_ARG,
        "the sampling rate is a probability, from 0 to 1, got %g; it is the expected batch size over the "
        "number "
        "of units",
        mechanism->sampling_rate);
    WIL_REQUIRE(mechanism->noise_multiplier > 0 && isfinite(mechanism->noise_multiplier), WIL_ERR_ARG,
        "the noise multiplier must be above 0, got %g; without noise there is no privacy guarantee",
        mechanism->noise_multiplier);
    WIL_REQUIRE(mechanism->noise_multiplier >= LEAST_NOISE, WIL_ERR_ARG,
        "a noise multiplier of %g is next to none: from %g on it can be accounted for",
        mechanism->noise_multiplier, LEAST_NOISE);
    WIL_REQUIRE(mechanism->releases_per_draw >= 1, WIL_ERR_ARG,
        "there is at least 1 release per draw, got %d", mechanism->releases_per_draw);
    WIL_REQUIRE(mechanism->steps >= 0 && mechanism->steps <= MOST_STEPS, WIL_ERR_ARG,
        "the number of steps must be from 0 to 1e12, got %lld", (long long)mechanism->steps);
    return WIL_OK;
}

wil_status wil_privacy_check(const wil_privacy_mechanism *mechanisms, int n_mechanisms)
{
    WIL_REQUIRE(n_mechanisms >= 1, WIL_ERR_ARG, "there is no mechanism to account for");
    for (int i = 0; i < n_mechanisms; i++)
        WIL_TRY(check_one(&mechanisms[i]));
    return WIL_OK;
}

wil_status wil_privacy_check_delta(double delta)
{
    WIL_REQUIRE(delta > 0 && delta < 1, WIL_ERR_ARG,
        "delta must lie between 0 and 1, both excluded, got %g; below one over the number of units is usual",
        delta);
    return WIL_OK;
}

double privacy_effective_noise(const wil_privacy_mechanism *mechanism)
{
    return mechanism->noise_multiplier / sqrt(mechanism->releases_per_draw);
}

bool privacy_is_idle(const wil_privacy_mechanism *mechanism)
{
    return mechanism->steps == 0 || mechanism->sampling_rate == 0;
}

double privacy_draw_loss(double q, double sigma, double x)
{
    const double exponent = (2 * x - 1) / (2 * sigma * sigma);
    if (exponent <= PRIVACY_LARGE_LOSS && q < 1)
        return log1p(q * expm1(exponent));
    const double drawn = log(q) + exponent; /* 1 - q counts beside it only where q is below e^-260 */
    return q == 1 ? drawn : fmax(drawn, 0) + log1p(exp(-fabs(drawn)));
}
