#!/bin/sh
# cppcheck and clang-tidy over src and cli. Usage: lint.sh BUILD_FOLDER (with compile_commands.json)
cd "$(dirname "$0")/.." || exit 2
build=$1
bad=0

if command -v cppcheck >/dev/null; then
    # Style opinions that contradict the house style, and what cppcheck cannot know, are left out.
    cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr -j 2 --force \
        --enable=warning,performance,portability -I include \
        --suppress=missingIncludeSystem --suppress=preprocessorErrorDirective --suppress=normalCheckLevelMaxBranches \
        src cli || bad=1
    echo "lint: cppcheck done"
else
    echo "lint: cppcheck is not installed (apt-get install cppcheck)"
    bad=1
fi

if command -v clang-tidy >/dev/null; then
    # One file a process: several in one confuse version 14's knowledge of va_list. lint_model.h tells the analyser
    # what it cannot see; status.c defines what that header wraps.
    tidy() {
        xargs -0 -n 1 -P 2 clang-tidy --quiet -p "$build" --warnings-as-errors='*' \
            --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-unused-command-line-argument "$@" 2>/dev/null
    }
    find src cli -name '*.c' ! -path src/base/status.c -print0 | tidy --extra-arg=-include"$PWD/tools/lint_model.h" || bad=1
    printf 'src/base/status.c\0' | tidy || bad=1
    echo "lint: clang-tidy done"
else
    echo "lint: clang-tidy is not installed (apt-get install clang-tidy)"
    bad=1
fi
exit $bad
