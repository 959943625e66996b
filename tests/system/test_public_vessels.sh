#!/bin/sh
# The first day: the arteries of a scan by the network that comes with willis, on a site that it never saw.
set -eu
. "$(dirname "$0")/common.sh"
unset WILLIS_MODELS
[ -s "$ROOT/models/tof-vessels.safetensors" ] || exit 77 # a source tree without networks

ok "$WILLIS" phantom tof --out b --site b --train 0 --val 0 --test 1 --matrix 208x256x84 --seed 2024
scan=b/sub-001/anat/sub-001_angio.nii.gz
truth=b/derivatives/willis/sub-001/anat/sub-001_desc-vessel_mask.nii.gz
ok "$WILLIS" segment vessels "$scan" --out vessels.nii.gz
! grep -q warning "$LOG/err" || die "the arteries are hardly plausible"
ok "$COMPARE" grid "$scan" vessels.nii.gz
ok "$WILLIS" evaluate segmentation --truth "$truth" --prediction vessels.nii.gz --csv scores.csv
awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == "dice") at = i} NR == 2 {exit !($at > 0.6)}' scores.csv ||
    die "Dice of 0.6 or less: $(cat scores.csv)"
