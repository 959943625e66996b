/* A temporary folder with what a study needs: patch sets and scans of bright tubes, a monitor that listens.
 */
#ifndef WILLIS_TEST_STUDY_FIXTURE_H
#define WILLIS_TEST_STUDY_FIXTURE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "temp_folder.h"
#include "willis/train.h"

/* ---- folders and files -------------------------------------------------------------------------------- */

static inline char *read_text(const char *path)
{
    char *text = NULL;
    size_t n = 0;
    OK(wil_file_read(path, &text, &n));
    return text;
}

static inline void assert_files_equal(const char *a, const char *b)
{
    char *bytes[2] = {NULL, NULL};
    size_t n[2] = {0, 0};
    OK(wil_file_read(a, &bytes[0], &n[0]));
    OK(wil_file_read(b, &bytes[1], &n[1]));
    if (n[0] != n[1] || memcmp(bytes[0], bytes[1], n[0]) != 0)
        fail_msg("%s and %s differ", a, b);
    wil_free(bytes[0]);
    wil_free(bytes[1]);
}

static inline void copy_file(const char *to, const char *from)
{
    char *bytes = NULL;
    size_t n = 0;
    OK(wil_file_read(from, &bytes, &n));
    OK(wil_file_write(to, bytes, n));
    wil_free(bytes);
}

/* A file that a full disk cut short. */
static inline void cut_file_short(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(truncate(path, info.st_size / 2), 0);
}

/* Largest difference between two weight files of the same tensors. */
static inline double weights_distance(const char *a, const char *b)
{
    wil_tensor_file files[2];
    double most = 0;
    OK(wil_tensor_file_read(&files[0], a));
    OK(wil_tensor_file_read(&files[1], b));
    assert_int_equal(files[0].n_tensors, files[1].n_tensors);
    for (int i = 0; i < files[0].n_tensors; i++) {
        const wil_tensor *one = &files[0].tensors[i];
        const wil_tensor *other = wil_tensor_file_find(&files[1], one->name);
        assert_non_null(other);
        assert_true(wil_shape_equal(one->shape, other->shape));
        if (one->type != WIL_TENSOR_F32)
            continue;
        for (int64_t k = 0; k < wil_shape_count(one->shape); k++)
            most = fmax(
                most, fabs((double)((const float *)one->data)[k] - (double)((const float *)other->data)[k]));
    }
    wil_tensor_file_clear(&files[0]);
    wil_tensor_file_clear(&files[1]);
    return most;
}

/* ---- a monitor that listens, and asks to stop when asked for the n-th time --------------------------- */

typedef struct listener {
    int n_warnings;
    char warning[2048]; /* the last one */
    char told[4096];    /* everything else, a line each */
    int64_t done, total;
    int stop_at; /* 0: never */
    int n_asked;
    int stop_after; /* once so many steps are done; 0: never */
    int asked[32];  /* how often it was asked by the time that so many steps were done */
} listener;

static inline void hear(void *user, wil_message_kind kind, const char *text)
{
    listener *l = user;
    if (kind != WIL_MESSAGE_WARNING) {
        const size_t n = strlen(l->told);
        snprintf(l->told + n, sizeof l->told - n, "%s\n", text);
        return;
    }
    l->n_warnings++;
    snprintf(l->warning, sizeof l->warning, "%s", text);
}

static inline void hear_progress(
    void *user, const char *stage, int64_t done, int64_t total, double elapsed_s, const char *note)
{
    listener *l = user;
    assert_true(stage[0] != '\0' && elapsed_s >= 0 && note != NULL);
    l->done = done;
    l->total = total;
    if (done < (int64_t)(sizeof l->asked / sizeof *l->asked))
        l->asked[done] = l->n_asked;
}

static inline bool wants_to_stop(void *user)
{
    listener *l = user;
    return ++l->n_asked == l->stop_at || (l->stop_after > 0 && l->done >= l->stop_after);
}

static inline wil_monitor listen_with(listener *l, int stop_at)
{
    *l = (listener){.stop_at = stop_at};
    return (wil_monitor){
        .user = l, .message = hear, .progress = hear_progress, .stop_requested = wants_to_stop};
}

/* A monitor that asks to stop from when so many steps are done. */
static inline wil_monitor listen_until(listener *l, int steps_done)
{
    const wil_monitor monitor = listen_with(l, 0);
    l->stop_after = steps_done;
    return monitor;
}

/* ---- tubes -------------------------------------------------------------------------------------------- */

static inline bool in_tube(int x, int y, double cx, double cy)
{
    return (x - cx) * (x - cx) + (y - cy) * (y - cy) <= 9.0;
}

/* Intensity of a voxel: tissue 60..100, vessel 180..220. */
static inline float tube_value(bool vessel, double noise)
{
    return (float)((vessel ? 180 : 60) + 40 * noise);
}

/* n patches of two patients, each with the section of a tube somewhere. */
static inline void make_tube_patches(wil_samples *out, int n, int height, int width)
{
    const size_t one = (size_t)height * (size_t)width;
    const wil_rng noise = wil_rng_at(5, WIL_RNG_TEST, 0);
    const wil_rng place = wil_rng_at(5, WIL_RNG_TEST, 1);
    OK(wil_samples_make(out, wil_sample_shape_2d(height, width), n, 2, 0));
    OK(wil_samples_make_pixels(out, n, true));
    memcpy(out->spacing_mm, (double[3]){0.5, 0.6, 0.7}, sizeof out->spacing_mm);
    OK(wil_string_copy(&out->subjects[0], "sub-01"));
    OK(wil_string_copy(&out->subjects[1], "sub-02"));
    for (int s = 0; s < 2; s++) {
        out->subject_range[2 * s] = 60;
        out->subject_range[2 * s + 1] = 220;
    }
    for (int i = 0; i < n; i++) {
        const double cx = 5 + (width - 10) * wil_rng_uniform(place, 2 * (uint64_t)i);
        const double cy = 5 + (height - 10) * wil_rng_uniform(place, 2 * (uint64_t)i + 1);
        out->subject[i] = i % 2;
        out->position[3 * i] = i;
        for (size_t k = 0; k < one; k++) {
            const size_t at = (size_t)i * one + k;
            out->label[at] = in_tube((int)(k % (size_t)width), (int)(k / (size_t)width), cx, cy);
            out->image[at] = tube_value(out->label[at] != 0, wil_rng_uniform(noise, at));
        }
    }
    out->attributes = json_pack("{s:s, s:s}", "kind", "real", "normalisation", "none");
    assert_non_null(out->attributes);
}

static inline const char *write_tube_patches(
    const char *folder, const char *name, int n, int height, int width)
{
    wil_samples patches;
    const char *path = in_folder(folder, "%s", name);
    make_tube_patches(&patches, n, height, width);
    OK(wil_samples_write(&patches, path));
    wil_samples_clear(&patches);
    return path;
}

/* A tube along z. number: noise and place. */
static inline void make_tube_scan(wil_scan *out, const wil_grid *grid, unsigned number)
{
    const wil_rng noise = wil_rng_at(number, WIL_RNG_TEST, 2);
    const int nx = grid->size[0];
    const int ny = grid->size[1];
    memset(out, 0, sizeof *out);
    OK(wil_volume_make(&out->image, grid, 1));
    OK(wil_mask_make(&out->label, grid));
    OK(wil_mask_make(&out->brain, grid));
    for (size_t k = 0; k < wil_grid_count(grid); k++) {
        const int x = (int)(k % (size_t)nx);
        const int y = (int)(k / (size_t)nx % (size_t)ny);
        out->label.voxels[k] = in_tube(x, y, nx / 2.0 + number, ny / 3.0);
        out->brain.voxels[k] = x > 1 && y > 1 && x < nx - 2 && y < ny - 2;
        out->image.voxels[k] = tube_value(out->label.voxels[k] != 0, wil_rng_uniform(noise, k));
    }
}

static inline void write_tube_scan(const char *folder, const char *id, const wil_grid *grid, unsigned number)
{
    wil_scan scan;
    make_tube_scan(&scan, grid, number);
    OK(wil_volume_write(&scan.image, in_folder(folder, "%s_image.nii", id), WIL_NIFTI_F32, ""));
    OK(wil_mask_write(&scan.label, in_folder(folder, "%s_label.nii", id), ""));
    OK(wil_mask_write(&scan.brain, in_folder(folder, "%s_mask.nii", id), ""));
    wil_scan_clear(&scan);
}

/* cohort.tsv of n val patients p0, p1, ... of 40 x 36 x 2 voxels. */
static inline const char *write_val_cohort(const char *folder, int n)
{
    const wil_grid grid = wil_grid_make(40, 36, 2, 0.5, 0.6, 0.7);
    char *text = NULL;
    OK(wil_text_append(&text, "subject\tsplit\timage\tlabel\tmask\n"));
    for (int i = 0; i < n; i++) {
        char id[8];
        snprintf(id, sizeof id, "p%d", i);
        write_tube_scan(folder, id, &grid, (unsigned)i);
        OK(wil_text_append(&text, "%s\tval\t%s_image.nii\t%s_label.nii\t%s_mask.nii\n", id, id, id, id));
    }
    const char *path = in_folder(folder, "cohort.tsv");
    write_text(path, text);
    wil_free(text);
    return path;
}

/* ---- studies ------------------------------------------------------------------------------------------ */

/* A configuration from assignments in one string, separated by blanks; run and patches are in folder. */
static inline void make_config(
    wil_run_config *out, const char *folder, const char *run, const char *patches, const char *assignments)
{
    char text[1024];
    char place[2][600];
    const char *list[32];
    int n = 0;
    snprintf(text, sizeof text, "%s", assignments);
    snprintf(place[0], sizeof place[0], "study.output=%s/%s", folder, run);
    snprintf(place[1], sizeof place[1], "data.patches=%s/%s", folder, patches);
    list[n++] = place[0];
    list[n++] = place[1];
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        list[n++] = word;
    OK(wil_run_config_load(out, NULL, list, n));
}

/* Trains, and gives what came of it; the run must succeed. */
static inline wil_train_result train_run(
    const char *folder, const char *run, const char *assignments, bool resume, const wil_monitor *monitor)
{
    wil_run_config config;
    wil_train_result result;
    make_config(&config, folder, run, "patches.h5", assignments);
    OK(wil_train(&config, resume, monitor, &result));
    wil_run_config_clear(&config);
    return result;
}

/* Training that must be refused: the status, words in the message. Nothing is left to clear. */
static inline wil_status try_train(
    const char *folder, const char *run, const char *patches, const char *assignments, bool resume)
{
    wil_run_config config;
    wil_train_result result;
    make_config(&config, folder, run, patches, assignments);
    const wil_status status = wil_train(&config, resume, NULL, &result);
    wil_run_config_clear(&config);
    if (status == WIL_OK)
        wil_train_result_clear(&result);
    return status;
}

#endif
