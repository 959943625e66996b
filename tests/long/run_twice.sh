#!/bin/sh
# Every command, run twice with the same seeds, writes the same numbers. Usage: run_twice.sh WILLIS
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$here/same_bits.sh" record "$1" "$folder/one"
"$here/same_bits.sh" record "$1" "$folder/two"
"$here/same_bits.sh" compare "$folder/one" "$folder/two"
