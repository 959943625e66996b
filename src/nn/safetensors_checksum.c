/* The checksum in the metadata, "<CRC-32 of the data> <CRC-32 of length and header>": as the first stands in
 * the header, the second guards it too, and is itself taken as zeros. */
#include <string.h>
#include <zlib.h>

#include "safetensors_format.h"

#define ZEROS "00000000"
#define DIGITS (sizeof ZEROS - 1)

/* Where the second half stands in a header; NULL if there is none. No other place of a JSON header can hold
 * this text, as quotes within names and values are escaped. */
static const char *find_own_digits(const char *header)
{
    static const char start[] = "\"" NN_CHECKSUM_NAME "\":\"";
    const char *found = strstr(header, start);
    if (found == NULL)
        return NULL;
    const char *value = found + sizeof start - 1;
    return strcspn(value, "\"") == 2 * DIGITS + 1 ? value + DIGITS + 1 : NULL;
}

const char *nn_checksum_blank(void)
{
    return ZEROS " " ZEROS;
}

bool nn_checksum_of_header(char out[NN_CHECKSUM_TEXT], const char *header, size_t length)
{
    const char *digits = find_own_digits(header);
    const uint64_t n = length;
    if (digits == NULL)
        return false;
    const size_t before = (size_t)(digits - header);
    uLong checksum = crc32_z(0, (const Bytef *)&n, sizeof n);
    checksum = crc32_z(checksum, (const Bytef *)header, before);
    checksum = crc32_z(checksum, (const Bytef *)ZEROS, DIGITS);
    checksum = crc32_z(checksum, (const Bytef *)digits + DIGITS, length - before - DIGITS);
    snprintf(out, NN_CHECKSUM_TEXT, "%.*s%08lx", (int)DIGITS + 1, digits - DIGITS - 1, checksum);
    return true;
}

void nn_checksum_complete(char *header, size_t length, uint32_t data)
{
    char text[NN_CHECKSUM_TEXT];
    const char *own = find_own_digits(header);
    if (own == NULL)
        return;
    char *first = header + (own - header) - DIGITS - 1;
    snprintf(text, sizeof text, "%08lx", (unsigned long)data);
    memcpy(first, text, DIGITS);
    if (nn_checksum_of_header(text, header, length))
        memcpy(first, text, 2 * DIGITS + 1);
}
