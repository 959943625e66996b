#!/bin/sh
# Enforces src/layers.txt: a module includes only its own header and those behind its colon; oneDNN stays
# in src/backend/cpu; the library neither prints nor ends the process; file names are unique.
# Usage: check_layers.sh ROOT
cd "$1" || exit 2
bad=0
fail() {
    echo "$*"
    bad=1
}

for module_path in src/*/; do
    module=$(basename "$module_path")
    allowed=$(sed -n "s/^$module://p" src/layers.txt)
    grep -q "^$module:" src/layers.txt || fail "src/$module is not in src/layers.txt"
    files=$(find src/"$module" -name '*.[ch]')
    [ -f "include/willis/$module.h" ] && files="$files include/willis/$module.h"
    for file in $files; do
        for used in $(sed -n 's/^#include "willis\/ops\.def".*/tensor/p; s/^#include "willis\/\([a-z]*\)\.h".*/\1/p' "$file"); do
            case " $module $allowed " in
            *" $used "*) ;;
            *) fail "$file includes willis/$used.h, which src/layers.txt does not allow $module" ;;
            esac
        done
        for used in $(sed -n 's/^#include "\([^"]*\)".*/\1/p' "$file" | grep -v '^willis/'); do
            found=
            for place in src/"$module"/"$used" src/"$module"/*/"$used"; do
                [ -f "$place" ] && found=yes
            done
            [ "$found" ] || fail "$file includes $used, which is not in src/$module"
        done
    done
done

hits=$(grep -rlE '#include [<"](oneapi/dnnl/)?dnnl' src cli include | grep -v '^src/backend/cpu/')
[ -z "$hits" ] || fail "oneDNN outside src/backend/cpu: $hits"

hits=$(grep -rnE '(^|[^a-z_])(exit|abort|printf|puts|_exit|perror)\(|(^|[^a-z_])(stdout|stderr)([^a-z_]|$)' src --include='*.c' --include='*.h')
[ -z "$hits" ] || fail "the library prints or ends the process: $hits"

twins=$(find src cli -name '*.c' | sed 's|.*/||' | sort | uniq -d)
[ -z "$twins" ] || fail "file names that stand twice: $twins"

long=$(find src cli include -name '*.[ch]' -exec wc -l {} + | awk '$2 != "total" && $1 > 800 {print $2 " (" $1 ")"}')
[ -z "$long" ] || fail "files over 800 lines: $long"
exit $bad
