#!/bin/sh
# A training killed at any moment, again and again, and resumed each time, leaves the very files of one that was
# not: networks, checkpoints, log, settings, sample grids; of result.json all but the seconds. A checkpoint that
# was damaged afterwards is passed over.
set -eu
. "$(dirname "$0")/common.sh"

# ---- numbers of chance, the same in every run of this test

random=20261125
draw() { # LOW HIGH: sets drawn
    random=$(((random * 1103515245 + 12345) % 2147483648))
    drawn=$(($1 + random / 65536 % ($2 - $1 + 1)))
}

ok "$WILLIS" phantom tof --out phantom --train 2 --val 1 --test 0 --matrix 64x80x32
ok "$WILLIS" patches phantom --size 32 --per-subject 40 --out patches.h5
cat >gan.yaml <<END
study: {kind: gan, threads: 2, checkpoint_every: 2, sample_every: 10, log_every: 1}
data: {patches: $WORK/patches.h5}
gan: {model: wgan-gp-sn, filters: 2, latent: 8, batch: 8, steps: 30, critic_steps: 2, calibration_samples: 32, weight_average: 0.9}
END
cat >unet.yaml <<END
study: {kind: segmentation, threads: 1, checkpoint_every: 1}
data: {patches: $WORK/patches.h5, cohort: $WORK/phantom}
unet: {filters: 2, levels: 3, dropout: 0.2, augment: true, batch: 8, epochs: 15, learning_rate: 1e-3, tile: 32}
END

# ---- killing

# Starts or resumes a training and kills it: at a call ("rename 3"), or after milliseconds ("ms 250").
killed() {
    study=$1
    moment=$2
    resume=--resume
    [ -d run ] || resume=
    if [ "${moment%% *}" = ms ]; then
        env "$WILLIS" train "$study" --out run $resume >"$LOG/out" 2>"$LOG/err" &
        process=$!
        sleep "$(printf '0.%03d' "${moment#ms }")"
        kill -s KILL "$process" 2>/dev/null || :
    else
        env LD_PRELOAD="$KILL_AT_LIBRARY" KILL_AT="$moment" "$WILLIS" train "$study" --out run $resume \
            >"$LOG/out" 2>"$LOG/err" &
        process=$!
    fi
    got=0
    wait "$process" || got=$?
    [ "$got" = 137 ] || [ "$got" = 0 ] || die "exit status $got of a training to be killed at $moment"
    [ "$got" = 0 ] || kills=$((kills + 1))
}

# Kills the training of a study file in every way, and compares what it ends with to the uninterrupted run.
# survives STUDY CALLS: so many calls of fwrite are two checkpoints.
survives() {
    study=$WORK/$1
    mkdir "whole-$1" "killed-$1"
    cd "whole-$1"
    ok "$WILLIS" train "$study" --out run
    cd "../killed-$1"
    kills=0
    # few calls at a time: a run of fifteen checkpoints is not to end before all kills have come
    for call in rename fwrite renamed fsync fwrite fsync ms; do
        case $call in
        fwrite) draw 20 "$2" ;;
        fsync) draw 4 12 ;;
        ms) draw 100 900 ;;
        *) draw 2 6 ;;
        esac
        killed "$study" "$call $drawn"
    done
    [ "$kills" -ge 6 ] || die "only $kills of 7 kills came in time"
    ok "$WILLIS" train "$study" --out run --resume
    cd ..
    same "whole-$1/run" "killed-$1/run"
}

# Two run folders hold the same files, hidden ones too, of the same bytes.
same() {
    diff -r -x result.json "$1" "$2" >"$LOG/out" 2>&1 || die "$2 is not what $1 is"
    sed 's/"seconds": [0-9.e+-]*//' "$1/result.json" >"$LOG/expected"
    sed 's/"seconds": [0-9.e+-]*//' "$2/result.json" >"$LOG/out"
    cmp "$LOG/expected" "$LOG/out" || die "$2/result.json is not what $1/result.json is"
}

survives gan.yaml 160
survives unet.yaml 100

# ---- damage

newest() {
    find "$1" -name 'checkpoint-*' | sort | tail -1
}

# Resumes a run whose newest checkpoint was damaged: that is said, and the end is the same.
recovers() {
    told "skipped: $(newest run)"
    told "the one before it"
    cd ..
    same "whole-$1/run" "damaged/run"
    rm -r damaged
}

damaged() { # a copy of the whole run, in which its newest checkpoint will be damaged
    mkdir damaged
    cp -r "whole-$1/run" damaged/run
    cd damaged
}

for study in gan.yaml unet.yaml; do
    damaged "$study"
    size=$(wc -c <"$(newest run)")
    draw 0 $((size - 1))
    byte=$(od -An -tu1 -j "$drawn" -N 1 "$(newest run)")
    # shellcheck disable=SC2059 # the octal escape is the format
    printf "\\$(printf %o $((byte ^ 16)))" | dd of="$(newest run)" bs=1 seek="$drawn" conv=notrunc 2>/dev/null
    ok "$WILLIS" train "$WORK/$study" --out run --resume
    recovers "$study"

    damaged "$study"
    draw 0 $((size - 1))
    truncate -s "$drawn" "$(newest run)"
    ok "$WILLIS" train "$WORK/$study" --out run --resume
    recovers "$study"
done

damaged gan.yaml
for checkpoint in run/checkpoint-*; do
    truncate -s 1000 "$checkpoint"
done
refused 2 "no sound checkpoint among 2" "$WILLIS" train "$WORK/gan.yaml" --out run --resume
told "start anew in another run.output"
