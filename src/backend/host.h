/* Back ends on the host: the plan's memory is the host's, and what is bound or read stays where it is. */
#ifndef WILLIS_BACKEND_HOST_H
#define WILLIS_BACKEND_HOST_H

#include "willis/backend.h"

wil_status host_take(void *device, size_t bytes, void **out);
void host_drop(void *device, void *memory);
size_t host_bytes_left(void *device);
wil_status host_hand(void *device, const void *from, size_t bytes, const void **to); /* put and get */

#endif
