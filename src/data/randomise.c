/* Domain randomisation of a patch: what another scanner and protocol would have made of the same head, and
 * somewhat beyond [Tobin2017, Billot2023]. Kinds, shares and ranges follow those of vessel segmentation by
 * randomised data (Wittmann 2025, vesselFM), brought to 0..255; they were set before any result was seen.
 *
 * Everything is drawn at (seed, sample), so that a batch does not depend on what was drawn before it. */
#include "augment.h"

#include <math.h>
#include <string.h>

#define SEED 0x646f6d61696eu /* "domain": apart from the turns */
#define TAPS 5               /* to either side of a filter's centre */

typedef struct picture {
    float *image, *work;
    int height, width;
} picture;

static wil_rng_cursor dice_of(uint64_t seed, uint64_t sample, uint64_t first)
{
    /* 2^20 numbers a sample: more than the noise of 512 x 512 voxels takes */
    return (wil_rng_cursor){
        .rng = wil_rng_at(seed ^ SEED, WIL_RNG_AUGMENT, 0), .next = (sample << 20) + first};
}

static double between(wil_rng_cursor *dice, double low, double high)
{
    return low + (high - low) * wil_rng_next_uniform(dice);
}

/* Two numbers are drawn whether or not, so that one part's draw leaves the others theirs. */
static bool chance(wil_rng_cursor *dice, double share, double *amount, double low, double high)
{
    *amount = between(dice, low, high);
    return wil_rng_next_uniform(dice) < share;
}

augment_transform randomise_turn(augment_transform transform, uint64_t seed, uint64_t sample)
{
    wil_rng_cursor dice = dice_of(seed, sample, 0);
    const double zoom = exp(between(&dice, log(0.55), log(1.25))); /* below 1: vessels become larger */
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++)
            transform.m[i][k] *= zoom;
    transform.mirror = wil_rng_next_uniform(&dice) < 0.5;
    return transform;
}

/* A symmetric filter of sum 1 along rows and along columns, edges replicated. */
static void filter(const picture *p, const double half[TAPS + 1])
{
    const int n[2] = {p->width, p->height}, step[2] = {1, p->width};
    for (int axis = 0; axis < 2; axis++) {
        memcpy(p->work, p->image, (size_t)p->width * (size_t)p->height * sizeof(float));
        for (int line = 0; line < n[1 - axis]; line++) {
            const float *in = p->work + (size_t)line * (size_t)step[1 - axis];
            float *out = p->image + (size_t)line * (size_t)step[1 - axis];
            for (int i = 0; i < n[axis]; i++) {
                double sum = half[0] * in[(size_t)i * (size_t)step[axis]];
                for (int k = 1; k <= TAPS; k++) {
                    const int before = i - k < 0 ? 0 : i - k, after = i + k < n[axis] ? i + k : n[axis] - 1;
                    sum += half[k] *
                           (in[(size_t)before * (size_t)step[axis]] + in[(size_t)after * (size_t)step[axis]]);
                }
                out[(size_t)i * (size_t)step[axis]] = (float)sum;
            }
        }
    }
}

static void normalise(double half[TAPS + 1])
{
    double sum = half[0];
    for (int k = 1; k <= TAPS; k++)
        sum += 2 * half[k];
    for (int k = 0; k <= TAPS; k++)
        half[k] /= sum;
}

static void blur(const picture *p, double sigma)
{
    double half[TAPS + 1];
    for (int k = 0; k <= TAPS; k++)
        half[k] = exp(-0.5 * k * k / (sigma * sigma));
    normalise(half);
    filter(p, half);
}

/* What is left of an image whose k-space ends at a share of its full width: it rings at edges (Gibbs). */
static void ring(const picture *p, double share)
{
    double half[TAPS + 1];
    for (int k = 0; k <= TAPS; k++)
        half[k] = k == 0 ? share : sin(M_PI * share * k) / (M_PI * k);
    normalise(half);
    filter(p, half);
}

static double clamp(double v)
{
    return v < 0 ? 0 : v > 255 ? 255 : v;
}

/* Vessels nearer to or further from their surroundings, contrast, gamma, shading. */
static void recolour(const picture *p, const float *label, wil_rng_cursor *dice)
{
    double vessel, gamma, contrast, lift, tilt[2], swell;
    const bool vessels = chance(dice, 0.5, &vessel, -0.4, 0.3);
    const bool curved = chance(dice, 0.5, &gamma, log(0.6), log(1.7));
    const bool contrasted = chance(dice, 0.7, &contrast, log(0.6), log(1.4));
    const bool lifted = chance(dice, 0.4, &lift, -12, 30);
    (void)chance(dice, 0, &tilt[0], -0.3, 0.3);
    (void)chance(dice, 0, &tilt[1], -0.3, 0.3);
    const bool shaded = chance(dice, 0.7, &swell, -0.2, 0.2);
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++) {
            const size_t i = (size_t)y * (size_t)p->width + (size_t)x;
            double v = (double)p->image[i];
            const double u = 2.0 * x / p->width - 1, w = 2.0 * y / p->height - 1;
            v *= vessels ? 1 + vessel * (double)label[i] : 1;
            v = curved ? 255 * pow(clamp(v) / 255, exp(gamma)) : v;
            v *= contrasted ? exp(contrast) : 1;
            v += lifted ? lift : 0;
            v *= shaded ? exp(tilt[0] * u + tilt[1] * w + swell * (u * u + w * w - 1)) : 1;
            p->image[i] = (float)clamp(v);
        }
}

/* A spike in k-space is a plane wave. */
static void add_wave(const picture *p, wil_rng_cursor *dice)
{
    double height, turns, across, phase;
    const bool is_there = chance(dice, 0.1, &height, 4, 20);
    (void)chance(dice, 0, &turns, 0.1, 0.45);
    (void)chance(dice, 0, &across, -0.45, 0.45);
    (void)chance(dice, 0, &phase, 0, 1);
    for (int y = 0; is_there && y < p->height; y++)
        for (int x = 0; x < p->width; x++)
            p->image[(size_t)y * (size_t)p->width + (size_t)x] +=
                (float)(height * sin(2 * M_PI * (turns * x + across * y + phase)));
}

/* Rician: of a complex signal whose two parts have noise. */
static void add_noise(const picture *p, double sd, wil_rng_cursor *dice)
{
    for (size_t i = 0; i < (size_t)p->height * (size_t)p->width; i++) {
        const double size = sd * sqrt(-2 * log(1 - wil_rng_next_uniform(dice)));
        const double turn = 2 * M_PI * wil_rng_next_uniform(dice);
        const double re = (double)p->image[i] + size * cos(turn), im = size * sin(turn);
        p->image[i] = (float)sqrt(re * re + im * im);
    }
}

void randomise_image(
    float *image, const float *label, float *work, int height, int width, uint64_t seed, uint64_t sample)
{
    const picture p = {image, work, height, width};
    wil_rng_cursor dice = dice_of(seed, sample, 16);
    double sigma, share, sd;
    const bool blurred = chance(&dice, 0.5, &sigma, 0.3, 1.2);
    const bool rings = chance(&dice, 0.1, &share, 0.55, 0.9);
    const bool noisy = chance(&dice, 0.6, &sd, 1, 25);
    recolour(&p, label, &dice);
    if (blurred)
        blur(&p, sigma);
    if (rings)
        ring(&p, share);
    add_wave(&p, &dice);
    if (noisy)
        add_noise(&p, sd, &dice);
    for (size_t i = 0; i < (size_t)height * (size_t)width; i++)
        image[i] = (float)clamp((double)image[i]);
}
