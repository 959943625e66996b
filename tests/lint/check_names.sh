#!/bin/sh
# Every public function's prefix leads to its header: the table "prefix -> header" in CONTRIBUTING.md lists, for each header
# of include/willis, the words that stand behind wil_ in its functions. Usage: check_names.sh ROOT [--print]
# --print writes the rows as they should be.
cd "$1" || exit 2

rows() {
    for header in include/willis/*.h; do
        words=$(sed -e 's|/\*.*\*/||' -e '/^ \*/d' -e '/^\/\*/d' "$header" | grep -v '^#define' |
            grep -oE '(^|[ *])wil_[a-z0-9]+(_[a-z0-9_]+)?\(' | sed -E 's/^[ *]*wil_([a-z0-9]+).*/\1/' |
            sort -u | tr '\n' ' ' | sed 's/ $//')
        [ -n "$words" ] && echo "| $(basename "$header") | $words |"
    done
}

if [ "$2" = --print ]; then
    rows
    exit 0
fi
wanted=$(mktemp)
found=$(mktemp)
trap 'rm -f "$wanted" "$found"' EXIT
rows >"$wanted"
grep -E '^\| [a-z0-9_]+\.h \|' CONTRIBUTING.md >"$found"
if ! diff "$found" "$wanted"; then
    echo "the table of prefixes in CONTRIBUTING.md (<) is not what the headers have (>): tests/lint/check_names.sh . --print"
    exit 1
fi
