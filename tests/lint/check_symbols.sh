#!/bin/sh
# What leaves libwillis is called wil_*, from the shared library and from the archive alike.
# Usage: check_symbols.sh LIBRARY.so LIBRARY.a
lists=$(mktemp -d)
trap 'rm -rf "$lists"' EXIT
nm --dynamic --defined-only "$1" | awk '{print $3}' | sort >"$lists/shared"
nm --extern-only --defined-only "$2" | awk 'NF == 3 {print $3}' | sort >"$lists/archive"
bad=0
for list in shared archive; do
    if [ "$(grep -c '^wil_' "$lists/$list")" -lt 300 ]; then
        echo "$list: fewer than 300 public names"
        bad=1
    fi
    if grep -v '^wil_' "$lists/$list" >"$lists/bare"; then
        echo "$list: names that are not wil_*:" && cat "$lists/bare"
        bad=1
    fi
done
diff "$lists/shared" "$lists/archive" || bad=1
exit $bad
