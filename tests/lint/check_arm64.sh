#!/bin/sh
# check_arm64.sh ROOT: every source file compiles for arm64, without warnings. base, kernel and engine, where an
# architecture shows, become objects; the others are checked as far as meaning goes. The libraries' headers are
# those of this machine, behind the cross compiler's own; nothing is linked. Exit status 77: no cross compiler.
set -u
export CROSS=aarch64-linux-gnu-gcc
cd "$1" || exit 1
if ! command -v $CROSS >/dev/null; then
    echo "SKIPPED: no $CROSS here (Debian: gcc-aarch64-linux-gnu); whether willis compiles for arm64 was NOT checked"
    exit 77
fi
OUT=$(mktemp -d)
trap 'rm -rf "$OUT"' EXIT
export OUT
CFLAGS="-std=gnu17 -D_GNU_SOURCE -DHAVE_ZLIB -DWILLIS_VERSION=\"0\" -DDNNL_FILE=\"\" -DOPENBLAS_FILE=\"\" -fopenmp -ffp-contract=off -Iinclude -Icli
    -Wall -Wextra -Wshadow -Wvla -Werror -Wno-unknown-pragmas -Wno-format-truncation
    $(pkg-config --cflags hdf5 libpng | sed 's/-I/-isystem /g') -isystem /usr/include/nifti
    -idirafter /usr/include/$(gcc -print-multiarch)"
export CFLAGS
# shellcheck disable=SC2016 # the inner shell expands
find src cli -name '*.c' | sort | xargs -P "$(nproc)" -n 8 sh -c 'for file; do
    case $file in
    src/base/* | src/kernel/* | src/engine/*) how="-O1 -c -o $OUT/$(basename "$file").o" ;;
    *) how=-fsyntax-only ;;
    esac
    $CROSS $CFLAGS -I"$(dirname "$file")" $how "$file" || touch "$OUT/failed"
done' sh
if [ -e "$OUT/failed" ]; then
    echo "FAILED: the files named above do not compile for arm64"
    exit 1
fi
# one of the objects, to be sure of what was compiled
aarch64-linux-gnu-objdump -f "$OUT/kernel_table.c.o" | grep -q 'file format elf64-littleaarch64' || exit 1
n=$(find src cli -name '*.c' | wc -l)
echo "$n files compile for arm64; $(find "$OUT" -name '*.o' | wc -l) of them became objects"
