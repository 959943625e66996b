#!/bin/sh
# What a change needs before it is committed, in under a minute for one file: the release build, layout, lint, and the
# tests of the rooms whose files changed since REV (default: the last commit). TEST=REGEX: those tests instead.
# Usage: [TEST=REGEX] [REV=...] check.sh BUILD_FOLDER
set -eu
cd "$(dirname "$0")/.."
build=$1
tests() { # FOLDER [REGEX]
    ctest --test-dir "$build/$1" --output-on-failure -j 2 -LE 'slow|long' -E arm64 --no-tests=ignore ${2:+-R "$2"}
}
compile() { cmake --build "$build" --target "$@"; }

./tools/check_format.sh
if [ -n "${TEST:-}" ]; then
    compile all
    tests . "$TEST"
    exit
fi
folders=$({ git diff --name-only "${REV:-HEAD}" && git ls-files --others --exclude-standard; } | sed -n '
    \,^src/\(tensor\|graph\|kernel\|backend\|engine\)/\|^include/willis/ops\|^tests/ops/,i tests/ops
    s|^src/\([a-z]*\)/.*|tests/unit/\1|p
    s|^include/willis/\([a-z]*\).*|tests/unit/\1|p
    s|^tests/unit/\([a-z]*\)/.*|tests/unit/\1|p
    s,^cli/.*\|^tests/system/.*,tests/system,p
    s|^tests/vectors/.*|tests/vectors|p' | sort -u)
compile willis willis_static
# shellcheck disable=SC2086 # one word a folder
for folder in $folders; do
    [ -f "$build/$folder/CTestTestfile.cmake" ] || continue
    compile "$folder/all"
    case $folder in
    tests/system) tests $folder 'test_cli|test_help' ;; # the others take minutes: TEST=system_test_demo
    *) tests $folder ;;
    esac
done
tests tests/lint
