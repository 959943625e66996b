#!/bin/sh
# evaluate segmentation and evaluate similarity: what they write, how cases pair, and what they refuse.
set -eu
. "$(dirname "$0")/common.sh"
seg() { "$WILLIS" evaluate segmentation "$@"; }

"$MAKE" box.nii.gz value=0 box=1
"$MAKE" empty.nii.gz value=0
"$MAKE" full.nii.gz value=1
"$MAKE" moved.nii.gz value=0 box=1 ox=2
"$MAKE" small.nii.gz value=0 box=1 nx=60
"$MAKE" labels.nii.gz value=0 box=255
"$MAKE" image.nii.gz
"$MAKE" nan.nii.gz nan=3

# ---- one pair
ok seg --truth box.nii.gz --prediction box.nii.gz
said "case box: ok"
ok seg --truth box.nii.gz --prediction box.nii.gz --json
is_json
for key in '"case": "box"' '"status": "ok"' '"dsc": 1.0' '"hd95_mm": 0.0' '"assd_mm": 0.0' '"bavd_vox": 0.0' \
    '"bavd_mm": 0.0' '"cldice": 1.0' '"n_failed": 0' '"betti1_error": 0.0' '"sd": null'; do
    said "$key"
done
ok seg --truth box.nii.gz --prediction full.nii.gz --mask box.nii.gz --json
said '"dsc": 1.0' # within the box both are full
ok seg --truth labels.nii.gz --prediction box.nii.gz --threshold 0.5 --json
said '"dsc": 1.0'
# a threshold of the prediction leaves the truth as it is
for threshold in --prediction-threshold --threshold; do
    ok seg --truth box.nii.gz --prediction labels.nii.gz $threshold 127 --json
    said '"dsc": 1.0'
    said '"status": "ok"'
done
"$MAKE" probability.nii.gz value=0 box=0.4
refused 2 "cut the truth by --truth-threshold" "$WILLIS" evaluate segmentation --truth image.nii.gz --prediction box.nii.gz --threshold 0.5
told "image.nii.gz is the truth"
ok seg --truth probability.nii.gz --prediction box.nii.gz --truth-threshold 0.3 --json
said '"dsc": 1.0'
ok seg --truth box.nii.gz --prediction full.nii.gz --tolerance 2.5 --calibre 5 --json
said '"nsd_2.5mm"'
said '"dsc_calibre_from_5mm"'

# ---- empty masks: results, and then exit status 2
got=0
seg --truth box.nii.gz --prediction empty.nii.gz --csv missed.csv --json >"$LOG/out" 2>"$LOG/err" || got=$?
[ "$got" = 2 ] || die "exit status $got for an empty prediction"
told "box (prediction empty: missed, counted as failed)"
told "--allow-empty"
is_json
said '"hd95_mm": null'
said '"n_failed": 1'
grep -q '^box,prediction_empty,0,0,0,0,1,0,inf,inf,inf,' missed.csv || die "the row of a missed structure: $(cat missed.csv)"
ok seg --truth box.nii.gz --prediction empty.nii.gz --allow-empty
told "warning: 1 case with an empty mask"
got=0
seg --truth empty.nii.gz --prediction box.nii.gz >"$LOG/out" 2>"$LOG/err" || got=$?
[ "$got" = 2 ] || die "exit status $got for an empty truth"
told "empty (truth empty: distances undefined)"
got=0
seg --truth empty.nii.gz --prediction empty.nii.gz --json >"$LOG/out" 2>"$LOG/err" || got=$?
[ "$got" = 2 ] || die "exit status $got for two empty masks"
told "both empty: overlap 1 by definition"
said '"dsc": 1.0'
said '"status": "both_empty"'

# ---- a cohort: pairs by name, maps, comparison
mkdir truth pred brain
for id in p1 p2 p3; do
    cp box.nii.gz truth/${id}_label.nii.gz
    cp box.nii.gz pred/${id}_pred.nii.gz
    cp full.nii.gz brain/$id.nii.gz
done
cp full.nii.gz pred/p2_pred.nii.gz
cp empty.nii.gz pred/p3_pred.nii.gz
touch truth/notes.txt
sfx="--truth-suffix _label --prediction-suffix _pred"
# shellcheck disable=SC2086 # options are several words
ok seg --truth truth --prediction pred --mask brain $sfx --csv scores.csv --maps maps --allow-empty --json
is_json
said '"n_failed": 1'
[ "$(wc -l <scores.csv)" = 4 ] || die "scores.csv has not one row per case"
head -n 1 scores.csv | grep -q '^case,status,dsc,.*hd95_mm.*bavd_vox,bavd_mm,nsd_1mm,cldice' || die "columns"
for id in p1 p2 p3; do
    for end in errors.nii.gz slices.png projections.png; do
        [ -s maps/${id}_$end ] || die "no maps/${id}_$end"
    done
done
cp pred/p1_pred.nii.gz pred/p3_pred.nii.gz
# shellcheck disable=SC2086
ok seg --truth truth --prediction pred $sfx --compare scores.csv --json --threads 1
is_json
said '"rank_biserial": 1.0'
said '"wilcoxon_p": 1.0'
said '"exact": true'
cp "$LOG/out" one.json
# shellcheck disable=SC2086
ok seg --truth truth --prediction pred $sfx --compare scores.csv --json
cmp -s "$LOG/out" one.json || die "the number of threads changes a result"
# shellcheck disable=SC2086
ok seg --truth truth --prediction pred $sfx
said "3 cases"

# a run against itself has not changed, whatever digits its CSV leaves out
# shellcheck disable=SC2086
{
    ok seg --truth truth --prediction pred $sfx --csv same.csv
    ok seg --truth truth --prediction pred $sfx --compare same.csv --json
}
awk -F'[:,]' '/"(mean|median)_difference"|"rank_biserial"/ && $2 + 0 != 0 { bad = 1 } /"n_equal"/ { equal += $2 } END { exit bad || equal < 30 }' \
    "$LOG/out" || die "a run differs from itself"
head -n 3 same.csv >fewer.csv
# shellcheck disable=SC2086
refused 2 "fewer.csv has no case p3" "$WILLIS" evaluate segmentation --truth truth --prediction pred $sfx --compare fewer.csv
sed '$s/^p3/p9/p' same.csv | sed '$s/^p9/p3/' >more.csv
# shellcheck disable=SC2086
refused 2 "more.csv has 4 cases, this run 3" "$WILLIS" evaluate segmentation --truth truth --prediction pred $sfx --compare more.csv

# ---- what is computed when it is asked for
# shellcheck disable=SC2086
ok seg --truth truth --prediction pred $sfx --tolerance 0.5,1,2 --nsd-area --hd95-pooled --boundary-iou 1 --betti \
    --instances --penalty 90 --csv options.csv --summary summary.csv --latex table.tex --columns dsc,instance_f1 \
    --label "a_run" --json
is_json
said '"penalty_mm": 90.0'
head -n 1 options.csv | grep -q 'nsd_0.5mm,cldice,.*,nsd_1mm,nsd_2mm,nsd_area_0.5mm,nsd_area_1mm,nsd_area_2mm,hd95_pooled_mm,boundary_iou_1mm,betti0_truth,.*betti2_prediction,instances_truth,.*instance_false_positives,instance_missed,tp_vox' ||
    die "columns: $(head -n 1 options.csv)"
grep -q '^all,instance_f1,3,0,0,' summary.csv || die "summary: $(cat summary.csv)"
grep -qF 'a\_run & 3 & 0 & ' table.tex || die "table.tex: $(cat table.tex)"
grep -qF ' & dsc & instance\_f1 \\' table.tex || die "head of table.tex"
grep -q '\[0\.[0-9]*, 1\.000\]' table.tex || die "no interval in table.tex"
# shellcheck disable=SC2086
refused 2 "did you mean 'instance_f1'?" "$WILLIS" evaluate segmentation --truth truth --prediction pred $sfx --instances \
    --latex b.tex --columns instance_f2
[ ! -e b.tex ] || die "a refused run left a table"
ok seg --truth box.nii.gz --prediction empty.nii.gz --penalty 90 --allow-empty --json
said '"hd95_mm": 90.0'
said '"n_failed": 1'

# ---- several labels: p1 has one that is not there, p2 lacks one; of 15360 voxels the box is 72, so that Dice is
# 2 15287 / 30575 of label 1, and 144 / 145 of p2's merged mask
mkdir multi multi-pred
"$MAKE" multi/p1.nii.gz value=1 box=2
"$MAKE" multi-pred/p1.nii.gz value=1 box=2 odd=13
"$MAKE" multi/p2.nii.gz value=0 box=2 odd=1
"$MAKE" multi-pred/p2.nii.gz value=0 box=2
ok seg --truth multi --prediction multi-pred --labels --csv labels.csv --summary summary.csv --latex table.tex --maps label-maps
said "class"
said "merged"
cut -d, -f1-4 labels.csv >"$LOG/rows"
cat >"$LOG/expected" <<END
case,class,status,dsc
p1,1,ok,0.999967294
p1,2,ok,1
p1,13,truth_empty,0
p1,mean,ok,0.666655765
p1,merged,ok,1
p2,1,prediction_empty,0
p2,2,ok,1
p2,mean,ok,0.5
p2,merged,ok,0.993103448
END
cmp "$LOG/rows" "$LOG/expected" || die "labels.csv: $(cat "$LOG/rows")"
grep -q '^1,dsc,2,1,0,' summary.csv || die "summary of labels: $(cat summary.csv)"
grep -q '^13 & 1 & 0 & 0.000 ' table.tex || die "LaTeX of labels: $(cat table.tex)"
[ -s label-maps/p1_errors.nii.gz ] || die "no error map of labels"
ok seg --truth multi --prediction multi-pred --labels --compare labels.csv --json --threads 1
is_json
said '"class": "merged"'
said '"wilcoxon_p": 1.0'
cp "$LOG/out" one.json
ok seg --truth multi --prediction multi-pred --labels --compare labels.csv --json
cmp -s "$LOG/out" one.json || die "the number of threads changes a result"
ok seg --truth multi/p1.nii.gz --prediction multi-pred/p1.nii.gz --labels
refused 2 "was made with --labels" "$WILLIS" evaluate segmentation --truth multi --prediction multi --threshold 1.5 --truth-threshold 1.5 --compare labels.csv
refused 2 "was made without --labels" "$WILLIS" evaluate segmentation --truth multi --prediction multi --labels --compare scores.csv
refused 2 "leave it out beside --labels" "$WILLIS" evaluate segmentation --truth multi --prediction multi --labels --threshold 1
refused 2 "--labels scores several" "$WILLIS" evaluate segmentation --truth multi --prediction multi --labels --plot a.svg
refused 2 "the truth has a voxel of value 0.4; labels are whole numbers" "$WILLIS" evaluate segmentation --truth probability.nii.gz \
    --prediction box.nii.gz --labels
refused 2 "--labels scores each label" "$WILLIS" evaluate segmentation --truth multi --prediction multi

# ---- box plots of this run beside another
# shellcheck disable=SC2086
ok seg --truth truth --prediction pred $sfx --plot runs.svg --label "the_second" --plot-with first=scores.csv
for words in '<svg' '>dsc<' '>hd95_mm<' '>bavd_vox<' '>cldice<' '>the_second<' '>first<' '>2 of 3<' '>n = 3<'; do
    grep -qF -- "$words" runs.svg || die "runs.svg has no $words"
done
# shellcheck disable=SC2086
{
    ok seg --truth truth --prediction pred $sfx --plot one.svg --plot-columns nsd_1mm
    grep -qF '>nsd_1mm<' one.svg || die "one.svg has not the panel asked for"
    refused 2 "did you mean 'hd95_mm'?" "$WILLIS" evaluate segmentation --truth truth --prediction pred $sfx \
        --plot a.svg --plot-columns dsc,hd95_m
    refused 2 "give NAME=FILE" "$WILLIS" evaluate segmentation --truth truth --prediction pred $sfx \
        --plot a.svg --plot-with scores.csv
    refused 2 "none.csv: no such file" "$WILLIS" evaluate segmentation --truth truth --prediction pred $sfx \
        --plot a.svg --plot-with x=none.csv
    refused 2 "has no column nsd_2mm" "$WILLIS" evaluate segmentation --truth truth --prediction pred $sfx \
        --plot a.svg --plot-with x=scores.csv --tolerance 2 --plot-columns nsd_2mm
    refused 2 "there is no --plot" "$WILLIS" evaluate segmentation --truth truth --prediction pred $sfx \
        --plot-with x=scores.csv
}

# ---- what is refused
rm pred/p2_pred.nii.gz
# shellcheck disable=SC2086
refused 2 "p2_pred.nii.gz in pred" "$WILLIS" evaluate segmentation --truth truth --prediction pred $sfx
told "truth/p2_label.nii.gz has no partner"
cp box.nii.gz pred/p2_pred.nii.gz
cp box.nii.gz pred/p9_pred.nii.gz
# shellcheck disable=SC2086
refused 2 "pred/p9_pred.nii.gz has no partner" "$WILLIS" evaluate segmentation --truth truth --prediction pred $sfx
rm pred/p9_pred.nii.gz
gzip -dc pred/p2_pred.nii.gz >pred/p2_pred.nii
# shellcheck disable=SC2086
refused 2 "case p2 has two files" "$WILLIS" evaluate segmentation --truth truth --prediction pred $sfx
rm pred/p2_pred.nii
refused 2 "holds no file" "$WILLIS" evaluate segmentation --truth truth --prediction pred --truth-suffix _lbl
refused 2 "two files or two folders" "$WILLIS" evaluate segmentation --truth truth --prediction box.nii.gz
refused 2 "must be a file" "$WILLIS" evaluate segmentation --truth box.nii.gz --prediction box.nii.gz --mask brain
refused 2 "--prediction is missing" "$WILLIS" evaluate segmentation --truth box.nii.gz
refused 2 "60x48x8" "$WILLIS" evaluate segmentation --truth box.nii.gz --prediction small.nii.gz
told "the truth 40x48x8"
told "small.nii.gz against box.nii.gz: the prediction"
refused 2 "mask is empty" "$WILLIS" evaluate segmentation --truth box.nii.gz --prediction box.nii.gz --mask empty.nii.gz
told "box.nii.gz against box.nii.gz within empty.nii.gz"
refused 2 "lies 2 mm away from the truth" "$WILLIS" evaluate segmentation --truth box.nii.gz --prediction moved.nii.gz
"$MAKE" doubled.nii.gz value=0 box=1 sx=2 sy=2 sz=2
for what in segmentation similarity; do
    refused 2 "the prediction has voxels of 2x2x2 mm, the truth of " "$WILLIS" evaluate $what --truth box.nii.gz --prediction doubled.nii.gz
    grep -q "mm away" "$LOG/err" && die "a spacing is called a distance"
done
refused 2 "--prediction-threshold T makes masks" "$WILLIS" evaluate segmentation --truth box.nii.gz --prediction labels.nii.gz
told "labels.nii.gz"
ok "$WILLIS" evaluate segmentation --truth box.nii.gz --prediction labels.nii.gz --binarise --csv whole.csv
ok "$WILLIS" evaluate segmentation --truth labels.nii.gz --prediction labels.nii.gz --foreground 200-255 --csv named.csv
cut -d , -f 2- whole.csv >a.csv
cut -d , -f 2- named.csv >b.csv
cmp -s a.csv b.csv || die "0 and 255 as 0 and 1, or by number: $(diff a.csv b.csv)"
refused 2 "give one of them" "$WILLIS" evaluate segmentation --truth box.nii.gz --prediction labels.nii.gz --binarise \
    --threshold 3
refused 2 "--foreground '1,x'" "$WILLIS" evaluate segmentation --truth box.nii.gz --prediction labels.nii.gz \
    --foreground 1,x
ok "$WILLIS" conform labels.nii.gz --binarise --out ones.nii.gz
ok "$WILLIS" evaluate segmentation --truth box.nii.gz --prediction ones.nii.gz
refused 2 "3 NaN voxels" "$WILLIS" evaluate segmentation --truth box.nii.gz --prediction nan.nii.gz --threshold 1
refused 2 "has no case box" "$WILLIS" evaluate segmentation --truth box.nii.gz --prediction box.nii.gz --compare scores.csv
sed 's/cldice/cldyce/; s/^p1/box/' scores.csv >other.csv
refused 2 "no column cldice" "$WILLIS" evaluate segmentation --truth box.nii.gz --prediction box.nii.gz --compare other.csv
sed 's/^p1,ok,1/box,ok,good/' scores.csv >other.csv
refused 2 'line 2: dsc is "good"' "$WILLIS" evaluate segmentation --truth box.nii.gz --prediction box.nii.gz --compare other.csv
refused 2 "must be above 0 mm and rise" "$WILLIS" evaluate segmentation --truth box.nii.gz --prediction box.nii.gz --calibre 3,1

# ---- similarity
"$MAKE" zeros.nii.gz value=0
ok "$WILLIS" evaluate similarity --truth image.nii.gz --prediction zeros.nii.gz --range 255 --csv sim.csv --slices slices.csv --json
is_json
for key in '"mae": ' '"mse": ' '"nrmse": 1.0' '"psnr": ' '"ssim_u7": ' '"ssim_g11": ' '"ssim_u7_3d": ' '"range": 255.0'; do
    said "$key"
done
[ "$(wc -l <slices.csv)" = 9 ] || die "slices.csv has not one row per slice"
head -n 1 sim.csv | grep -q '^case,n_voxels,mae,mse,nrmse,psnr,ssim_u7,ssim_g11,ssim_u7_3d,ssim_g11_3d$' || die "columns"
ok "$WILLIS" evaluate similarity --truth image.nii.gz --prediction image.nii.gz --mask box.nii.gz --json
said '"psnr": null' # infinite
said '"ssim_u7_3d": 1.0'
said '"ssim_g11_3d": null' # 8 slices do not hold a window of 11
said '"range": 96.0'
mkdir images
cp image.nii.gz images/p1.nii.gz
cp zeros.nii.gz images/p2.nii.gz
ok "$WILLIS" evaluate similarity --truth images --prediction images --range 96
said "p2"
refused 2 "give the range of possible values by --range" "$WILLIS" evaluate similarity --truth zeros.nii.gz --prediction image.nii.gz
refused 2 "3 NaN or infinite voxels" "$WILLIS" evaluate similarity --truth image.nii.gz --prediction nan.nii.gz
refused 2 "lies 2 mm away" "$WILLIS" evaluate similarity --truth box.nii.gz --prediction moved.nii.gz
refused 2 "mask is empty" "$WILLIS" evaluate similarity --truth image.nii.gz --prediction image.nii.gz --mask empty.nii.gz --range 1
refused 2 "mask is empty" "$WILLIS" evaluate similarity --truth image.nii.gz --prediction image.nii.gz --mask empty.nii.gz
"$MAKE" four.nii.gz nt=3
refused 2 "four.nii.gz" "$WILLIS" evaluate similarity --truth four.nii.gz --prediction image.nii.gz
refused 2 "no partner" "$WILLIS" evaluate similarity --truth images --prediction truth --range 1

# the command beside them still answers, and its help names them
ok "$WILLIS" evaluate --help
for name in segmentation similarity distribution diversity embed; do
    said "  evaluate $name "
done
ok "$WILLIS" bench --help
said "  bench list "
refused 2 "COHORT is missing" "$WILLIS" evaluate box.nii.gz
