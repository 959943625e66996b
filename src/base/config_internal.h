/* Shared by the parts of the configuration: one value as text into one field. */
#ifndef WILLIS_BASE_CONFIG_INTERNAL_H
#define WILLIS_BASE_CONFIG_INTERNAL_H

#include "willis/base.h"

/* Parses text into the field of key; the message says what was expected, without a place. */
WIL_NODISCARD wil_status config_value_set(void *config, const wil_config_key *key, const char *text);
/* The field as text into out. */
WIL_NODISCARD wil_status config_value_text(char **out, const void *config, const wil_config_key *key);
/* The key of that dotted name, or NULL with the words of the failure recorded (nearest valid key). */
const wil_config_key *config_key_find(const wil_config_key *keys, int n_keys, const char *name);

#endif
