/* Texts of strangers, made harmless for terminals and tables. */
#include "willis/base.h"

/* UTF-8 has control characters of two bytes, too: C2 80 to C2 9F. */
void wil_text_make_printable(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++) {
        if ((*c < ' ' && *c != '\t') || *c == 0x7f)
            *c = '?';
        else if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
            c[0] = c[1] = '?';
    }
}
