/* A patch set in a few words, for messages. */
#ifndef WILLIS_STUDY_SET_WORDS_H
#define WILLIS_STUDY_SET_WORDS_H

#include "willis/data.h"

/* "1500 patches of 1 patient"; "1500 synthetic patches", which are of nobody. Returns text. */
const char *set_words(char text[64], const wil_samples *patches);

#endif
