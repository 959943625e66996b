#!/bin/sh
# Everything that `willis bench list` names runs and is measured, and impossible requests are refused.
set -eu
. "$(dirname "$0")/common.sh"

# The smallest sizes that the networks take.
tiny() {
    case $1 in
    conv-peak) ;;
    wgan2d-*) echo --batch 2 --filters 2 --size 32 ;;
    wgan3d-*) echo --batch 1 --filters 8 --size 16x16x8 ;;
    unet2d-*) echo --batch 2 --filters 2 --size 16 ;;
    unet3d-*) echo --batch 1 --filters 2 --size 16x16x8 ;;
    temp-pix2pix-*) echo --batch 1 --filters 1 --size 64 ;;
    *) die "no tiny size is known for the bench $1" ;;
    esac
}

# measured WORDS...: the bench runs and prints exactly these keys, with numbers above 0.
measured() {
    ok "$WILLIS" bench "$@" --repeats 1 --threads 1 --quiet --json
    "$COMPARE" measured "$LOG/out" name batch filters size precision threads seconds_median seconds_min flops gflop_s \
        peak_fraction plan_bytes peak_rss_mb >"$LOG/err" 2>&1 || die "wrong result of: $*"
}

ok "$WILLIS" bench list
sed -n '2,$s/ .*//p' "$LOG/out" >"$LOG/names"
[ "$(wc -l <"$LOG/names")" -ge 10 ] || die "fewer than 10 benches are listed"
while read -r name; do
    # shellcheck disable=SC2046 # options are several words
    measured "$name" $(tiny "$name")
    grep -qF "\"name\": \"$name\"" "$LOG/out" || die "another name than $name"
done <"$LOG/names"
measured conv-peak --precision bf16
measured unet2d-train --batch 2 --filters 2 --size 16 --precision bf16
measured unet2d-train --batch 2 --filters 2 --size 16 --recompute
measured wgan3d-critic --batch 1 --filters 8 --size 16x16x8 --spectral
for clip in --weight-clip --per-sample-clip "--weight-clip --per-sample-clip"; do
    # shellcheck disable=SC2086 # two words are two options
    measured wgan2d-critic --batch 2 --filters 2 --size 32 $clip
done
measured wgan2d-critic --batch 3 --filters 2 --size 32x64 --spectral
grep -qF '"batch": 3' "$LOG/out" || die "another batch than 3"
tr -d ' \n' <"$LOG/out" | grep -qF '"size":[32,64]' || die "another size than 32x64"

# without the instructions it says so, and runs f32
ok env WILLIS_ISA=avx2 "$WILLIS" bench unet2d-infer --batch 1 --filters 2 --size 16 --repeats 1 --precision bf16 --json
told "no bf16 instructions"
grep -qF '"precision": "f32"' "$LOG/out" || die "another precision than f32"

ok "$WILLIS" bench list --json
is_json
ok "$WILLIS" bench unet2d-infer --batch 5 --filters 2 --size 16 --repeats 2
said "unet2d-infer, batch 5, 2 filters, 16x16, f32"
told "the plan needs"

refused 2 "there is no bench 'unet2d-tarin'; did you mean 'unet2d-train'?" "$WILLIS" bench unet2d-tarin
refused 2 "willis bench list" "$WILLIS" bench xyzzy
refused 2 "NAME is missing" "$WILLIS" bench
refused 2 "conv-peak runs convolutions of fixed shapes" "$WILLIS" bench conv-peak --batch 2
refused 2 "has fixed shapes" "$WILLIS" bench conv-peak --size 32
refused 2 "unet2d-train has no spectral norm" "$WILLIS" bench unet2d-train --spectral
refused 2 "unet2d-train has no critic to clip" "$WILLIS" bench unet2d-train --per-sample-clip
refused 2 "multiples of 32" "$WILLIS" bench wgan2d-critic --size 33
refused 2 "between 64 and 127 points" "$WILLIS" bench temp-pix2pix-train --size 64x64x20
refused 2 "must be a multiple of 8" "$WILLIS" bench wgan3d-critic --filters 12 --size 16
refused 2 "--size must be 1 or 2 whole numbers" "$WILLIS" bench wgan2d-critic --size 32x32x32
