#!/bin/sh
# Each public header must compile on its own, and make what it declares visible outside the library. Usage: check_headers.sh ROOT CC
root=$1
cc=$2
bad=0
for header in "$root"/include/willis/*.h; do
    name=$(basename "$header")
    if ! printf '#include "willis/%s"\n' "$name" |
        "$cc" -std=gnu17 -Wall -Wextra -Werror -fsyntax-only -I"$root/include" -x c -; then
        echo "$name does not compile alone"
        bad=1
    fi
    if [ "$(grep -c '^#pragma GCC visibility p' "$header")" != 2 ]; then
        echo "$name has not both of: #pragma GCC visibility push(default), #pragma GCC visibility pop"
        bad=1
    fi
done
exit $bad
