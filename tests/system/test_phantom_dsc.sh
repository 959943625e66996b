#!/bin/sh
# willis phantom dsc, then willis perfusion on what it made; wrong options are refused in a sentence.
set -eu
. "$(dirname "$0")/common.sh"

refused 2 "--tr" "$WILLIS" phantom dsc --out out --tr 1500
refused 2 "take more frames" "$WILLIS" phantom dsc --out out --frames 20
refused 2 "a head needs 100 to 500 mm" "$WILLIS" phantom dsc --out out --matrix 16x16x4
refused 2 "0 train, 0 val and 0 test" "$WILLIS" phantom dsc --out none --train 0 --val 0 --test 0
[ ! -e out ] || die "a refused run left a folder"

# two runs of one seed, one of them in one thread: the same bytes
make="phantom dsc --shape slab --mode acute --residue exponential --matrix 40x48x2 --spacing 3x3x5 --frames 60 --train 1 --val 1 --test 1"
# shellcheck disable=SC2086
ok "$WILLIS" $make --out bolus --json
is_json
# shellcheck disable=SC2086
OMP_NUM_THREADS=1 "$WILLIS" $make --out again --quiet >"$LOG/out" 2>"$LOG/err" || die "one thread fails"
diff -r bolus again >"$LOG/out" 2>&1 || die "the same seed gives other files"
# the cohort is one: three subjects, each in one split
[ "$(cut -f 1 bolus/cohort.tsv | sort -u | wc -l)" = 4 ] || die "a subject is in two splits"
ok "$WILLIS" cohort list bolus
said "sub-003"

# TE, TR, relaxivities and constants come from the sidecar, the artery from the truth
truth=bolus/derivatives/willis/sub-001/perf/sub-001_desc
ok "$WILLIS" perfusion bolus/sub-001/perf/sub-001_dsc.nii.gz -o maps --aif ${truth}-true_aif.csv \
    --mask ${truth}-brain_mask.nii.gz --relative white --white ${truth}-white_mask.nii.gz --core ${truth}-core_mask.nii.gz
[ -s maps/rcbf.nii.gz ] || die "no relative flow"
for setting in '"r2_tissue": 44.0' '"r2_blood": 7.62' '"hematocrit_factor": 0.733' '"density_g_ml": 1.04'; do
    grep -q "$setting" maps/result.json || die "result.json does not say $setting"
done
refused 2 "--relative white" "$WILLIS" perfusion bolus/sub-001/perf/sub-001_dsc.nii.gz -o other \
    --white ${truth}-white_mask.nii.gz

# a head that moves so much that no artery is found, and what to do about it
ok "$WILLIS" phantom dsc --out moving --matrix 48x48x6 --spacing 4x4x10 --mode healthy --train 1 --val 0 --test 0 --motion 3
refused 2 "no artery was found" "$WILLIS" perfusion moving/sub-001/perf/sub-001_dsc.nii.gz -o still
ok "$WILLIS" perfusion moving/sub-001/perf/sub-001_dsc.nii.gz -o still --motion

# times of slices and frames to leave out, from sidecar and command line; the time step of a file X,Y,Z,1,T
cp bolus/sub-001/perf/sub-001_dsc.nii.gz timed.nii.gz
sed 's/"EchoTime"/"SliceTiming": [0, 0.75], "EchoTime"/' bolus/sub-001/perf/sub-001_dsc.json >timed.json
ok "$WILLIS" perfusion timed.nii.gz -o timed --no-bias --exclude-frames 2,58:59
grep -q "was moved to frames 1.5 s apart, as SliceTiming" timed/result.json || die "SliceTiming is not told"
grep -q "frames 58 to 59 (counted from 0) are excluded as asked and were left out" timed/result.json || die "--exclude-frames is not told"
# shellcheck disable=SC2086
"$WILLIS" $make --out five --five-d --quiet >"$LOG/out" 2>"$LOG/err" || die "--five-d fails"
cp five/sub-001/perf/sub-001_dsc.nii.gz five.nii.gz
ok "$WILLIS" perfusion five.nii.gz -o five_maps --no-bias --te 0.03
grep -q '"tr_s": 1.5' five_maps/result.json || die "the time step of a 5D file is not read"
# ranges are drawn by subject
ok "$WILLIS" phantom dsc --out many --shape slab --matrix 28x34x1 --spacing 4x4x5 --train 2 --val 0 --test 0 --dose-to 0.2 \
    --snr 20 --snr-to 100 --tr-to 2 --dispersion-to 2
[ "$(cut -f 15-18 many/participants.tsv | sort -u | wc -l)" = 3 ] || die "subjects do not differ in TR, dose, dispersion and SNR"
refused 2 "--dose" "$WILLIS" phantom dsc --out none --dose 5
