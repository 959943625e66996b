#!/bin/sh
# The demo, as small as it goes: report and figures are there, a second run replaces them to the same scores, and
# a folder that is not a demo's is left alone.
set -eu
. "$(dirname "$0")/common.sh"

demo() {
    "$WILLIS" demo --train 2 --val 1 --test 2 --matrix 96x112x40 --effort 0.02 --threads 1 --json "$@"
}

# The scores of result.json of the networks that it trains, without times and memory.
scores() {
    sed '/^  "public": {/,/^  }/d' "$1" | grep -E '"(dsc_mean|dsc_sd|val_dsc_best|ratio|sub-[0-9]*)"'
}

ok demo --out demo
is_json
for key in real synthetic ratio seconds peak_memory_mib settings; do
    grep -q "\"$key\"" demo/result.json || die "result.json has no $key"
done
for file in report.html pairs.png demo.json real.h5 synthetic.h5 gan/generator.safetensors \
    unet-real/unet.safetensors unet-synthetic/unet.safetensors predictions-real/sub-004_pred.nii.gz; do
    [ -s "demo/$file" ] || die "the demo left no $file"
done
[ "$(grep -c 'src="data:image/png' demo/report.html)" -ge 4 ] || die "pictures are missing in report.html"
[ "$(grep -c 'src="data:image/svg' demo/report.html)" -ge 2 ] || die "plots are missing in report.html"
grep -q 'willis demo --seed 1 ' demo/report.html || die "report.html does not say how it was made"

scores demo/result.json >first
mkdir networks # a public network is scored beside those
cp demo/unet-real/unet.safetensors networks/tof-vessels.safetensors
export WILLIS_MODELS="$PWD/networks"
ok demo --out demo
unset WILLIS_MODELS
scores demo/result.json >second
for arm in real public; do
    sed -n "/^  \"$arm\": {/,/^  }/p" demo/result.json | grep -E '"(dsc_mean|sub-[0-9]*)"' | tr -d , >"$arm"
done
[ -s public ] || die "the public network was not scored"
cmp -s real public || die "the same network has other scores as a public one"
grep -q "tof-vessels" demo/report.html || die "report.html has no column of the public network"
[ -s first ] || die "no scores in result.json"
cmp -s first second || die "the same seed gave other scores"

mkdir mine
echo notes >mine/report.html
refused 2 "mine/report.html is in the way" demo --out mine
refused 2 "effort" "$WILLIS" demo --out other --effort 0
refused 2 "matrix" "$WILLIS" demo --out other --matrix 48x112x40
