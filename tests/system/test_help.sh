#!/bin/sh
# Every command explains itself, and mistakes in the words of a command are answered.
set -eu
. "$(dirname "$0")/common.sh"

ok "$WILLIS" --version
said "willis $(sed -n 's/^project(willis VERSION \([0-9.]*\).*/\1/p' "$ROOT/CMakeLists.txt")"
ok "$WILLIS" --help
said "For research use only"
sed -n 's/^  \([a-z ]\{22\}\) .*/\1/p' "$LOG/out" | sed 's/ *$//' >"$LOG/commands"
[ "$(wc -l <"$LOG/commands")" -ge 13 ] || die "fewer than 13 commands are listed"

while read -r command; do
    # shellcheck disable=SC2086 # two words are two arguments
    ok "$WILLIS" $command --help
    said "willis $command: "
    said "usage: willis $command"
    said "EXAMPLE"
    grep -q "^  willis $command" "$LOG/out" || die "the example of $command does not show it"
    said "--json"
    cp "$LOG/out" "$LOG/help"
    ok "$WILLIS" help $command
    cmp -s "$LOG/out" "$LOG/help" || die "willis help $command differs from its --help"
    refused 2 "unknown option '--no-such-thing'" "$WILLIS" $command --no-such-thing
    told "willis $command --help"
done <"$LOG/commands"

# what the README shows exists
for command in demo "cohort check" patches train generate evaluate segment label "phantom tof" "config defaults"; do
    grep -qx "$command" "$LOG/commands" || die "README.md promises willis $command"
done

refused 2 "did you mean 'generate'?" "$WILLIS" genrate
refused 2 "lists the commands" "$WILLIS" xyzzy
refused 2 "unknown command 'chekc'" "$WILLIS" cohort chekc
told "cohort check"
refused 2 "a second word is missing" "$WILLIS" cohort
ok "$WILLIS" cohort --help
said "cohort split"
refused 2 "did you mean --count?" "$WILLIS" generate --cuont 3
refused 2 "--count must be a whole number from 1 to" "$WILLIS" generate x --count 1O
refused 2 "--count takes a value" "$WILLIS" generate x --count --seed 3
refused 2 "COHORT is missing" "$WILLIS" cohort list
refused 2 "one argument too many" "$WILLIS" config defaults now

# help does not wait for libraries that are slow to load, nor for a second start
LD_DEBUG=files "$WILLIS" --help >"$LOG/out" 2>"$LOG/err"
[ "$(grep -c 'transferring control' "$LOG/err")" = 1 ] || die "willis starts more than once"
told "willis_commands.so"
for library in libdnnl libopenblas libhdf5; do
    ! grep -q "$library" "$LOG/err" || die "willis --help loads $library"
done
# threads of GNU OpenMP wait asleep unless the user says otherwise
ok env -u OMP_WAIT_POLICY OMP_DISPLAY_ENV=verbose "$WILLIS" --version
! grep -q GOMP_SPINCOUNT "$LOG/err" || told "GOMP_SPINCOUNT = '2000'"
ok env -u OMP_WAIT_POLICY GOMP_SPINCOUNT=7 OMP_DISPLAY_ENV=verbose "$WILLIS" --version
! grep -q GOMP_SPINCOUNT "$LOG/err" || told "GOMP_SPINCOUNT = '7'"

# no command at all: help, and a status that scripts notice
got=0
"$WILLIS" >"$LOG/out" 2>"$LOG/err" || got=$?
[ "$got" = 2 ] || die "exit status $got without a command"

# a full standard output is a failure, not a silent loss
if [ -w /dev/full ]; then
    got=0
    "$WILLIS" config defaults >/dev/full 2>"$LOG/err" || got=$?
    [ "$got" = 1 ] || die "exit status $got with standard output on a full disk"
    told "cannot write to standard output"
fi

# the instruction set of the loops can be lowered, by a word that exists
ok env WILLIS_ISA=base "$WILLIS" config defaults
refused 2 "WILLIS_ISA is 'sse9', which is no instruction set; expected base, avx2 or avx512" \
    env WILLIS_ISA=sse9 "$WILLIS" config defaults
