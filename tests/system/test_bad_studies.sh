#!/bin/sh
# Study files, patch sets and networks with something wrong.
set -eu
. "$(dirname "$0")/common.sh"

ok "$WILLIS" phantom tof --out phantom --train 2 --val 0 --test 1 --matrix 64x80x32
ok "$WILLIS" patches phantom --size 32 --per-subject 8 --out set.h5
cat >gan.yaml <<'END'
study: {kind: gan, output: run-gan}
data: {patches: set.h5}
gan: {filters: 1, latent: 4, batch: 4, steps: 1, critic_steps: 1, calibration_samples: 32}
END
cat >unet.yaml <<'END'
study: {kind: segmentation, output: run-unet}
data: {patches: set.h5}
unet: {filters: 1, levels: 2, batch: 4, epochs: 1, tile: 32}
END
ok "$WILLIS" train gan.yaml
ok "$WILLIS" train unet.yaml

# ---- study files: file, line, nearest key

printf 'study:\n  kind: gan\ngan:\n  filtres: 8\n' >key.yaml
refused 2 "key.yaml:4: unknown key 'gan.filtres'; did you mean 'gan.filters'?" "$WILLIS" train key.yaml
refused 2 "key.yaml:4" "$WILLIS" config check key.yaml
printf 'gan:\n  filters: many\n' >type.yaml
refused 2 "type.yaml:2: gan.filters must be a whole number" "$WILLIS" train type.yaml
printf 'gan: [1, 2\n' >broken.yaml
refused 2 "broken.yaml:" "$WILLIS" train broken.yaml
refused 2 "did you mean 'gan.steps'?" "$WILLIS" train gan.yaml --set gan.step=1
refused 2 "expected key=value" "$WILLIS" config check gan.yaml --set gan.steps
refused 2 "no_such.yaml" "$WILLIS" train no_such.yaml

# ---- patch sets

refused 2 "no_such.h5" "$WILLIS" train gan.yaml --set data.patches=no_such.h5 --out run-x
refused 2 "gan.yaml: is not an HDF5 file" "$WILLIS" train gan.yaml --set data.patches=gan.yaml --out run-x
head -c 3000 set.h5 >cut.h5
refused 2 "cut.h5" "$WILLIS" train gan.yaml --set data.patches=cut.h5 --out run-x
ok "$WILLIS" patches phantom --size 40 --per-subject 8 --out forty.h5
refused 2 "multiples of 32" "$WILLIS" train gan.yaml --set data.patches=forty.h5 --out run-x
told "forty.h5"
refused 2 "fewer than gan.batch = 64" "$WILLIS" train gan.yaml --set gan.batch=64 --out run-x
refused 2 "unet.tile must be a multiple of 16" "$WILLIS" train unet.yaml --set unet.levels=5 --set unet.tile=40
refused 2 "is in the way" "$WILLIS" train gan.yaml --out set.h5/run

faults=$ROOT/../shared/data/faults
if [ -f "$faults/bomb.h5" ]; then
    cp "$faults/bomb.h5" "$faults/vdsself.h5" .
    for command in "train gan.yaml --out run-x --set data.patches=" "evaluate diversity --synthetic="; do
        # shellcheck disable=SC2086 # the words of a command
        refused 2 "bomb.h5: /image would take" "$WILLIS" ${command}bomb.h5
        # shellcheck disable=SC2086
        refused 2 "vdsself.h5: /image is virtual" "$WILLIS" ${command}vdsself.h5
    done
else
    echo "SKIPPED: hostile HDF5 files are not refused here, there is no $faults"
fi

# ---- run folders

refused 2 "run-gan" "$WILLIS" train gan.yaml
told "--resume"
refused 2 "run-gan" "$WILLIS" train gan.yaml --resume --set gan.filters=2
told "gan.filters"
refused 2 "run-none" "$WILLIS" train gan.yaml --resume --out run-none

# ---- networks in each other's place, and damaged ones

refused 2 "run-unet/unet.safetensors" "$WILLIS" generate run-unet/unet.safetensors --count 1 --out out.h5
told "generator"
scan=phantom/sub-003/anat/sub-003_angio.nii.gz
refused 2 "run-gan/generator.safetensors" \
    "$WILLIS" segment run-gan/generator.safetensors "$scan" --out out.nii.gz
refused 2 "run-gan/generator.safetensors" "$WILLIS" evaluate run-gan/generator.safetensors phantom
refused 2 "run-gan/critic.safetensors" "$WILLIS" generate run-gan/critic.safetensors --count 1 --out out.h5
head -c 2000 run-gan/generator.safetensors >cut.safetensors
refused 2 "cut.safetensors" "$WILLIS" generate cut.safetensors --count 1 --out out.h5
refused 2 "gan.yaml" "$WILLIS" generate gan.yaml --count 1 --out out.h5
refused 2 "val split" "$WILLIS" evaluate run-unet/unet.safetensors phantom --split val

# ---- scans given to a network

"$MAKE" nan.nii.gz nan=3
refused 2 "nan.nii.gz" "$WILLIS" segment run-unet/unet.safetensors nan.nii.gz --out out.nii.gz
"$MAKE" series.nii.gz nt=5
refused 2 "5 time points" "$WILLIS" segment run-unet/unet.safetensors series.nii.gz --out out.nii.gz
"$MAKE" brain.nii.gz value=1
refused 2 "brain.nii.gz" "$WILLIS" segment run-unet/unet.safetensors "$scan" --brain brain.nii.gz --out out.nii.gz
told "40x48x8"

# a network that marks everything: done, but not without a word
ok "$WILLIS" train unet.yaml --out run-flood --set unet.threshold=0
ok "$WILLIS" segment run-flood/unet.safetensors "$scan" --out flood.nii.gz
told "warning: flood.nii.gz: 100 % of the voxels looked at are marked"
ok "$WILLIS" evaluate run-flood/unet.safetensors phantom --csv one.csv
said "(the only test patient)"
ok "$WILLIS" evaluate run-flood/unet.safetensors phantom --json
is_json
said '"dice_sd": null'

# ---- a processor without bfloat16: said, and computed in f32

ok env WILLIS_ISA=avx2 "$WILLIS" train gan.yaml --out run-f32
told "memory: critic step"
ok env WILLIS_ISA=avx2 "$WILLIS" train gan.yaml --out run-bf16 --set engine.precision=bf16
told "no bfloat16 instructions"
cmp run-f32/generator.safetensors run-bf16/generator.safetensors || die "f32 is not what took the place of bf16"
refused 2 "engine.precision" "$WILLIS" train gan.yaml --set engine.precision=f16

# ---- a full disk during training: status 1, nothing half written, and the run can go on

ok "$WILLIS" train gan.yaml --out run-full --set gan.filters=2
ok "$COMPARE" json run-full/result.json
(
    ulimit -f 32
    got=0
    "$WILLIS" train gan.yaml --out run-full --resume \
        --set gan.filters=2 --set gan.steps=2 --set study.sample_every=0 >"$LOG/out" 2>"$LOG/err" || got=$?
    [ "$got" = 1 ] || die "exit status $got on a full disk"
    told "run-full/checkpoint-00000002.safetensors"
)
[ ! -e run-full/checkpoint-00000002.safetensors ] || die "a checkpoint was half written"
[ -z "$(find run-full -name '*.tmp*')" ] || die "a temporary file stayed"
ok "$WILLIS" train gan.yaml --out run-full --set gan.filters=2 --set gan.steps=2 --set study.sample_every=0 --resume
[ -e run-full/checkpoint-00000002.safetensors ] || die "the run did not go on"
