#!/bin/sh
# Where memory ends: a command does its work or says so with exit status 1, within 30 s; it is not killed, does not
# hang, does not blame the input and leaves no output under its name. LIMITS address spaces and every STEP-th
# allocation are tried (`make test-long` tries more).
set -eu
. "$(dirname "$0")/common.sh"
FAIL_ALLOC_LIBRARY=$6
LIMITS=${7:-4}
STEP=${8:-211}
OMP_NUM_THREADS=2
export OMP_NUM_THREADS

ok "$WILLIS" phantom tof --out cohort --train 2 --val 1 --test 1 --matrix 64x72x40
ok "$WILLIS" phantom dsc --out dsc --train 1 --val 0 --test 0 --shape slab --matrix 36x36x6 --spacing 4x4x5 --frames 40
ok "$WILLIS" patches cohort --split train --size 32 --per-subject 60 --out real.h5
ok "$WILLIS" patches cohort --split test --size 32 --per-subject 100 --out test.h5
cat >gan.yaml <<'END'
run: {kind: gan, seed: 3, threads: 2, checkpoint_every: 3, sample_every: 0, log_every: 1}
data: {patches: real.h5}
gan: {model: wgan-gp-sn, filters: 4, latent: 8, batch: 4, steps: 4, critic_steps: 1, calibration_samples: 32}
END
cat >unet.yaml <<'END'
run: {kind: unet, seed: 3, threads: 2, checkpoint_every: 1}
data: {patches: real.h5, cohort: cohort}
unet: {filters: 4, levels: 2, batch: 8, epochs: 1, patches_per_epoch: 16, tile: 32, augment: false}
END
ok "$WILLIS" train gan.yaml --set run.output=gan
ok "$WILLIS" train unet.yaml --set run.output=unet
TOF=cohort/sub-004/anat/sub-004_angio.nii.gz
LABEL=$(find cohort/derivatives -name 'sub-004*vessel*.nii.gz' -o -name 'sub-004*label*.nii.gz' | head -n 1)
[ -f "$TOF" ] && [ -f "$LABEL" ] || die "the phantom's files have other names"

# What the C library's loader does where it has no memory for a thread's variables is its own: it ends the program with
# 127 and says so.
tried=0
judge() { # WHERE STATUS
    tried=$((tried + 1))
    case $2 in
    0) ;;
    1) grep -qi memory "$LOG/err" || die "$1: exit status 1, and no word of memory" ;;
    127) grep -qi "memory" "$LOG/err" || die "$1: exit status 127" ;;
    *) die "$1: exit status $2" ;;
    esac
    left=$(find out -name '.*' -type f -o -path out/set.h5 -o -path out/mask.nii.gz -o -path out/maps/result.json)
    [ "$2" = 0 ] || [ -z "$left" ] || die "$1: left $left"
}

each() { # FUNCTION: with every command
    "$1" train "$WILLIS" train gan.yaml --set run.output=out/gan
    "$1" generate "$WILLIS" generate gan/generator.safetensors --count 20 --out out/set.h5
    "$1" segment "$WILLIS" segment unet/unet.safetensors "$TOF" --out out/mask.nii.gz
    "$1" patches "$WILLIS" patches cohort --split train --size 32 --per-subject 10 --out out/set.h5
    "$1" perfusion "$WILLIS" perfusion dsc/sub-001/perf/sub-001_dsc.nii.gz --out out/maps
    "$1" distribution "$WILLIS" evaluate distribution --real real.h5 --synthetic test.h5
    "$1" segmentation "$WILLIS" evaluate segmentation --truth "$LABEL" --prediction "$LABEL"
}

limited() {
    name=$1
    shift
    rm -rf out
    mkdir out
    status=0
    (
        ulimit -v "$kib"
        exec timeout -s KILL 30 "$@" --quiet
    ) >"$LOG/out" 2>"$LOG/err" || status=$?
    judge "$name within $kib KiB" "$status"
}

refusing() {
    name=$1
    shift
    rm -rf out
    mkdir out
    status=0
    FAIL_ALLOC=$k LD_PRELOAD=$FAIL_ALLOC_LIBRARY timeout -s KILL 30 "$@" --quiet >"$LOG/out" 2>"$LOG/err" || status=$?
    judge "$name at allocation $k" "$status"
}

# the address spaces lie between what nothing runs in and what all run in
i=0
while [ $i -lt "$LIMITS" ]; do
    kib=$((24000 + i * 460000 / LIMITS))
    each limited
    i=$((i + 1))
done
k=1
while [ $k -le 2000 ]; do
    each refusing
    k=$((k + STEP))
done
echo "$tried runs"
