#!/bin/sh
# The steps of README.md on a tiny cohort, from phantoms to scores.
set -eu
. "$(dirname "$0")/common.sh"

# ---- a cohort, its check, splits
ok "$WILLIS" phantom tof --out phantom --train 3 --val 1 --test 2 --matrix 64x80x32
said "3 train, 1 val and 2 test subjects"
[ "$(wc -l <phantom/cohort.tsv)" = 7 ] || die "cohort.tsv has not one line per subject"
ok "$WILLIS" cohort check phantom --overlays check --json
is_json
cp "$LOG/out" check.json
grep -q '"n_errors": 0' check.json || die "the phantom cohort has errors"
[ "$(find check -name '*.png' | wc -l)" = 6 ] || die "not one overlay per subject"
ok "$WILLIS" cohort list phantom
said "sub-006"
sed 's/\t\(train\|val\|test\)\t/\t\t/' phantom/cohort.tsv >phantom/unsplit.tsv
ok "$WILLIS" cohort split phantom/unsplit.tsv --train 0.5 --val 0.17 --seed 3 --out split.tsv
said "train 3, val 1, test 2; 6 of them drawn now"
ok "$WILLIS" cohort list split.tsv # its paths are found from where it lies
cp "$LOG/out" split.txt
ok "$WILLIS" cohort split phantom/unsplit.tsv --train 0.5 --val 0.17 --seed 3 --out split.tsv
ok "$WILLIS" cohort list split.tsv
cmp -s "$LOG/out" split.txt || die "the same seed gives another split"
refused 2 "already holds a cohort" "$WILLIS" phantom tof --out phantom --matrix 64x80x32

# ---- patches: half of them centred on vessels, the same for any number of threads
ok "$WILLIS" patches phantom --split train --size 32 --per-subject 24 --out patches.h5 --montage patches.png
said "72 patches of 32x32 voxels from 3 subjects"
ok "$WILLIS" patches phantom --split train --size 32 --per-subject 24 --threads 1 --out again.h5
ok "$COMPARE" patches patches.h5 again.h5 0
ok "$WILLIS" patches phantom --split train --size 32 --per-subject 24 --seed 2 --out again.h5
ok "$COMPARE" differ patches.h5 again.h5

# ---- the generative network
cat >gan.yaml <<'END'
study: {kind: gan, output: run-gan, checkpoint_every: 5, sample_every: 5, log_every: 1}
data: {patches: patches.h5}
gan: {filters: 2, latent: 8, batch: 8, steps: 10, critic_steps: 2, calibration_samples: 64}
END
ok "$WILLIS" train gan.yaml --json
is_json
told "72 patches of 3 patients; "
told "distance estimate"
said '"steps": 10'
said '"interrupted": false'
[ "$(wc -l <run-gan/log.csv)" = 11 ] || die "log.csv has not one row per step"
for file in config.yaml generator.safetensors critic.safetensors result.json checkpoint-00000010.safetensors \
    samples/step-00000010.png; do
    [ -s "run-gan/$file" ] || die "no run-gan/$file"
done
ok "$WILLIS" config check run-gan/config.yaml

# ---- a synthetic set: patch i depends on generator, seed and i alone
ok "$WILLIS" generate run-gan/generator.safetensors --count 70 --seed 1 --out synthetic.h5 --montage synthetic.png
said "70 synthetic patches of 32x32 voxels"
ok "$WILLIS" generate run-gan/generator.safetensors --count 70 --seed 1 --out again.h5 --json
is_json
ok "$COMPARE" patches synthetic.h5 again.h5 0
ok "$WILLIS" generate run-gan/generator.safetensors --count 5 --first 37 --seed 1 --out part.h5
ok "$COMPARE" patches synthetic.h5 part.h5 37
ok "$WILLIS" generate run-gan/generator.safetensors --count 70 --seed 2 --out again.h5
ok "$COMPARE" differ synthetic.h5 again.h5

# ---- labels first: images around vessel masks, which only phantoms' are free to give
ok "$WILLIS" phantom tof --out vessels --train 1 --val 0 --test 0 --matrix 64x80x32 --labels-only
ok "$WILLIS" patches vessels --size 32 --per-subject 8 --out labels.h5 --montage labels.png
said "8 label patches of 32x32 voxels"
refused 2 "generate --labels" "$WILLIS" train gan.yaml --set data.patches=labels.h5 --set run.output=run-labels
ok "$WILLIS" train gan.yaml --set gan.labels=given --set gan.steps=2 --set run.output=run-given
ok "$WILLIS" generate run-given/generator.safetensors --labels labels.h5 --out around.h5
said "8 synthetic patches of 32x32 voxels"
said "labels: of phantoms"
mask=vessels/derivatives/willis/sub-001/anat/sub-001_desc-vessel_mask.nii.gz
ok "$WILLIS" generate run-given/generator.safetensors --labels $mask --count 4 --out around.h5 --json
is_json
said "no: carries patients' vessel trees"
refused 2 "give vessel masks with --labels" "$WILLIS" generate run-given/generator.safetensors --count 4 --out no.h5
refused 2 "takes no labels" "$WILLIS" generate run-gan/generator.safetensors --labels labels.h5 --out no.h5
refused 2 "how many patches" "$WILLIS" generate run-gan/generator.safetensors --out no.h5
refused 2 "has no meaning with --vessels" "$WILLIS" phantom tof --vessels $mask --labels-only --out no.nii.gz

# ---- the segmentation network, on the synthetic set, scored on real patients
cat >unet.yaml <<'END'
study: {kind: segmentation, output: run-unet, checkpoint_every: 1}
data: {patches: synthetic.h5, cohort: phantom}
unet: {filters: 2, levels: 3, batch: 8, epochs: 2, learning_rate: 1e-3, tile: 32}
END
ok "$WILLIS" train unet.yaml --json
is_json
said '"epochs": 2'
told "70 synthetic patches, 8 steps an epoch"
said '"best_val_dice"'
ok "$WILLIS" evaluate run-unet/unet.safetensors phantom --split test --predictions predictions --csv dice.csv
said "sub-005"
said "mean and standard deviation of 2 test patients"
for title in clDice HD95 sensitivity; do
    sed -n '1p' "$LOG/out" | grep -q "$title" || die "no column $title beside Dice"
done
[ "$(wc -l <dice.csv)" = 3 ] || die "dice.csv has not one row per patient"
[ "$(head -n 1 dice.csv)" = "subject,dice,cldice,hd95_mm,sensitivity" ] || die "columns of dice.csv"
[ -s predictions/sub-006_pred.nii.gz ] || die "no prediction of sub-006"
ok "$WILLIS" evaluate run-unet/unet.safetensors phantom --json
is_json

# ---- one scan: outputs lie on the input's grid, affine included; evaluate's prediction is segment's
scan=phantom/sub-005/anat/sub-005_angio.nii.gz
brain=phantom/derivatives/willis/sub-005/anat/sub-005_desc-brain_mask.nii.gz
ok "$WILLIS" segment run-unet/unet.safetensors "$scan" --brain "$brain" --out vessels.nii.gz --probability prob.nii.gz
ok "$COMPARE" grid "$scan" vessels.nii.gz
ok "$COMPARE" grid "$scan" prob.nii.gz
gzip -dc vessels.nii.gz >a.nii
gzip -dc predictions/sub-005_pred.nii.gz >b.nii
cmp -s a.nii b.nii || die "segment and evaluate give different masks"
ok "$WILLIS" segment run-unet/unet.safetensors "$scan" --brain "$brain" --out again.nii.gz --threads 1 --json
is_json
cmp -s vessels.nii.gz again.nii.gz || die "segment depends on the number of threads"

# networks by name: the same results as by their files
mkdir networks
cp run-unet/unet.safetensors networks/tof-vessels.safetensors
cp run-gan/generator.safetensors networks/tof-generator.safetensors
export WILLIS_MODELS="$PWD/networks"
ok "$WILLIS" segment vessels "$scan" --brain "$brain" --out again.nii.gz
cmp -s vessels.nii.gz again.nii.gz || die "a network gives another mask by its name"
ok "$WILLIS" generate phantom --count 70 --seed 1 --out again.h5
ok "$COMPARE" patches synthetic.h5 again.h5 0
ok "$WILLIS" evaluate tof-vessels phantom --split test --csv again.csv
cmp -s dice.csv again.csv || die "a network gives another score by its name"
refused 2 "there is no public network 'vesels'; there are: tof-generator (or phantom), tof-vessels (or vessels)" \
    "$WILLIS" segment vesels "$scan" --out again.nii.gz
refused 2 "no public network 'gan'" "$WILLIS" generate gan --count 2 --out again.h5
refused 2 "tof-generator.safetensors" "$WILLIS" evaluate phantom phantom
refused 2 "./network: no such file or folder (given as MODEL)" "$WILLIS" segment ./network "$scan" --out again.nii.gz
unset WILLIS_MODELS

# a file that is stored sagittally gives the same mask, stored sagittally too
for code in LAS PSR; do
    ok "$WILLIS" conform "$scan" --reorient $code --out turned.nii.gz
    ok "$WILLIS" conform "$brain" --reorient $code --out turned-brain.nii.gz
    ok "$WILLIS" segment run-unet/unet.safetensors turned.nii.gz --brain turned-brain.nii.gz --out turned-vessels.nii.gz
    ok "$COMPARE" grid turned.nii.gz turned-vessels.nii.gz
    ok "$WILLIS" conform turned-vessels.nii.gz --reorient RAS --out back.nii
    ok "$WILLIS" conform vessels.nii.gz --reorient RAS --out front.nii
    cmp -s back.nii front.nii || die "segment depends on how the scan is stored ($code)"
done

# ---- a first label, and a head painted around vessels
ok "$WILLIS" label "$scan" --brain "$brain" --out label.nii.gz --json
is_json
for key in n_pieces seed_threshold grow_threshold; do
    said "\"$key\": "
done
[ ! -s "$LOG/err" ] || die "a plausible label is warned of"
ok "$COMPARE" grid "$scan" label.nii.gz
ok "$WILLIS" label "$scan" --out flood.nii.gz --seed-threshold 100 --grow-threshold 5 --grow-vesselness 0
said "seeds above 100, grown through voxels above 5"
told "warning: flood.nii.gz: "
ok "$WILLIS" phantom tof --vessels label.nii.gz --out painted.nii.gz --label-out l.nii.gz --brain-out b.nii.gz --json
is_json
[ ! -s "$LOG/err" ] || die "a whole head was taken for a narrow field"
ok "$COMPARE" grid "$scan" painted.nii.gz
[ -s l.nii.gz ] && [ -s b.nii.gz ] || die "label or brain mask of the painted head is missing"
