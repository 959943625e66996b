#!/bin/sh
# Lines of C a room, now and at a revision: size.sh [REVISION]; without one, at the last tag.
set -eu
cd "$(dirname "$0")/.."
rev=${1:-$(git describe --tags --abbrev=0 2>/dev/null)} || rev=
then=$(mktemp -d)
trap 'rm -rf "$then"' EXIT
[ -z "$rev" ] || git archive "$rev" | tar -x -C "$then"

lines() { # FOLDER: "room lines" of each
    for place in "$1"/src/* "$1"/include "$1"/cli "$1"/tests; do
        [ -d "$place" ] && echo "${place#"$1"/} $(find "$place" \( -name '*.[ch]' -o -name '*.def' \) -exec cat {} + | wc -l)"
    done
}
{ lines "$then" | sed 's/^/then /' && lines . | sed 's/^/now /'; } | awk -v rev="$rev" '
    !($2 in seen) { seen[$2] = 1; name[++n] = $2 }
    { lines[$1, $2] = $3; sum[$1] += $2 ~ /^(src|include|cli)/ ? $3 : 0 }
    function row(room, now, before) {
        printf "%-16s %7d", room, now
        if (rev != "") printf " %7d %+7d", before, now - before
        print ""
    }
    END {
        printf "%-16s %7s", "lines of C", "now"
        if (rev != "") printf " %7s", substr(rev, 1, 7)
        print ""
        for (i = 1; i <= n; i++) row(name[i], lines["now", name[i]], lines["then", name[i]])
        row("src+include+cli", sum["now"], sum["then"])
    }'
