/* The ledger in memory, and writing it. */
#include "ledger_keys.h"
#include "privacy_internal.h"

#include <math.h>
#include <string.h>

wil_status wil_privacy_ledger_make(wil_privacy_ledger *out, const char *unit, int64_t n_units, double delta)
{
    memset(out, 0, sizeof *out);
    WIL_REQUIRE(unit != NULL && unit[0] != '\0', WIL_ERR_ARG,
        "a ledger names its unit of privacy, \"patient\" or \"patch\"");
    WIL_REQUIRE(n_units >= 1, WIL_ERR_ARG, "a ledger has at least 1 unit, got %lld", (long long)n_units);
    WIL_TRY(wil_privacy_check_delta(delta));
    out->n_units = n_units;
    out->delta = delta;
    out->claimed_epsilon = NAN;
    return wil_string_copy(&out->unit, unit);
}

void wil_privacy_ledger_clear(wil_privacy_ledger *ledger)
{
    for (int i = 0; i < ledger->n_entries; i++)
        wil_free(ledger->entries[i].name);
    wil_free(ledger->entries);
    wil_free(ledger->unit);
    memset(ledger, 0, sizeof *ledger);
}

static bool same_but_steps(const wil_privacy_entry *entry, const char *name,
    const wil_privacy_mechanism *mechanism, double clip_norm, wil_privacy_randomness randomness)
{
    const wil_privacy_mechanism *own = &entry->mechanism;
    return strcmp(entry->name, name) == 0 && own->sampling_rate == mechanism->sampling_rate &&
           own->noise_multiplier == mechanism->noise_multiplier &&
           own->releases_per_draw == mechanism->releases_per_draw && entry->clip_norm == clip_norm &&
           entry->randomness == randomness;
}

wil_status wil_privacy_ledger_add(wil_privacy_ledger *ledger, const char *name,
    const wil_privacy_mechanism *mechanism, double clip_norm, wil_privacy_randomness randomness)
{
    wil_privacy_entry entry = {.mechanism = *mechanism, .clip_norm = clip_norm, .randomness = randomness};
    WIL_TRY(wil_fail_context(wil_privacy_check(mechanism, 1), "%s", name));
    WIL_REQUIRE(clip_norm > 0 && isfinite(clip_norm), WIL_ERR_ARG,
        "%s: the clipping norm must be above 0, got %g", name, clip_norm);
    for (int i = 0; i < ledger->n_entries; i++) {
        if (same_but_steps(&ledger->entries[i], name, mechanism, clip_norm, randomness)) {
            entry.mechanism.steps += ledger->entries[i].mechanism.steps;
            WIL_TRY(wil_fail_context(wil_privacy_check(&entry.mechanism, 1), "%s", name));
            ledger->entries[i].mechanism.steps = entry.mechanism.steps;
            return WIL_OK;
        }
    }
    WIL_TRY(wil_grow((void **)&ledger->entries, &ledger->capacity, (size_t)ledger->n_entries + 1,
        sizeof *ledger->entries));
    WIL_TRY(wil_string_copy(&entry.name, name));
    ledger->entries[ledger->n_entries++] = entry;
    return WIL_OK;
}

static json_t *entry_json(const wil_privacy_entry *entry)
{
    const wil_privacy_mechanism *m = &entry->mechanism;
    return json_pack("{s:s, s:s, s:f, s:f, s:f, s:i, s:I, s:s}", KEY_NAME, entry->name, KEY_KIND, LEDGER_KIND,
        KEY_SAMPLING_RATE, m->sampling_rate, KEY_NOISE, m->noise_multiplier, KEY_CLIP, entry->clip_norm,
        KEY_RELEASES, m->releases_per_draw, KEY_STEPS, (json_int_t)m->steps, KEY_RANDOMNESS,
        LEDGER_RANDOMNESS[entry->randomness]);
}

wil_status wil_privacy_ledger_save(const wil_privacy_ledger *ledger, const char *path)
{
    WIL_REQUIRE(ledger->n_entries >= 1, WIL_ERR_ARG, "%s: the ledger has no mechanism", path);
    WIL_REQUIRE(ledger->claimed_epsilon >= 0 && isfinite(ledger->claimed_epsilon), WIL_ERR_ARG,
        "%s: the ledger claims no epsilon; set claimed_epsilon before it is written", path);
    json_t *mechanisms = json_array();
    for (int i = 0; i < ledger->n_entries; i++)
        (void)json_array_append_new(mechanisms, entry_json(&ledger->entries[i])); /* NULL: refused below */
    const bool complete = (int)json_array_size(mechanisms) == ledger->n_entries;
    json_t *value = json_pack("{s:s, s:i, s:s, s:I, s:s, s:f, s:f, s:o}", KEY_FORMAT, LEDGER_FORMAT,
        KEY_VERSION, LEDGER_VERSION, KEY_UNIT, ledger->unit, KEY_N_UNITS, (json_int_t)ledger->n_units,
        KEY_ADJACENCY, LEDGER_ADJACENCY, KEY_DELTA, ledger->delta, KEY_CLAIM, ledger->claimed_epsilon,
        KEY_MECHANISMS, mechanisms);
    wil_status status = WIL_OK;
    if (value == NULL || !complete)
        status =
            wil_fail(WIL_ERR_MEMORY, "%s: the ledger could not be put together; are its names UTF-8?", path);
    else
        status = wil_json_save(value, path);
    json_decref(value);
    return status;
}
