#!/bin/sh
# What no careful user gives: inputs without end, names that are commands to a terminal.
set -eu
. "$(dirname "$0")/common.sh"

# ---- inputs that never end ----
mkfifo pipe pipe.nii pipe.h5 pipe.safetensors
for input in pipe /dev/zero; do
    for command in "cohort list" "cohort check" train "config check" "privacy verify"; do
        # shellcheck disable=SC2086 # two words are two arguments
        refused 2 "$input: is a device or pipe" timeout 20 "$WILLIS" $command $input
    done
done
refused 2 "pipe.safetensors: is a device or pipe" timeout 20 "$WILLIS" generate pipe.safetensors --count 1 --out a.h5
refused 2 "pipe.nii: is a device or pipe" timeout 20 "$WILLIS" label pipe.nii --out a.nii
refused 2 "pipe.h5: is a device or pipe" timeout 20 "$WILLIS" evaluate diversity --synthetic pipe.h5 --train pipe.h5
printf 'subject\timage\nsub-1\tpipe.nii\nsub-2\t/dev/zero\n' >cohort.tsv
printf 'run:\n  kind: gan\ndata:\n  patches: pipe.h5\n' >run.yaml
timeout 20 "$WILLIS" cohort check cohort.tsv >"$LOG/out" 2>"$LOG/err" && die "a pipe passed for a scan"
said "is a device or pipe"
refused 2 "pipe.h5" timeout 20 "$WILLIS" train run.yaml --out run
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "[" }' >deep.yaml
refused 2 "deep.yaml:1: lists and sections stand in each other more than 32 deep" timeout 5 "$WILLIS" train deep.yaml
