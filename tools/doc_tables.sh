#!/bin/sh
# Writes the tables of settings in docs/*.md anew, each between "<!-- fields: NAME -->" and "<!-- /fields -->", from
# `willis fields NAME`. Usage: tools/doc_tables.sh WILLIS ROOT [--check]; with --check nothing is written, and a table
# that is not up to date is a failure.
WILLIS=$1
cd "$2" || exit 2
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
bad=0
for page in docs/*.md; do
    grep -q '^<!-- fields: ' "$page" || continue
    inside=0
    while IFS= read -r line; do
        [ "$line" = "<!-- /fields -->" ] && inside=0
        [ $inside = 1 ] || printf '%s\n' "$line"
        case $line in
        "<!-- fields: "*" -->")
            name=${line#<!-- fields: }
            "$WILLIS" fields "${name% -->}" || echo "no such fields"
            inside=1
            ;;
        esac
    done <"$page" >"$fresh"
    cmp -s "$page" "$fresh" && continue
    if [ "$3" = --check ]; then
        echo "$page: tables of settings are not up to date; run tools/doc_tables.sh build/release/cli/willis ."
        diff "$page" "$fresh" | head -20
        bad=1
    else
        cat "$fresh" >"$page"
    fi
done
exit $bad
