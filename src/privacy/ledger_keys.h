/* The words of a ledger file, for those who write and who read it. */
#ifndef WILLIS_PRIVACY_LEDGER_KEYS_H
#define WILLIS_PRIVACY_LEDGER_KEYS_H

#define LEDGER_FORMAT "willis-privacy-ledger"
#define LEDGER_VERSION 1
#define LEDGER_KIND "poisson-subsampled-gaussian"
#define LEDGER_ADJACENCY "add-remove"
static const char *const LEDGER_RANDOMNESS[] = {"secret", "public"}; /* by wil_privacy_randomness */

#define KEY_FORMAT "format"
#define KEY_VERSION "version"
#define KEY_UNIT "unit"
#define KEY_N_UNITS "n_units"
#define KEY_ADJACENCY "adjacency"
#define KEY_DELTA "delta"
#define KEY_CLAIM "claimed_epsilon"
#define KEY_MECHANISMS "mechanisms"

#define KEY_NAME "name"
#define KEY_KIND "kind"
#define KEY_SAMPLING_RATE "sampling_rate"
#define KEY_NOISE "noise_multiplier"
#define KEY_CLIP "clip_norm"
#define KEY_RELEASES "releases_per_draw"
#define KEY_STEPS "steps"
#define KEY_RANDOMNESS "randomness"

#endif
