#!/bin/sh
# The first day: the arteries of a scan by the network that comes with willis, on heads and sites that it never saw.
set -eu
. "$(dirname "$0")/common.sh"
unset WILLIS_MODELS
[ -s "$ROOT/models/tof-vessels.safetensors" ] || exit 77 # a source tree without networks

# dice_above SITE FLOOR
dice_above() {
    ok "$WILLIS" phantom tof --out "$1" --site "$1" --train 0 --val 0 --test 1 --matrix 208x256x84 --seed 2024
    ok "$WILLIS" evaluate vessels "$1" --csv "$1.csv"
    awk -F, -v floor="$2" 'NR == 2 {exit !($2 > floor)}' "$1.csv" || die "Dice on site $1: $(cat "$1.csv")"
}
dice_above a 0.6
dice_above b 0.6

scan=a/sub-001/anat/sub-001_angio.nii.gz
ok "$WILLIS" segment vessels "$scan" --out vessels.nii.gz
ok "$COMPARE" grid "$scan" vessels.nii.gz
[ ! -s "$LOG/err" ] || ! grep -q warning "$LOG/err" || die "the arteries are hardly plausible"
