/* Optimiser states in checkpoints: "<prefix>step", "<prefix><weight>.exp_avg" and so on, axes as the
 * weights'. */
#include <string.h>

#include "nn_internal.h"
#include "optimizer_state.h"

/* The moment in a weight's clothes, so that its axes can be put in file order. */
static wil_param moment_view(const nn_slot *slot, float *moment)
{
    wil_param view = *slot->param;
    view.value = moment;
    return view;
}

static wil_status moment_to_tensor(const nn_slot *slot, float *moment, const char *moment_name,
    const char *prefix, wil_tensor **tensors, int *n_tensors, size_t *capacity)
{
    if (moment == NULL)
        return WIL_OK;
    wil_param view = moment_view(slot, moment);
    char *name = NULL;
    WIL_TRY(wil_string_format(&name, "%s%s.%s", prefix, slot->param->name, moment_name));
    wil_status status = wil_tensors_append(
        tensors, n_tensors, capacity, name, WIL_TENSOR_F32, nn_layout_file_shape(&view), moment);
    wil_free(name);
    WIL_TRY(status);
    nn_layout_to_file(&view, (*tensors)[*n_tensors - 1].data);
    return WIL_OK;
}

wil_status wil_optimizer_to_tensors(const wil_optimizer *optimizer, const char *prefix, wil_tensor **tensors,
    int *n_tensors, size_t *capacity)
{
    char *name = NULL;
    WIL_TRY(wil_string_format(&name, "%sstep", prefix));
    wil_status status = wil_tensors_append(
        tensors, n_tensors, capacity, name, WIL_TENSOR_I64, (wil_shape){.rank = 0}, &optimizer->n_steps);
    wil_free(name);
    for (int i = 0; status == WIL_OK && i < optimizer->n_slots; i++) {
        const nn_slot *slot = &optimizer->slots[i];
        status = moment_to_tensor(slot, slot->m, optimizer->m_name, prefix, tensors, n_tensors, capacity);
        if (status == WIL_OK)
            status = moment_to_tensor(slot, slot->v, optimizer->v_name, prefix, tensors, n_tensors, capacity);
    }
    return status;
}

/* Checks the tensor of a moment and, if take is set, copies it. */
static wil_status moment_from_tensor(const nn_slot *slot, float *moment, const char *moment_name,
    const char *prefix, const wil_tensor_file *file, bool take)
{
    if (moment == NULL)
        return WIL_OK;
    wil_param view = moment_view(slot, moment);
    char *name = NULL;
    WIL_TRY(wil_string_format(&name, "%s%s.%s", prefix, slot->param->name, moment_name));
    const wil_tensor *tensor = wil_tensor_file_find(file, name);
    wil_shape wanted = nn_layout_file_shape(&view);
    char should[96];
    wil_status status = WIL_OK;
    if (tensor == NULL || tensor->type != WIL_TENSOR_F32 || !wil_shape_equal(tensor->shape, wanted))
        status = wil_fail(WIL_ERR_INPUT,
            "tensor %s, F32 of shape %s, is missing: this state is of another optimiser or architecture",
            name, wil_shape_text(wanted, should, sizeof should));
    else if (take)
        nn_layout_from_file(&view, tensor->data, moment);
    wil_free(name);
    return status;
}

static wil_status all_moments(
    wil_optimizer *optimizer, const char *prefix, const wil_tensor_file *file, bool take)
{
    for (int i = 0; i < optimizer->n_slots; i++) {
        const nn_slot *slot = &optimizer->slots[i];
        WIL_TRY(moment_from_tensor(slot, slot->m, optimizer->m_name, prefix, file, take));
        WIL_TRY(moment_from_tensor(slot, slot->v, optimizer->v_name, prefix, file, take));
    }
    return WIL_OK;
}

wil_status wil_optimizer_from_tensors(
    wil_optimizer *optimizer, const char *prefix, const wil_tensor_file *file)
{
    char *name = NULL;
    WIL_TRY(wil_string_format(&name, "%sstep", prefix));
    const wil_tensor *step = wil_tensor_file_find(file, name);
    bool usable = step != NULL && step->type == WIL_TENSOR_I64 && step->shape.rank == 0 &&
                  *(const int64_t *)step->data >= 0;
    wil_status status =
        usable ? WIL_OK
               : wil_fail(WIL_ERR_INPUT,
                     "tensor %s, the number of steps, is missing or impossible: this is no optimiser "
                     "state",
                     name);
    wil_free(name);
    WIL_TRY(status);
    int n_expected = 1 + optimizer->n_slots * ((optimizer->m_name != NULL) + (optimizer->v_name != NULL));
    int n_found = 0;
    for (int i = 0; i < file->n_tensors; i++)
        n_found += strncmp(file->tensors[i].name, prefix, strlen(prefix)) == 0;
    WIL_TRY(all_moments(optimizer, prefix, file, false));
    WIL_REQUIRE(n_found == n_expected, WIL_ERR_INPUT,
        "%d tensors begin with %s but this optimiser has %d: this state is of another optimiser", n_found,
        prefix, n_expected);
    optimizer->n_steps = *(const int64_t *)step->data;
    return all_moments(optimizer, prefix, file, true);
}
