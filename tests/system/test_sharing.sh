#!/bin/sh
# What is made to be passed on (synthetic sets, networks, maps with their report, results) says nothing of where the
# user keeps her files, who and where she is, or who the patients are: names are planted in folders, file names, headers
# and variables, and looked for in all that came out. Run files and patch sets of patients stay with her.
set -eu
. "$(dirname "$0")/common.sh"
OMP_NUM_THREADS=2
USER=planted-user LOGNAME=planted-logname HOME=$PWD/planted-home HOSTNAME=planted-host
export OMP_NUM_THREADS USER LOGNAME HOME HOSTNAME
mkdir planted-home
IN=$PWD/planted-folder
OUT=$PWD/out
mkdir "$IN" "$OUT"

plant() { # FILE.nii.gz: every text of its header
    gunzip "$1"
    nii=${1%.gz}
    at() { printf %s "$2" | dd of="$nii" bs=1 seek="$1" conv=notrunc status=none; }
    at 14 planted-db
    at 148 planted-description
    at 228 planted-auxiliary
    at 328 planted-intent
    gzip "$nii"
}

ok "$WILLIS" phantom tof --out "$IN/tof" --train 2 --val 1 --test 1 --matrix 64x72x40
ok "$WILLIS" phantom dsc --out "$IN/dsc" --train 1 --val 0 --test 0 --shape slab --matrix 36x36x6 --spacing 4x4x5 --frames 40
for scan in "$IN"/tof/sub-*/anat/*.nii.gz "$IN"/dsc/sub-*/perf/*.nii.gz; do
    plant "$scan"
done
mv "$IN/dsc/sub-001/perf/sub-001_dsc.nii.gz" "$IN/planted-series.nii.gz"
mv "$IN/dsc/sub-001/perf/sub-001_dsc.json" "$IN/planted-series.json"
ok "$WILLIS" patches "$IN/tof" --split train --size 32 --per-subject 60 --out "$IN/planted-patches.h5"
ok "$WILLIS" patches "$IN/tof" --split test --size 32 --per-subject 100 --out "$IN/test.h5"
cat >"$IN/planted-run.yaml" <<END
run: {kind: gan, seed: 3, threads: 2, checkpoint_every: 3, sample_every: 0, log_every: 1, output: $IN/gan}
data: {patches: $IN/planted-patches.h5}
gan: {filters: 4, latent: 8, batch: 4, steps: 4, critic_steps: 1, calibration_samples: 32}
END
cat >"$IN/planted-unet.yaml" <<END
run: {kind: unet, seed: 3, threads: 2, checkpoint_every: 1, output: $IN/unet}
data: {patches: $IN/planted-patches.h5, cohort: $IN/tof}
unet: {filters: 4, levels: 2, batch: 8, epochs: 1, patches_per_epoch: 16, tile: 32, augment: false}
END
ok "$WILLIS" train "$IN/planted-run.yaml"
ok "$WILLIS" train "$IN/planted-unet.yaml"
ok "$WILLIS" generate "$IN/gan/generator.safetensors" --count 100 --out "$OUT/synthetic.h5"
ok "$WILLIS" segment "$IN/unet/unet.safetensors" "$IN/tof/sub-004/anat/sub-004_angio.nii.gz" --out "$OUT/mask.nii.gz"
ok "$WILLIS" perfusion "$IN/planted-series.nii.gz" --out "$OUT/maps"
ok "$WILLIS" evaluate distribution --real "$IN/test.h5" --synthetic "$OUT/synthetic.h5" --json
cp "$LOG/out" "$OUT/distribution.json"
ok "$WILLIS" evaluate "$IN/unet/unet.safetensors" "$IN/tof" --split test --json
cp "$LOG/out" "$OUT/evaluate.json"
cp "$IN"/gan/*.safetensors "$IN/gan/result.json" "$OUT"
cp "$IN"/unet/unet.safetensors "$OUT"
cp "$IN"/unet/result.json "$OUT/unet-result.json"

[ "$(find "$OUT" -type f | wc -l)" -ge 15 ] || die "fewer outputs than this test is about"
find "$OUT" -type f | while read -r file; do
    case $file in
    *.gz) gzip -dc "$file" ;;
    *) cat "$file" ;;
    esac >plain
    for word in planted "$PWD"; do
        ! grep -aqF -- "$word" plain || die "$file holds '$word': $(grep -aoF -- "$word" plain | head -n 1)"
    done
done
grep -q '"patches": "PATCHES"' "$OUT/result.json" || die "result.json does not name the patches by their role"
