/* Reading a ledger: every key must be there, known, and possible. */
#include "ledger_keys.h"
#include "privacy_internal.h"

#include <math.h>
#include <string.h>

static const char *const LEDGER_KEYS[] = {
    KEY_FORMAT, KEY_VERSION, KEY_UNIT, KEY_N_UNITS, KEY_ADJACENCY, KEY_DELTA, KEY_CLAIM, KEY_MECHANISMS};
static const char *const ENTRY_KEYS[] = {
    KEY_NAME, KEY_KIND, KEY_SAMPLING_RATE, KEY_NOISE, KEY_CLIP, KEY_RELEASES, KEY_STEPS, KEY_RANDOMNESS};
#define N_KEYS 8 /* of either */

/* ---- values ------------------------------------------------------------------------------------------- */

static wil_status check_keys(json_t *object, const char *const keys[N_KEYS])
{
    const char *key = NULL;
    json_t *value = NULL;
    WIL_REQUIRE(json_is_object(object), WIL_ERR_INPUT, "a JSON object {...} is expected here");
    json_object_foreach(object, key, value)
    {
        bool known = false;
        for (int i = 0; i < N_KEYS; i++)
            known = known || strcmp(key, keys[i]) == 0;
        const char *near = wil_nearest_word(key, keys, N_KEYS);
        WIL_REQUIRE(known, WIL_ERR_INPUT, "unknown key \"%s\"%s%s; it might change what is accounted for",
            key, near == NULL ? "" : "; did you mean ", near == NULL ? "" : near);
    }
    for (int i = 0; i < N_KEYS; i++)
        WIL_REQUIRE(
            json_object_get(object, keys[i]) != NULL, WIL_ERR_INPUT, "the key \"%s\" is missing", keys[i]);
    return WIL_OK;
}

static wil_status get_real(double *out, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    WIL_REQUIRE(json_is_number(value), WIL_ERR_INPUT, "\"%s\" must be a number", key);
    *out = json_number_value(value);
    return WIL_OK;
}

static wil_status get_whole(int64_t *out, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    WIL_REQUIRE(json_is_integer(value), WIL_ERR_INPUT, "\"%s\" must be a whole number", key);
    *out = json_integer_value(value);
    return WIL_OK;
}

/* Borrowed from object. */
static wil_status get_text(const char **out, const json_t *object, const char *key)
{
    *out = json_string_value(json_object_get(object, key));
    WIL_REQUIRE(*out != NULL && (*out)[0] != '\0', WIL_ERR_INPUT, "\"%s\" must be a text", key);
    return WIL_OK;
}

static wil_status expect_text(const json_t *object, const char *key, const char *expected)
{
    const char *text = NULL;
    WIL_TRY(get_text(&text, object, key));
    WIL_REQUIRE(strcmp(text, expected) == 0, WIL_ERR_INPUT,
        "\"%s\" is \"%s\"; only \"%s\" can be accounted for", key, text, expected);
    return WIL_OK;
}

/* ---- the whole ---------------------------------------------------------------------------------------- */

static wil_status get_randomness(wil_privacy_randomness *out, const json_t *object)
{
    const char *text = NULL;
    WIL_TRY(get_text(&text, object, KEY_RANDOMNESS));
    for (int i = 0; i < 2; i++) {
        if (strcmp(text, LEDGER_RANDOMNESS[i]) == 0) {
            *out = (wil_privacy_randomness)i;
            return WIL_OK;
        }
    }
    return wil_fail(WIL_ERR_INPUT, "\"%s\" must be \"%s\" or \"%s\", got \"%s\"", KEY_RANDOMNESS,
        LEDGER_RANDOMNESS[0], LEDGER_RANDOMNESS[1], text);
}

static wil_status read_entry(wil_privacy_ledger *ledger, json_t *object)
{
    wil_privacy_mechanism m = {0};
    wil_privacy_randomness randomness = WIL_PRIVACY_PUBLIC;
    const char *name = NULL;
    double clip_norm = 0;
    int64_t releases = 0;
    WIL_TRY(check_keys(object, ENTRY_KEYS));
    WIL_TRY(expect_text(object, KEY_KIND, LEDGER_KIND));
    WIL_TRY(get_text(&name, object, KEY_NAME));
    WIL_TRY(get_real(&m.sampling_rate, object, KEY_SAMPLING_RATE));
    WIL_TRY(get_real(&m.noise_multiplier, object, KEY_NOISE));
    WIL_TRY(get_real(&clip_norm, object, KEY_CLIP));
    WIL_TRY(get_whole(&releases, object, KEY_RELEASES));
    WIL_TRY(get_whole(&m.steps, object, KEY_STEPS));
    WIL_TRY(get_randomness(&randomness, object));
    WIL_REQUIRE(releases >= 1 && releases <= INT32_MAX, WIL_ERR_INPUT,
        "\"%s\" must be a whole number from 1, got %lld", KEY_RELEASES, (long long)releases);
    m.releases_per_draw = (int)releases;
    return wil_privacy_ledger_add(ledger, name, &m, clip_norm, randomness);
}

static wil_status read_head(wil_privacy_ledger *out, json_t *root)
{
    const char *unit = NULL;
    double delta = 0;
    double claim = 0;
    int64_t version = 0;
    int64_t n_units = 0;
    WIL_TRY(check_keys(root, LEDGER_KEYS));
    WIL_TRY(expect_text(root, KEY_FORMAT, LEDGER_FORMAT));
    WIL_TRY(expect_text(root, KEY_ADJACENCY, LEDGER_ADJACENCY));
    WIL_TRY(get_whole(&version, root, KEY_VERSION));
    WIL_REQUIRE(version == LEDGER_VERSION, WIL_ERR_INPUT, "\"%s\" is %lld; this program reads version %d",
        KEY_VERSION, (long long)version, LEDGER_VERSION);
    WIL_TRY(get_text(&unit, root, KEY_UNIT));
    WIL_TRY(get_whole(&n_units, root, KEY_N_UNITS));
    WIL_TRY(get_real(&delta, root, KEY_DELTA));
    WIL_TRY(get_real(&claim, root, KEY_CLAIM));
    WIL_REQUIRE(claim >= 0, WIL_ERR_INPUT, "\"%s\" must not be negative, got %g", KEY_CLAIM, claim);
    WIL_TRY(wil_privacy_ledger_make(out, unit, n_units, delta));
    out->claimed_epsilon = claim;
    return WIL_OK;
}

static wil_status read_root(wil_privacy_ledger *out, json_t *root)
{
    WIL_TRY(read_head(out, root));
    json_t *mechanisms = json_object_get(root, KEY_MECHANISMS);
    WIL_REQUIRE(json_is_array(mechanisms) && json_array_size(mechanisms) >= 1, WIL_ERR_INPUT,
        "\"%s\" must be a list [...] of at least one mechanism", KEY_MECHANISMS);
    for (size_t i = 0; i < json_array_size(mechanisms); i++)
        WIL_TRY(
            wil_fail_context(read_entry(out, json_array_get(mechanisms, i)), "%s[%zu]", KEY_MECHANISMS, i));
    return WIL_OK;
}

/* Wrong values are the file's fault here, not the caller's. */
static wil_status read_value(wil_privacy_ledger *out, json_t *root, const char *name)
{
    memset(out, 0, sizeof *out);
    const wil_status status = read_root(out, root);
    if (status == WIL_OK)
        return WIL_OK;
    wil_privacy_ledger_clear(out);
    return wil_fail_context(wil_status_of_file(status), "%s", name);
}

wil_status wil_privacy_ledger_parse(
    wil_privacy_ledger *out, const char *text, size_t n_bytes, const char *name)
{
    WIL_OWN(json_t) *root = NULL;
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_json_parse(&root, text, n_bytes, name));
    return read_value(out, root, name);
}

wil_status wil_privacy_ledger_load(wil_privacy_ledger *out, const char *path)
{
    WIL_OWN(json_t) *root = NULL;
    memset(out, 0, sizeof *out);
    WIL_TRY(wil_json_load(&root, path));
    return read_value(out, root, path);
}
