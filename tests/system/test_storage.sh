#!/bin/sh
# How a file stores a head changes no result, and what comes out is stored as the input was. willis conform makes the
# storages, and what other messages advise to make.
set -eu
. "$(dirname "$0")/common.sh"

# the voxels of a file, stored as RAS, behind the header
voxels() {
    "$WILLIS" conform "$1" --reorient RAS --out "$WORK/upright.nii" --quiet >/dev/null
    tail -c +353 upright.nii
    rm upright.nii
}
same() {
    voxels "$1" >one
    voxels "$2" >other
    cmp -s one other || die "$1 and $2 differ"
    rm one other
}
axes() {
    ok "$WILLIS" conform "$1" --out copy.nii --json
    said "\"axes\": \"$2\""
    rm copy.nii
}

ok "$WILLIS" phantom tof --out heads --train 1 --val 0 --test 1 --matrix 64x80x32
ok "$WILLIS" phantom dsc --out bolus --matrix 32x32x4 --spacing 6x6x12 --mode healthy --train 1 --val 0 --test 0
scan=heads/sub-001/anat/sub-001_angio.nii.gz
vessels=$(find heads/derivatives -name 'sub-001*vessel_mask.nii.gz')
brain=$(find heads/derivatives -name 'sub-001*brain_mask.nii.gz')
series=bolus/sub-001/perf/sub-001_dsc.nii.gz
te_tr="--te 0.03 --tr 1.5"

for code in RAS LAS LPS RSA PSR IAL; do
    for file in scan vessels brain series; do
        eval "from=\$$file"
        ok "$WILLIS" conform "$from" --reorient $code --out $code-$file.nii.gz
        same "$from" $code-$file.nii.gz
        axes $code-$file.nii.gz $code
    done
    ok "$WILLIS" label $code-scan.nii.gz --brain $code-brain.nii.gz --out $code-found.nii.gz
    ok "$WILLIS" perfusion $code-series.nii.gz -o $code-maps --sidecar bolus/sub-001/perf/sub-001_dsc.json --no-bias
    ok "$WILLIS" phantom tof --vessels $code-vessels.nii.gz --out $code-head.nii.gz
    printf 'subject\tsplit\timage\tlabel\tmask\nh\ttrain\t%s\t%s\t%s\n' $code-scan.nii.gz $code-vessels.nii.gz \
        $code-brain.nii.gz >$code.tsv
    ok "$WILLIS" patches $code.tsv --out $code.h5 --size 32 --per-subject 30
    ok "$WILLIS" evaluate segmentation --truth $code-vessels.nii.gz --prediction $code-found.nii.gz --csv $code.csv
    [ $code = RAS ] && continue
    axes $code-found.nii.gz $code
    axes $code-maps/cbf.nii.gz $code
    same RAS-found.nii.gz $code-found.nii.gz
    # headers keep an origin as float, so that of another corner may round by a millionth of a millimetre, in which
    # the edge of a tissue moves: one voxel in ten thousand at most
    voxels RAS-head.nii.gz >one
    voxels $code-head.nii.gz >other
    [ "$(cmp -l one other | wc -l)" -le 16 ] || die "heads differ in $(cmp -l one other | wc -l) voxels"
    for map in cbf cbv mtt tmax ttp mask; do
        same RAS-maps/$map.nii.gz $code-maps/$map.nii.gz
    done
    ok "$COMPARE" patches RAS.h5 $code.h5 0
    # centrelines, calibres, everything
    sed 's/RAS-//' RAS.csv | cut -d , -f 2- >a.csv
    sed "s/$code-//" $code.csv | cut -d , -f 2- >b.csv
    cmp -s a.csv b.csv || die "scores differ: $(diff a.csv b.csv)"
done

# a truth and a prediction that are stored otherwise lie on each other, and the user is told
ok "$WILLIS" evaluate segmentation --truth RAS-vessels.nii.gz --prediction LPS-found.nii.gz --csv mixed.csv
ok "$WILLIS" evaluate segmentation --truth RAS-vessels.nii.gz --prediction RAS-found.nii.gz --labels --nsd-area --instances --csv labels.csv
ok "$WILLIS" evaluate segmentation --truth RAS-vessels.nii.gz --prediction LPS-found.nii.gz --labels --nsd-area --instances --csv mixed-labels.csv
cmp labels.csv mixed-labels.csv || die "labels that are stored otherwise score otherwise"
told "LPS-found.nii.gz is stored LPS, RAS-vessels.nii.gz RAS; it was turned to lie on it"
cut -d , -f 2- mixed.csv >b.csv
cut -d , -f 2- RAS.csv >a.csv
cmp -s a.csv b.csv || die "scores differ: $(diff a.csv b.csv)"

# an oblique label: what the message advises works
"$MAKE" oblique.nii nx=40 ny=44 nz=32 sx=3 sy=3 sz=3 value=0 box=1 turn=25
refused 2 "willis conform LABEL --upright --label" "$WILLIS" phantom tof --vessels oblique.nii --out head.nii
ok "$WILLIS" conform oblique.nii --upright --label --out upright-label.nii.gz
ok "$WILLIS" phantom tof --vessels upright-label.nii.gz --out head.nii
"$MAKE" tilted.nii nx=40 ny=44 nz=32 turn=25
ok "$WILLIS" label tilted.nii --out tilted-vessels.nii --seed-quantile 0.5 --grow-quantile 0.4
ok "$COMPARE" grid tilted.nii tilted-vessels.nii

# a label that lost its affine, and one on another grid
"$MAKE" lost.nii nx=40 ny=44 nz=32 value=0 box=1 affine=0
refused 2 "lies" "$WILLIS" evaluate segmentation --truth tilted-vessels.nii --prediction lost.nii
ok "$WILLIS" conform lost.nii --copy-affine tilted.nii --label --out found.nii
ok "$COMPARE" grid tilted.nii found.nii
"$MAKE" coarse.nii nx=20 ny=22 nz=16 sx=2 sy=2 sz=2 value=0 box=1 turn=25
refused 2 "willis conform --like" "$WILLIS" evaluate segmentation --truth tilted-vessels.nii --prediction coarse.nii
ok "$WILLIS" conform coarse.nii --like tilted-vessels.nii --label --out fine.nii
said "resampled by the nearest voxel"
ok "$WILLIS" evaluate segmentation --truth tilted-vessels.nii --prediction fine.nii
"$MAKE" small.nii nx=20 ny=22 nz=16
refused 2 "an affine can only be copied between files of one size" "$WILLIS" conform lost.nii --copy-affine small.nii \
    --out no.nii
refused 2 "--like takes all of a grid" "$WILLIS" conform lost.nii --like small.nii --spacing 2 --out no.nii
refused 2 "is no orientation" "$WILLIS" conform lost.nii --reorient RAL --out no.nii
refused 2 "2 spacings" "$WILLIS" conform lost.nii --spacing 1,2 --out no.nii
ok "$WILLIS" conform small.nii --spacing 0.5 --out half.nii --json
is_json
said '"resampling": "linear"'
