#include "model_facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "willis/model.h"

#define PRECISION "precision"

wil_status fact_put_text(json_t *metadata, const char *key, const char *text)
{
    WIL_REQUIRE(json_object_set_new(metadata, key, json_string(text)) == 0, WIL_ERR_MEMORY,
        "out of memory for metadata");
    return WIL_OK;
}

wil_status fact_put_number(json_t *metadata, const char *key, double value)
{
    char text[64];
    snprintf(text, sizeof text, "%.17g", value);
    return fact_put_text(metadata, key, text);
}

wil_status fact_put_precision(json_t *metadata, int precision)
{
    return fact_put_text(metadata, PRECISION, wil_precision_name((wil_precision)precision));
}

wil_status fact_read_precision(int *out, const json_t *metadata, const char *path)
{
    const char *text = json_string_value(json_object_get(metadata, PRECISION));
    *out = WIL_PRECISION_F32;
    for (int p = WIL_PRECISION_F32; p <= WIL_PRECISION_BF16; p++)
        if (text != NULL && strcmp(text, wil_precision_name((wil_precision)p)) == 0)
            *out = p;
    WIL_REQUIRE(text == NULL || strcmp(text, wil_precision_name((wil_precision)*out)) == 0, WIL_ERR_INPUT,
        "%s: the network's 'precision' must be f32 or bf16, but is %s; the file is damaged or not from "
        "willis "
        "train",
        path, text);
    return WIL_OK;
}

static wil_status read_one(double *out, const json_t *metadata, const fact *wanted, const char *path)
{
    const char *text = json_string_value(json_object_get(metadata, wanted->key));
    char *end = NULL;
    *out = text == NULL ? NAN : strtod(text, &end);
    const bool sound = text != NULL && end != text && *end == '\0' && *out >= wanted->min &&
                       *out <= wanted->max && (!wanted->whole || *out == floor(*out));
    WIL_REQUIRE(sound, WIL_ERR_INPUT,
        "%s: the network's '%s' must be a %snumber from %g to %g, but is %s; the file is damaged or not from "
        "willis train",
        path, wanted->key, wanted->whole ? "whole " : "", wanted->min, wanted->max,
        text == NULL ? "missing" : text);
    return WIL_OK;
}

wil_status facts_read(
    double *values_out, const json_t *metadata, const fact *facts, int n_facts, const char *path)
{
    for (int i = 0; i < n_facts; i++)
        WIL_TRY(read_one(&values_out[i], metadata, &facts[i], path));
    return WIL_OK;
}
