#!/bin/sh
# What `make install` leaves: a command that runs wherever the folder is moved, and a library, shared and archive,
# that pkg-config finds and whose inner names are its own.
set -eu
. "$(dirname "$0")/common.sh"
BUILD=$(dirname "$(dirname "$WILLIS")")
CC=${CC:-cc}
unset LD_LIBRARY_PATH

ok cmake --install "$BUILD" --prefix "$PWD/first"
mv first prefix
ok prefix/bin/willis --version
said "willis "
ok prefix/bin/willis phantom tof --out phantom --train 2 --val 0 --test 0 --matrix 64x80x32
ok prefix/bin/willis patches phantom --split train --size 32 --per-subject 8 --out patches.h5

PKG_CONFIG_PATH=$(dirname "$(find "$PWD/prefix" -name willis.pc)")
LIBDIR=$(dirname "$PKG_CONFIG_PATH")
export PKG_CONFIG_PATH
case $(readelf -d "$LIBDIR/libwillis.so") in
*"[libwillis.so.0]"*) ;;
*) die "libwillis.so is not libwillis.so.0" ;;
esac

# a program with a function of its own for every inner name of the library
nm "$BUILD/willis.o" | awk '$2 == "T" && $3 !~ /^wil_/ {print $3}' >inner_names
[ "$(wc -l <inner_names)" -ge 100 ] || die "fewer than 100 inner names: this test would show nothing"
{
    echo "static int ran; int own_names_that_ran(void) { return ran; }"
    sed 's/.*/void &(void) { ran++; }/' inner_names
} >own_names.c
ok "$CC" -w -fno-builtin -c own_names.c
FLAGS=$(pkg-config --cflags willis)
trains() { # PROGRAM
    ok "$1" data.patches=patches.h5 study.output="run-$1" study.threads=1 gan.filters=2 gan.latent=8 gan.batch=2 \
        gan.critic_steps=1 gan.steps=2 gan.calibration_samples=32
    said "2 steps by the library, 0 calls of the program's functions"
}
PATH=$PWD:$PATH
# shellcheck disable=SC2046,SC2086 # several flags
{
    ok "$CC" -Wall -Werror $FLAGS "$(dirname "$0")/train_with_own_names.c" own_names.o -o shared \
        $(pkg-config --libs willis) -rdynamic "-Wl,-rpath,$LIBDIR"
    ok "$CC" -Wall -Werror $FLAGS "$(dirname "$0")/train_with_own_names.c" own_names.o -o static \
        $(pkg-config --libs --static willis | sed 's/-lwillis/-l:libwillis.a/')
}
ldd ./shared >"$LOG/out" && said "libwillis.so.0"
trains shared
ldd ./static >"$LOG/out" && ! grep -q libwillis "$LOG/out" || die "the static program loads libwillis.so"
trains static
mkdir -p prefix/share/willis/models
cp run-shared/generator.safetensors prefix/share/willis/models/mine.safetensors
ok prefix/bin/willis generate mine --count 2 --out two.h5 # networks of an installation have names
cmp -s run-shared/generator.safetensors run-static/generator.safetensors || die "two libraries, two results"
