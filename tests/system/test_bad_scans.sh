#!/bin/sh
# Scans and cohorts with something wrong: exit status 2, a sentence that names the file, nothing written.
set -eu
. "$(dirname "$0")/common.sh"

"$MAKE" good.nii.gz
"$MAKE" label.nii.gz value=0 box=1
header='subject\tsplit\timage\tlabel\tmask\n'

# A cohort of one subject, "bad.tsv", from image and label.
cohort() {
    printf "${header}s1\ttrain\t$1\t$2\t\n" >bad.tsv
}
# The cohort must be refused by patches, and found wanting by cohort check, which tells more than one thing at once.
bad_cohort() {
    cohort "$1" "$2"
    refused 2 "$3" "$WILLIS" patches bad.tsv --size 16 --per-subject 4 --out out.h5
    told "$4"
    got=0
    "$WILLIS" cohort check bad.tsv >"$LOG/out" 2>"$LOG/err" || got=$?
    [ "$got" = 2 ] || die "cohort check ends with $got for $1 and $2"
    said "$3"
    said "error: "
}

# the good one is accepted, or else the rest of this test says nothing
cohort good.nii.gz label.nii.gz
ok "$WILLIS" patches bad.tsv --size 16 --per-subject 4 --out out.h5
said "from 1 subject,"
told "warning: patches of 16x16 voxels do for a segmentation network at most"
told "no brain masks"
ok "$WILLIS" patches bad.tsv --size 32 --per-subject 4 --out out.h5 --whole-field
if grep -qE "warning|no brain" "$LOG/err"; then die "a warning where nothing is wrong"; fi
ok "$WILLIS" cohort check bad.tsv
rm out.h5

head -c 700 good.nii.gz >truncated.nii.gz
bad_cohort truncated.nii.gz label.nii.gz "truncated.nii.gz" "truncated"
refused 2 "truncated.nii.gz" "$WILLIS" label truncated.nii.gz --out out.nii.gz
gzip -dc good.nii.gz | head -c 30000 >truncated.nii
bad_cohort truncated.nii label.nii.gz "truncated.nii" "truncated"

# one byte in the middle of the compressed data
cp good.nii.gz corrupt.nii.gz
printf '\377' | dd of=corrupt.nii.gz bs=1 seek=600 conv=notrunc 2>"$LOG/err"
cmp -s good.nii.gz corrupt.nii.gz && printf '\0' | dd of=corrupt.nii.gz bs=1 seek=600 conv=notrunc 2>"$LOG/err"
bad_cohort corrupt.nii.gz label.nii.gz "corrupt.nii.gz" "corrupt"
refused 2 "corrupt.nii.gz" "$WILLIS" label corrupt.nii.gz --out out.nii.gz

echo "this is no scan" >text.nii.gz
bad_cohort text.nii.gz label.nii.gz "text.nii.gz" "text.nii.gz"
: >empty.nii
bad_cohort empty.nii label.nii.gz "empty.nii" "empty.nii"

"$MAKE" small.nii.gz nx=39 value=0 box=1
bad_cohort good.nii.gz small.nii.gz "small.nii.gz" "39x48x8"
"$MAKE" moved.nii.gz ox=2 value=0 box=1
bad_cohort good.nii.gz moved.nii.gz "moved.nii.gz" "2 mm away"
"$MAKE" twos.nii.gz value=0 box=2
bad_cohort good.nii.gz twos.nii.gz "twos.nii.gz" "2"
"$MAKE" nothing.nii.gz value=0
bad_cohort good.nii.gz nothing.nii.gz "nothing.nii.gz" "empty"

"$MAKE" nan.nii.gz nan=3
bad_cohort nan.nii.gz label.nii.gz "nan.nii.gz" "3 NaN or infinite voxels"
refused 2 "nan.nii.gz" "$WILLIS" label nan.nii.gz --out out.nii.gz
"$MAKE" infinite.nii.gz inf=2
bad_cohort infinite.nii.gz label.nii.gz "infinite.nii.gz" "2 NaN or infinite voxels"
"$MAKE" series.nii.gz nt=5
bad_cohort series.nii.gz label.nii.gz "series.nii.gz" "5 time points"
refused 2 "5 time points" "$WILLIS" label series.nii.gz --out out.nii.gz
"$MAKE" flat.nii.gz sz=0 affine=0
bad_cohort flat.nii.gz label.nii.gz "flat.nii.gz" "spacing"
"$MAKE" mirrored.nii.gz sx=-1 affine=0
bad_cohort mirrored.nii.gz label.nii.gz "mirrored.nii.gz" "spacing"

# a volume smaller than the patch
cohort good.nii.gz label.nii.gz
refused 2 "40x48" "$WILLIS" patches bad.tsv --size 96 --per-subject 4 --out out.h5
told "s1"

# cohort tables
bad_cohort missing.nii.gz label.nii.gz "missing.nii.gz" "bad.tsv:2"
printf "${header}s1\ttrain\tgood.nii.gz\tlabel.nii.gz\t\ns1\ttest\tgood.nii.gz\tlabel.nii.gz\t\n" >twice.tsv
refused 2 "s1 is in two splits" "$WILLIS" patches twice.tsv --size 16 --out out.h5
told "twice.tsv:3"
refused 2 "twice.tsv:3" "$WILLIS" cohort list twice.tsv
printf "${header}s1\ttrian\tgood.nii.gz\tlabel.nii.gz\t\n" >split.tsv
refused 2 "unknown split 'trian'" "$WILLIS" cohort list split.tsv
told "split.tsv:2"
printf "${header}" >no_rows.tsv
refused 2 "no_rows.tsv" "$WILLIS" cohort check no_rows.tsv
printf "${header}s1\ttest\tgood.nii.gz\tlabel.nii.gz\t\n" >only_test.tsv
refused 2 "no subject is in the split train" "$WILLIS" patches only_test.tsv --size 16 --out out.h5
refused 2 "no_such_cohort" "$WILLIS" cohort check no_such_cohort

# outputs that cannot be: told before the work
refused 2 "good.nii.gz/x" "$WILLIS" patches only_test.tsv --out good.nii.gz/x/out.h5
refused 2 "does not exist" "$WILLIS" label good.nii.gz --out no_folder/out.nii.gz
refused 2 "must end in .nii or .nii.gz" "$WILLIS" label good.nii.gz --out vessels.png
refused 2 "would be overwritten" "$WILLIS" label good.nii.gz --out ./good.nii.gz
refused 2 "not an ordinary file" "$WILLIS" patches only_test.tsv --out /dev/null
refused 2 "is in the way" "$WILLIS" phantom tof --out good.nii.gz/x --matrix 64x80x32
refused 2 "is in the way" "$WILLIS" cohort check bad.tsv --overlays good.nii.gz
[ -c /dev/null ] || die "/dev/null is gone"

# impossible phantoms
refused 2 "--matrix must be" "$WILLIS" phantom tof --out p --matrix 64x80
refused 2 "the arteries of the head need" "$WILLIS" phantom tof --out p --matrix 32x80x32 --spacing 1x2x2
ok "$WILLIS" phantom tof --vessels label.nii.gz --out painted.nii.gz
told "the field is narrower than a head"
rm painted.nii.gz
refused 2 "nothing.nii.gz" "$WILLIS" phantom tof --vessels nothing.nii.gz --out painted.nii.gz
refused 2 "--train" "$WILLIS" phantom tof --vessels label.nii.gz --out painted.nii.gz --train 3
refused 2 "--label-out" "$WILLIS" phantom tof --out p --label-out label.nii.gz

# a full disk is the machine's failure, not the user's: status 1; what was there before stays
cohort good.nii.gz label.nii.gz
ok "$WILLIS" patches bad.tsv --size 16 --per-subject 4 --out set.h5
(
    ulimit -f 16
    refused 1 "set.h5" "$WILLIS" patches bad.tsv --size 16 --per-subject 400 --seed 2 --out set.h5
    refused 1 "painted.nii" "$WILLIS" phantom tof --vessels label.nii.gz --out painted.nii
)
ok "$COMPARE" patches set.h5 set.h5 0
