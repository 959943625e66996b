#include "host.h"

wil_status host_take(void *device, size_t bytes, void **out)
{
    (void)device;
    return wil_alloc(out, bytes, 1);
}

void host_drop(void *device, void *memory)
{
    (void)device;
    wil_free(memory);
}

size_t host_bytes_left(void *device)
{
    (void)device;
    return wil_memory_available_bytes();
}

wil_status host_hand(void *device, const void *from, size_t bytes, const void **to)
{
    (void)device;
    (void)bytes;
    *to = from;
    return WIL_OK;
}
