#!/bin/sh
# A training that is interrupted and resumed ends as one that was not: the same weights and the same log.
set -eu
. "$(dirname "$0")/common.sh"
export OMP_NUM_THREADS=1 # steps this small are the faster for it

ok "$WILLIS" phantom tof --out phantom --train 2 --val 1 --test 0 --matrix 64x80x32
ok "$WILLIS" patches phantom --size 32 --per-subject 40 --out patches.h5
cat >gan.yaml <<'END'
study: {kind: gan, checkpoint_every: 1000, sample_every: 0, log_every: 1}
data: {patches: patches.h5}
gan: {model: wgan-gp-sn, filters: 2, latent: 8, batch: 8, steps: 300, critic_steps: 2, calibration_samples: 32, weight_average: 0.9}
END
cat >unet.yaml <<'END'
study: {kind: segmentation, checkpoint_every: 1000}
data: {patches: patches.h5, cohort: phantom}
unet: {filters: 2, levels: 3, dropout: 0.2, augment: true, batch: 8, epochs: 40, learning_rate: 1e-3, tile: 32}
END

# Starts a training and sends it a signal once its log has a row; it must save and end with status 130.
interrupt() {
    signal=$1
    folder=$2
    shift 2
    # a shell ignores the signals of a terminal in what runs in its background
    env --default-signal "$WILLIS" train "$@" --out "$folder" >"$LOG/out" 2>"$LOG/err" &
    process=$!
    while [ "$(cat "$folder/log.csv" 2>/dev/null | wc -l)" -lt 2 ]; do
        kill -0 "$process" 2>/dev/null || die "the training ended before it could be interrupted"
        sleep 0.05
    done
    kill -s "$signal" "$process"
    got=0
    wait "$process" || got=$?
    [ "$got" = 130 ] || die "exit status $got after the signal $signal"
    told "--resume"
    [ "$(find "$folder" -name 'checkpoint-*' | wc -l)" = 1 ] || die "no checkpoint in $folder"
}

ok "$WILLIS" train gan.yaml --out whole
interrupt INT broken gan.yaml
said "generator steps"
steps=$(find broken -name 'checkpoint-*' | sed 's/.*checkpoint-0*\([0-9]*\).*/\1/')
[ "$steps" -lt 300 ] || die "the interruption came too late"
ok "$WILLIS" train broken/config.yaml --resume
for file in generator.safetensors critic.safetensors log.csv; do
    cmp "whole/$file" "broken/$file" || die "$file of the resumed run differs"
done

ok "$WILLIS" train unet.yaml --out whole-unet
interrupt TERM broken-unet unet.yaml
ok "$WILLIS" train broken-unet/config.yaml --resume
for file in unet.safetensors log.csv; do
    cmp "whole-unet/$file" "broken-unet/$file" || die "$file of the resumed segmentation differs"
done

# an interrupted command that has nothing to save writes nothing
env --default-signal "$WILLIS" generate whole/generator.safetensors --count 100000 --out set.h5 \
    >"$LOG/out" 2>"$LOG/err" &
process=$!
sleep 0.5
kill -s INT "$process"
got=0
wait "$process" || got=$?
[ "$got" = 130 ] || die "exit status $got of an interrupted generate"
told "nothing was written"
[ ! -e set.h5 ] || die "an interrupted generate left a set"
