/* A training: its parts, its steps, and what a task adds to them.
 *
 * The trainer does once, for every task: the run folder and its lock, resuming, memory told and checked
 * before it is taken, plans, the loop, the log, interruption, checkpoints, the result. A task is a row of
 * functions that fill a `train` and move it on:
 *
 *     open     reads data; train_add for its parts, train_add_step for its steps, train_need, scalars,
 * cadence update   one step: fills inputs, runs steps. WIL_ERR_INTERRUPTED: nothing was changed, or what was
 * is kept in a part, so that the next update goes on there look     a picture of the training, or a
 * validation, every look_every steps; may be interrupted likewise finish   writes the networks
 *
 * What is kept in checkpoints is what stands in parts; save, restore, bytes and clear walk them. */
#ifndef WILLIS_TRAINER_H
#define WILLIS_TRAINER_H

#include "memory_needs.h"
#include "net_step.h"
#include "policy.h"
#include "run_folder.h"
#include "willis/data.h"
#include "willis/train.h"

enum { TRAIN_PARTS = 12, TRAIN_STEPS = 4, TRAIN_INPUTS = 8, TRAIN_SCALARS = 8, TRAIN_NEEDS = 12 };

typedef enum train_part_kind { PART_SET, PART_OPTIMIZER, PART_VALUES } train_part_kind;

typedef struct train_part {
    train_part_kind kind;
    const char *name; /* in checkpoints: what the names of its tensors begin with; VALUES: its tensor's */
    wil_params *set;  /* SET: owned; OPTIMIZER: what it moves, borrowed */
    uint64_t seed;    /* SET: of the first weights */
    const wil_params *copy_of; /* SET: starts as a copy of this one, also where a checkpoint lacks it */
    wil_optimizer_config rule;
    wil_optimizer *optimizer; /* OPTIMIZER: owned; NULL before train_allocate */
    double *values;           /* VALUES: borrowed; zeros where a checkpoint lacks them */
    int n_values;
    unsigned counts; /* VALUES: bit i: value i counts something, and lies in 0..INT_MAX */
} train_part;

typedef struct train_input {
    const char *name;
    wil_shape shape;
    float *values; /* bound to every step that reads an input of that name */
} train_input;

typedef struct train_scalar {
    const char *name; /* column of log.csv */
    double value;     /* the newest; NaN: none, an empty cell */
} train_scalar;

typedef struct train train;
typedef struct train_task {
    const char *stage;         /* of progress: "train gan" */
    const char *unit, *counts; /* of result.json: "generator step", "steps" */
    bool validates;            /* has a best epoch */
    const char *advice;        /* how to need less memory */
    size_t own_bytes;          /* of train.own */
    wil_status (*open)(train *t);
    wil_status (*ready)(train *t); /* the sets have memory and first values; NULL: nothing to do */
    wil_status (*update)(train *t, int64_t step); /* from 1 */
    wil_status (*look)(train *t, int64_t step);
    wil_status (*finish)(train *t, wil_train_result *result);
    void (*close)(void *own);
} train_task;
extern const train_task train_task_gan, train_task_unet;

struct train {
    const train_task *task;       /* NULL: steps alone, for timing */
    const wil_run_config *config; /* borrowed; NULL without a task */
    const wil_monitor *monitor;   /* borrowed */
    wil_plan_config engine;
    train_policy policy;
    void *own; /* the task's; zeroed at first */

    train_part parts[TRAIN_PARTS];
    net_step steps[TRAIN_STEPS];
    train_input inputs[TRAIN_INPUTS];
    train_scalar scalars[TRAIN_SCALARS];
    memory_need needs[TRAIN_NEEDS];
    int n_parts, n_steps, n_inputs, n_scalars, n_needs;

    wil_samples samples; /* train_read_samples */
    wil_sampler *sampler;
    size_t *indices; /* [batch] */
    run_facts facts;

    int64_t step, last;                        /* steps done, and to be done */
    int64_t look_every, log_every, save_every; /* steps; 0: never */
    int64_t unit_steps;                        /* steps that result.json counts as one */
    double *look_due;                          /* 1: the step is done, its look is not; in a part, if looks
                                                  can be interrupted */
    double look_due_here;
    bool interrupted;
    char note[64]; /* beside the progress */
};

/* A training of config.kind with all its memory, before its first values; both are borrowed. On failure it is
 * still to be cleared. */
WIL_NODISCARD wil_status train_open(train *t, const wil_run_config *config, const wil_monitor *monitor);
void train_clear(train *t);
WIL_OWNED_VALUE(train, train_clear)

/* ---- parts.c ------------------------------------------------------------------------------------------- */

/* Adds a part; a set is taken. Returns the set. */
wil_params *train_add(train *t, train_part part);
/* Compiles a step that build appends to a graph, which lives no longer; nothing of it has memory yet. A step
 * that trains nothing has fixed weights. */
typedef void (*train_builder)(net_step *step, wil_graph *graph, const void *context);
WIL_NODISCARD wil_status train_add_step(train *t, const char *name, train_builder build, const void *context);
/* Memory that the task will take beside steps, weights and optimisers. */
void train_need(train *t, const char *what, size_t bytes);
/* Adds a scalar; returns where its newest value goes. */
double *train_scalar_add(train *t, const char *name);

/* Weights, optimisers and gradients that are collected. */
size_t train_bytes(const train *t);
size_t train_plan_bytes(const train *t);
/* Tells all needs and compares them with what the machine has. */
WIL_NODISCARD wil_status train_check_memory(const train *t);
/* Takes the memory: sets, optimisers, inputs; binds the steps to them. */
WIL_NODISCARD wil_status train_allocate(train *t);
/* First weights from the seeds of the sets, or from the file that config->start_from names; then copies. */
WIL_NODISCARD wil_status train_first_values(train *t);

float *train_input_of(const train *t, const char *name); /* NULL if no step reads it */
wil_optimizer *train_optimizer_of(const train *t, const wil_params *set);
/* Runs a step once and updates what it trains, by the policy. */
WIL_NODISCARD wil_status train_run_step(train *t, net_step *step);
/* The number that output i of a step is, after its run. */
double train_output(const net_step *step, int i);

WIL_NODISCARD wil_status train_save(train *t, const char *content);
/* Sets step. Fails: WIL_ERR_INPUT when no checkpoint is sound, or it does not fit. */
WIL_NODISCARD wil_status train_restore(train *t);

/* ---- start_from.c -------------------------------------------------------------------------------------- */

/* Loads what sets find in config->start_from: a network's file or a checkpoint. Fails: WIL_ERR_INPUT when
 * nothing or a weight of another shape is found. */
WIL_NODISCARD wil_status train_start_from(train *t);
/* Whether each pattern of config->train matches a weight. Fails: WIL_ERR_ARG. */
WIL_NODISCARD wil_status train_check_patterns(const train *t);

/* ---- train_data.c -------------------------------------------------------------------------------------- */

/* Reads config->patches, of which batch are needed at least (key: the setting that says so). */
WIL_NODISCARD wil_status train_read_samples(train *t, int batch, const char *key);
/* The samples of a batch, from the first-th of the endless sequence on. */
const size_t *train_next_samples(train *t, uint64_t first, int batch);
/* "1500 patches of 1 patient"; "1500 synthetic patches", which are of nobody. Returns text. */
const char *train_set_words(char text[64], const wil_samples *samples);

#endif
