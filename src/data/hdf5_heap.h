/* Global heaps of HDF5 files, where texts of variable length lie, read by ourselves: HDF5 1.10 believes what
 * they and the references to them say, writes past its buffer and runs for ever. [HDF5 File Format
 * Specification 3.0, III.E] */
#ifndef WILLIS_DATA_HDF5_HEAP_H
#define WILLIS_DATA_HDF5_HEAP_H

#include "hdf5_file.h"

#define HDF5_REFERENCE_BYTES 16 /* length, address of a heap, number of the object in it */
#define HDF5_HEAP_OBJECTS 65536

/* The heap that was read last. Begin with zeros. */
typedef struct hdf5_heap {
    uint64_t address;
    unsigned char *bytes; /* NULL: none yet */
    uint64_t n_bytes;
    uint32_t *places; /* [HDF5_HEAP_OBJECTS], of an object's header; 0: there is none */
} hdf5_heap;

/* The text that a reference names, and its length; not ended by a zero byte, borrowed until the next call.
 * Fails: WIL_ERR_INPUT (damaged; `what` says whose text), WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status hdf5_heap_text(hdf5_heap *heap, const hdf5_file *file,
    const unsigned char *reference, const char *what, const char **text_out, size_t *n_out);
void hdf5_heap_clear(hdf5_heap *heap);

#endif
