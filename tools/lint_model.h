/* Seen by clang-tidy only (tools/lint.sh): a failure never comes back as WIL_OK, so what is returned beside
 * it need not be feared to be missing. */
#include "willis/base.h"

#define wil_fail(code, ...) ((void)(wil_fail)((code), __VA_ARGS__), (code))
