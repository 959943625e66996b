/* What a network's file says about it beside the weights: numbers, kept as text in safetensors metadata. */
#ifndef WILLIS_STUDY_MODEL_FACTS_H
#define WILLIS_STUDY_MODEL_FACTS_H

#include "willis/base.h"

typedef struct fact {
    const char *key;
    double min, max; /* inclusive */
    bool whole;
} fact;

WIL_NODISCARD wil_status fact_put_text(json_t *metadata, const char *key, const char *text);
WIL_NODISCARD wil_status fact_put_number(json_t *metadata, const char *key, double value);
/* "precision": the one that the network was trained in, and is used in where the processor can; f32 if
 * absent. Fails: WIL_ERR_INPUT for a word that is none. */
WIL_NODISCARD wil_status fact_put_precision(json_t *metadata, int precision);
WIL_NODISCARD wil_status fact_read_precision(int *out, const json_t *metadata, const char *path);
/* values_out: [n_facts]. Fails: WIL_ERR_INPUT when one is missing, no number, or beyond its limits: whatever
 * stands in a file, sizes taken from it can be computed with. */
WIL_NODISCARD wil_status facts_read(
    double *values_out, const json_t *metadata, const fact *facts, int n_facts, const char *path);

#endif
