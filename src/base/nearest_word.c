/* The word that a misspelt one was meant to be. */
#include "willis/base.h"

#include <string.h>

#define MOST 64

/* Levenshtein distance of two words of at most MOST letters; a large number beyond that. */
static int edit_distance(const char *a, const char *b)
{
    const int n = (int)strlen(a);
    const int m = (int)strlen(b);
    if (n > MOST || m > MOST)
        return 1000;
    int row[MOST + 1];
    for (int j = 0; j <= m; j++)
        row[j] = j;
    for (int i = 1; i <= n; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= m; j++) {
            const int above = row[j];
            int best = diagonal + (a[i - 1] != b[j - 1]);
            best = above + 1 < best ? above + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[m];
}

const char *wil_nearest_word(const char *word, const char *const *words, int n)
{
    const char *nearest = NULL;
    int least = 1 + (int)strlen(word) / 2; /* farther than half its letters is not near */
    for (int i = 0; i < n; i++) {
        const int distance = edit_distance(word, words[i]);
        if (distance < least) {
            least = distance;
            nearest = words[i];
        }
    }
    return nearest;
}
