#!/bin/sh
# Checks the layout of all C files against .clang-format. Versions of clang-format differ in small things, so
# only the one of Debian 12 is asked; without it nothing is checked, and that is said.
cd "$(dirname "$0")/.." || exit 2
if ! command -v clang-format >/dev/null; then
    echo "format: not checked, clang-format is not installed"
    exit 0
fi
case $(clang-format --version) in
*"version 14."*) ;;
*)
    echo "format: not checked, $(clang-format --version) is not version 14 of Debian 12"
    exit 0
    ;;
esac
find src cli include tests bench -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror &&
    echo "format: checked"
