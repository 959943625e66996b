/* The bytes of one fuzz case as a file, since readers take paths. */
#ifndef WILLIS_FUZZ_INPUT_H
#define WILLIS_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer calls this; each fuzz_*.c has one. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

/* Path of a file with these bytes, ending in extension; valid and borrowed until the next call. */
const char *fuzz_input_file(const uint8_t *bytes, size_t n_bytes, const char *extension);
/* The same for a second file beside it, of the same stem. */
const char *fuzz_input_second(const uint8_t *bytes, size_t n_bytes, const char *extension);
/* The same as a file of this name, for readers of folders; returns the folder. */
const char *fuzz_input_named(const uint8_t *bytes, size_t n_bytes, const char *name);

#endif
