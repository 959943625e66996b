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

# ---- writers that are killed, and two at once ----
"$WILLIS" phantom tof --out half --train 3 --matrix 104x128x48 --quiet >"$LOG/out" 2>&1 &
writer=$!
for _ in $(seq 600); do
    [ -e half/sub-001/anat/sub-001_angio.nii.gz ] && break
    sleep 0.05
done
kill -KILL $writer 2>"$LOG/err" || die "the phantoms were too fast"
wait $writer 2>"$LOG/err" || true
[ -e half/sub-001/anat/sub-001_angio.nii.gz ] || die "no phantom was made"
for command in "cohort list" "cohort check" "patches --out p.h5 --size 32 --per-subject 4"; do
    # shellcheck disable=SC2086
    refused 2 "half: this cohort is being made, or its making was stopped half-way" "$WILLIS" $command half
    told "give the same command again"
done
ok "$WILLIS" phantom tof --out half --train 3 --matrix 104x128x48
ok "$WILLIS" cohort list half
said sub-003
[ ! -e half/unfinished.txt ] || die "the mark of an unfinished cohort stayed"
[ -z "$(find half -name '*.tmp*')" ] || die "a temporary file stayed"

ok "$WILLIS" patches half --out p.h5 --size 32 --per-subject 8
for i in 1 2 3 4 5 6; do
    "$WILLIS" evaluate distribution --real p.h5 --synthetic p.h5 --metrics kid --table t.csv --label run$i \
        >"$LOG/out$i" 2>&1 &
done
wait
[ "$(wc -l <t.csv)" = 7 ] || die "6 runs at once left $(wc -l <t.csv) lines of 7: $(cat "$LOG"/out?)"
[ -z "$(find . -name '*.lock' -o -name '*.tmp*')" ] || die "a lock or temporary file stayed"

# ---- control characters reach no terminal, table or drawing
esc=$(printf '\033]0;owned\007')
plain() { # FILE...
    ! LC_ALL=C grep -aq "$(printf '[\001-\010\013-\037\177]')" "$@" || die "a control character in $*"
}
for words in "train ./no$esc.yaml" "label no$esc.nii.gz --out x.nii.gz" "fie$esc" "train --se$esc" "cohort list no$esc"; do
    # shellcheck disable=SC2086 # several words
    ! "$WILLIS" $words >"$LOG/out" 2>"$LOG/err" || die "no refusal of $words"
    plain "$LOG/out" "$LOG/err"
done
printf 'run: {kind: gan}\ngan: {"fil%s": 3}\n' '\e[31m' >keys.yaml
! "$WILLIS" config check keys.yaml >"$LOG/out" 2>"$LOG/err" || die "an unknown key was taken"
plain "$LOG/out" "$LOG/err"
printf 'subject\tsplit\timage\tlabel\tmask\nsub%s1\ttrain\ta.nii\tb.nii\t\n' "$esc" >cohort-esc.tsv
refused 2 "control character" "$WILLIS" cohort list cohort-esc.tsv
printf 'subject\tsplit\timage\tlabel\tmask\n"a""b"\ttrain\ta.nii\tb.nii\t\n' >cohort-quote.tsv
refused 2 "control character" "$WILLIS" cohort list cohort-quote.tsv
for words in "--help" "--version" "help" "train --help" "bench list"; do
    status=0
    # shellcheck disable=SC2086
    "$WILLIS" $words >/dev/full 2>"$LOG/err" || status=$?
    [ "$status" -ge 1 ] || die "willis $words ended well on a full disk"
done
