/* Which settings a study looks at. */
#ifndef WILLIS_STUDY_STUDY_KEYS_H
#define WILLIS_STUDY_STUDY_KEYS_H

#include "willis/study.h"

/* false for the section of the other kind of study. */
bool study_key_is_used(const wil_config_key *key, int kind);

#endif
