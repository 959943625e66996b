#!/bin/sh
# willis perfusion: bad input is refused in a sentence; the shared phantom, where it is there, gives maps near its truth.
set -eu
. "$(dirname "$0")/common.sh"

# constant in time, and 3D
"$MAKE" flat.nii nx=16 ny=16 nz=2 nt=20 value=100
"$MAKE" volume.nii nx=16 ny=16 nz=2 value=100
"$MAKE" mask.nii nx=17 ny=16 nz=2 value=1

refused 2 "--out is missing" "$WILLIS" perfusion flat.nii --te 0.03
refused 2 "flat.nii: the echo time (TE) is not known" "$WILLIS" perfusion flat.nii -o out
refused 2 "exactly 1 s, which converters write" "$WILLIS" perfusion flat.nii -o out --te 0.03
refused 2 "--exclude-frames must be frames or ranges" "$WILLIS" perfusion flat.nii -o out --te 0.03 --tr 1.5 --exclude-frames 5,30:99
refused 2 "is it in milliseconds" "$WILLIS" perfusion flat.nii -o out --te 30 --tr 1.5
refused 2 "--te 0.03" "$WILLIS" perfusion flat.nii -o out --te 30 --tr 1.5
refused 2 "one of them means milliseconds" "$WILLIS" perfusion flat.nii -o out --te 0.03 --tr 1000
refused 2 "is a 3D volume" "$WILLIS" perfusion volume.nii -o out --te 0.03 --tr 1.5
refused 2 "no bolus" "$WILLIS" perfusion flat.nii -o out --te 0.03 --tr 1.5
refused 2 "mask.nii has 17x16x2 voxels, flat.nii 16x16x2" "$WILLIS" perfusion flat.nii -o out --te 0.03 --mask mask.nii --tr 1.5
refused 2 "no_such.nii does not exist" "$WILLIS" perfusion flat.nii -o out --te 0.03 --mask no_such.nii --tr 1.5
refused 2 "no_such.csv does not exist" "$WILLIS" perfusion flat.nii -o out --te 0.03 --aif no_such.csv --tr 1.5
refused 2 "--baseline must be auto or A:B" "$WILLIS" perfusion flat.nii -o out --te 0.03 --baseline 5 --tr 1.5
[ ! -e out ] || die "a refused run left a folder"

DRO=$ROOT/../shared/data/dsc_dro/varying_cbf
SERIES=$DRO/St_disp_0_exponential_lvl_high_delay_0_lvl_high_resfunc_gamma_dist_lambda_1_cbf_20_10.nii.gz
if [ ! -e "$SERIES" ]; then
    echo "skipped the shared phantom: $SERIES is not there"
    exit 0
fi
ok "$WILLIS" perfusion "$SERIES" -o out --te 0.029 --tr 1.243 --aif "$DRO/aif.nii" --aif-kind signal \
    --r2-blood 7.0281 --r2-tissue 130.8347 --hematocrit-factor 1 --density 1 --mask none --json
is_json
for file in cbf.nii.gz cbv.nii.gz mtt.nii.gz tmax.nii.gz ttp.nii.gz cbf.json mask.nii.gz aif.csv result.json report.html; do
    [ -s "out/$file" ] || die "out/$file is not there"
done
grep -q '"Units": "ml/100g/min"' out/cbf.json || die "cbf.json names no unit"
[ "$(grep -c "Not a medical device" out/report.html)" = 1 ] || die "the report says what it is for not at all, or more than once"
grep -q '"aif_from": "AIF"' out/result.json || die "result.json does not say where the artery came from"
# the artery that was written is the artery that was used
"$WILLIS" perfusion "$SERIES" -o again --te 0.029 --tr 1.243 --aif out/aif.csv --aif-kind concentration \
    --r2-tissue 130.8347 --hematocrit-factor 1 --density 1 --mask none --no-bias --quiet >"$LOG/out" 2>"$LOG/err" ||
    die "our own aif.csv is not read"
cmp -s out/cbf.nii.gz again/cbf.nii.gz || die "the artery read from aif.csv gives other maps"
# neither does the number of threads matter
OMP_NUM_THREADS=1 "$WILLIS" perfusion "$SERIES" -o one --te 0.029 --tr 1.243 --aif out/aif.csv --aif-kind concentration \
    --r2-tissue 130.8347 --hematocrit-factor 1 --density 1 --mask none --no-bias --quiet >"$LOG/out" 2>"$LOG/err" ||
    die "one thread fails"
cmp -s one/tmax.nii.gz again/tmax.nii.gz || die "one thread gives other maps than two"
