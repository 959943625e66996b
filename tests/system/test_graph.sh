#!/bin/sh
# Every network that `willis graph --list` names is shown, with the parameters that its layers add up to; sizes that it
# cannot take are refused.
set -eu
. "$(dirname "$0")/common.sh"

ok "$WILLIS" graph --list
sed -n '2,$s/ .*//p' "$LOG/out" >"$LOG/names"
[ "$(wc -l <"$LOG/names")" -ge 11 ] || die "fewer than 11 networks are listed"
while read -r name; do
    ok "$WILLIS" graph "$name"
    said "layer"
    listed=$(awk '/parameters \(/ { print $1 }' "$LOG/out")
    ok "$WILLIS" graph "$name" --json
    is_json
    added=$(awk -F '[:,]' '/"parameters"/ { n++; at[n] = $2; sum += $2 } END { print sum - at[n] }' "$LOG/out")
    [ "$listed" = "$added" ] && [ "$listed" -gt 1000 ] || die "$name: $listed parameters, but its layers have $added"
    ok "$WILLIS" graph "$name" --text
    said "0: input"
    ok "$WILLIS" graph "$name" --dot
    said "digraph network {"
    [ "$(tail -n 1 "$LOG/out")" = "}" ] || die "the drawing of $name does not end"
done <"$LOG/names"

# by hand: 5x5 kernels from 2 channels to f, 2f, 4f, 8f, 16f, then 3x3 to one score; 2 multiply-adds a weight and place
ok "$WILLIS" graph wgan-critic --filters 4
said "$((25 * (2 * 4 + 4 * 8 + 8 * 16 + 16 * 32 + 32 * 64) + 9 * 64)) parameters"
grep -qE "^conv1 +conv +\[1,48,48,4\] +200 +0.92 +0.037$" "$LOG/out" || die "another conv1"
# a batch multiplies results and work, not parameters; a size is one value or as many as there are axes
ok "$WILLIS" graph unet --filters 2 --size 32x16 --batch 3
said "[3,32,16,2]"
ok "$WILLIS" graph unet3d --filters 2 --size 16
said "[1,16,16,16,2]"
ok "$WILLIS" graph unet3d --filters 2 --size 8x16x32
said "[1,32,8,16,2]"
ok "$WILLIS" graph unet --training --size 16
said "mul"
ok "$WILLIS" graph --list --json
is_json
for form in --text --dot; do
    ok "$WILLIS" graph unet --size 16 $form --json
    is_json
done

refused 2 "did you mean 'unet'?" "$WILLIS" graph unit
refused 2 "willis graph --list" "$WILLIS" graph xyzzy
refused 2 "NETWORK is missing" "$WILLIS" graph
refused 2 "leave 'unet' out" "$WILLIS" graph unet --list
refused 2 "give one of them" "$WILLIS" graph unet --text --dot
refused 2 "a side of 33 cannot be halved" "$WILLIS" graph unet --size 33
refused 2 "--size must be 1 or 2 whole numbers" "$WILLIS" graph unet --size 16x16x16
refused 2 "leave filters out" "$WILLIS" graph inception-v3 --filters 8
refused 2 "at least 75x75" "$WILLIS" graph inception-v3 --size 32
refused 2 "must be a multiple of 8" "$WILLIS" graph wgan3d-critic --filters 12 --size 16
