#include "hdf5_heap.h"

#include <string.h>

#include "hdf5_header.h"

#define HEADER 16         /* signature, version, 3 reserved, size */
#define OBJECT 16         /* number, references, 4 reserved, size; behind it the bytes, filled to 8 */
#define MOST_HEAP 4194304 /* bytes; HDF5 makes 4096, and more only for one long text */
#define NO_ADDRESS UINT64_MAX

static wil_status damaged(const hdf5_file *file, const char *what)
{
    return wil_fail(WIL_ERR_INPUT,
        "%s: %s: its text does not lie where and as the file says, or is longer than 4 MiB; write it again",
        file->path, what);
}

/* Object 0 is the free space, its own header included in its size; one of no bytes would never be got past.
 */
static bool find_objects(hdf5_heap *heap)
{
    uint64_t at = HEADER;
    while (heap->n_bytes - at >= OBJECT) {
        const uint64_t left = heap->n_bytes - at;
        const uint64_t number = hdf5_little_endian(heap->bytes + at, 2);
        const uint64_t length = hdf5_little_endian(heap->bytes + at + 8, 8);
        if (length > left || (number == 0 && length < OBJECT))
            return false;
        const uint64_t whole = number == 0 ? length : OBJECT + (length + 7) / 8 * 8;
        if (whole > left)
            return false;
        if (number > 0)
            heap->places[number] = (uint32_t)at;
        at += whole;
    }
    return true;
}

static wil_status load(hdf5_heap *heap, const hdf5_file *file, uint64_t address, const char *what)
{
    unsigned char header[HEADER];
    hdf5_heap_clear(heap);
    WIL_TRY(hdf5_file_read(file, address, HEADER, header));
    heap->n_bytes = hdf5_little_endian(header + 8, 8);
    if (memcmp(header, "GCOL\1", 5) != 0 || heap->n_bytes < HEADER || heap->n_bytes > MOST_HEAP)
        return damaged(file, what);
    WIL_TRY(wil_alloc((void **)&heap->bytes, (size_t)heap->n_bytes, 1));
    WIL_TRY(wil_alloc((void **)&heap->places, HDF5_HEAP_OBJECTS, sizeof *heap->places));
    WIL_TRY(hdf5_file_read(file, address, heap->n_bytes, heap->bytes));
    heap->address = address;
    return find_objects(heap) ? WIL_OK : damaged(file, what);
}

wil_status hdf5_heap_text(hdf5_heap *heap, const hdf5_file *file, const unsigned char *reference,
    const char *what, const char **text_out, size_t *n_out)
{
    const uint64_t length = hdf5_little_endian(reference, 4);
    const uint64_t address = hdf5_little_endian(reference + 4, 8);
    const uint64_t number = hdf5_little_endian(reference + 12, 4);
    *text_out = "";
    *n_out = 0;
    if (address == 0 || address == NO_ADDRESS) /* never written */
        return WIL_OK;
    if (heap->bytes == NULL || heap->address != address) {
        const wil_status status = load(heap, file, address, what);
        if (status != WIL_OK)
            hdf5_heap_clear(heap);
        WIL_TRY(status);
    }
    if (number == 0 || number >= HDF5_HEAP_OBJECTS || heap->places[number] == 0)
        return damaged(file, what);
    const unsigned char *object = heap->bytes + heap->places[number];
    if (length != hdf5_little_endian(object + 8, 8))
        return damaged(file, what);
    *text_out = (const char *)object + OBJECT;
    *n_out = (size_t)length;
    return WIL_OK;
}

void hdf5_heap_clear(hdf5_heap *heap)
{
    wil_free(heap->bytes);
    wil_free(heap->places);
    *heap = (hdf5_heap){0};
}
