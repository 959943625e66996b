/* Fused passes: several elementwise operations of one shape, done tile by tile, so that what lies between
 * them stays in cache: memory is read and written once, whatever the number of operations. A pass is a list
 * of values, each made from earlier ones; tiles do not depend on the threads. */
#ifndef WILLIS_FUSED_H
#define WILLIS_FUSED_H

#include "willis/backend.h"
#include "willis/kernel.h"

#define FUSED_MAX 16                    /* operations in one pass */
#define FUSED_VALUES (8 * FUSED_MAX)    /* with what they read: up to seven for a normalised operand */
#define FUSED_EXTERNALS (6 * FUSED_MAX) /* arrays outside */
#define FUSED_TILE 2048                 /* floats of a tile: 8 KiB, so that a few stay in the first cache */

typedef enum fused_kind {
    FUSED_ARRAY,    /* read where it lies, or widened from bfloat16 */
    FUSED_ROW,      /* one value a channel, repeated along s */
    FUSED_COLUMN,   /* one value a position, repeated along c */
    FUSED_NUMBER,   /* one value, or one a sample */
    FUSED_CONSTANT, /* scalar */
    FUSED_MASK,     /* dropout; scalar is the probability */
    FUSED_RESULT,   /* op of two earlier values */
    FUSED_SUM /* of an earlier value along s, along c unless it runs there, over samples unless it runs there
               */
} fused_kind;

typedef struct fused_value {
    fused_kind kind;
    int external; /* array that it is read from, or written to; -1: none */
    int64_t skip; /* values of the array before its first */
    bool half; /* which is bfloat16; a RESULT of that precision is rounded to it even if it is not stored, so
             that values do not depend on what is fused */
    bool runs_n;    /* the array has a part for every sample */
    bool runs_c;    /* SUM: and one for every channel */
    int slot;       /* tile that holds it; -1: it is read or written where the array lies */
    wil_tile_fn op; /* RESULT */
    int in[2];
    double scalar;
    uint64_t key; /* MASK */
} fused_value;

typedef struct fused_pass {
    int64_t n, s, c; /* the shape: samples, positions, channels; merged where operands allow */
    int64_t rows;    /* positions in a tile */
    int n_values, n_external, n_sums;
    int64_t blocks_per_n; /* with sums: tiles are taken in blocks, each with its own part of every sum */
    fused_value values[FUSED_VALUES];
    int buffers[FUSED_EXTERNALS];
    void *external[FUSED_EXTERNALS]; /* where they lie */
    wil_tile_moves moves;
} fused_pass;
WIL_OWNED_POINTER(fused_pass, wil_free)

/* How the tiles of a pass with sums fall into blocks: fixed by its shape, so that sums do not depend on
 * threads. */
int64_t fused_blocks_per_n(const fused_pass *pass);
/* Memory for the blocks' parts of the sums; 0 without sums. */
size_t fused_part_bytes(const fused_pass *pass);
/* parts: fused_part_bytes of memory. */
void fused_run(const fused_pass *pass, const wil_draws *draws, double *parts);

#endif
