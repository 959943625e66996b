#!/bin/sh
# Circles of files inside a room: files that call each other, directly or through others, by the names that their
# objects define and want. Two may stay: operations are differentiated into each other (op_*), and a convolution may be
# made of convolutions (conv*). Usage: circles.sh BUILD_FOLDER; exit status 1 if there are any.
set -eu
build=$1
pairs=$(mktemp)
trap 'rm -f "$pairs"' EXIT
found=0
for library in "$build"/src/*/libwillis_*.a; do
    nm -A "$library" | awk '
        { file = $1; sub(/\.c\.o:.*/, "", file); sub(/.*:/, "", file); name = $NF; kind = $(NF - 1) }
        kind == "T" || kind == "D" || kind == "B" || kind == "R" { home[name] = file }
        kind == "U" { wants[++n] = file " " name }
        END {
            for (i = 1; i <= n; i++) {
                split(wants[i], w, " ")
                if (!(w[2] in home) || home[w[2]] == w[1]) continue
                alike = w[1] ~ /^(op_|conv)/ && substr(home[w[2]], 1, 3) == substr(w[1], 1, 3)
                if (!alike) print w[1], home[w[2]]
            }
        }' | sort -u >"$pairs"
    if ! tsort "$pairs" >/dev/null 2>&1; then
        found=1
        echo "$(basename "$library" .a | sed s/libwillis_//): $(tsort "$pairs" 2>&1 >/dev/null | sed -n 's/^tsort: \([a-z0-9_]*\)$/\1/p; s/.*contains a loop:$/|/p' | tr '\n' ' ')"
    fi
done
exit $found
