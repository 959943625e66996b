#!/bin/sh
# The privacy commands: published values, warnings, a ledger that holds and one that does not, wrong input.
set -eu
. "$(dirname "$0")/common.sh"

# number KEY: the value of the first "KEY": number of the last output
number() {
    sed -n "s/.*\"$1\": *\([-0-9.e+]*\).*/\1/p" "$LOG/out" | head -n 1
}
# near KEY EXPECTED TOLERANCE
near() {
    awk -v a="$(number "$1")" -v b="$2" -v t="$3" 'BEGIN { exit !(a != "" && a - b <= t && b - a <= t) }' ||
        die "$1 is $(number "$1"), not $2"
}
EPSILON="privacy epsilon --sampling-rate 0.04 --noise 1.5 --steps 2250 --delta 1e-5"

# ---- epsilon

ok "$WILLIS" $EPSILON --orders study --json
is_json
near epsilon_upper 6.76878 0.0002 # tests/data/privacy_prv_vectors.csv
sed -n '/"rdp"/,/}/p' "$LOG/out" >"$LOG/rdp" && mv "$LOG/rdp" "$LOG/out"
near epsilon 7.32911117143 7e-6
near order 3.9 1e-9
ok "$WILLIS" $EPSILON
said "may be claimed"
said "RDP: epsilon at most 7.32"
said "PLD: epsilon from 6."
ok "$WILLIS" $EPSILON --accountant rdp --releases-per-draw 5
told "no meaningful guarantee"
ok "$WILLIS" $EPSILON --accountant rdp --orders 10,20 --units 50000 --json
is_json
told "lower edge of the grid (10 to 20)"
said "lower edge of the grid (10 to 20)"
ok "$WILLIS" $EPSILON --accountant rdp --units 200000
told "delta 1e-05 is above 1/N = 5e-06"
ok "$WILLIS" $EPSILON --accountant rdp --units 100000
[ ! -s "$LOG/err" ] || die "a warning without reason"

refused 2 "delta must lie between 0 and 1" \
    "$WILLIS" privacy epsilon --sampling-rate 0.04 --noise 1.5 --steps 2250 --delta 0
refused 2 "delta must lie between 0 and 1" \
    "$WILLIS" privacy epsilon --sampling-rate 0.04 --noise 1.5 --steps 2250 --delta 1
refused 2 "sampling rate is a probability" \
    "$WILLIS" privacy epsilon --sampling-rate 1.04 --noise 1.5 --steps 2250 --delta 1e-5
refused 2 "noise multiplier must be above 0" \
    "$WILLIS" privacy epsilon --sampling-rate 0.04 --noise 0 --steps 2250 --delta 1e-5
ok "$WILLIS" privacy epsilon --sampling-rate 0.000780487804878 --noise 1.5 --steps 64050 --releases-per-draw 5 \
    --delta 2.43902439024e-5 --accountant rdp --orders coarse --json
near epsilon 2.93 0.005
refused 2 "--orders: " "$WILLIS" $EPSILON --orders 1,2
refused 2 "--steps is missing" "$WILLIS" privacy epsilon --sampling-rate 0.04 --noise 1 --delta 1e-5
refused 2 "at least 1 release per draw" "$WILLIS" $EPSILON --releases-per-draw 0

# ---- tiny sampling rates, next to no noise, many steps

ok "$WILLIS" privacy epsilon --sampling-rate 1e-6 --noise 10 --steps 1000000 --delta 1e-9 --json
is_json
near epsilon_lower 0.00028 1e-5
awk -v e="$(number epsilon)" -v low="$(number epsilon_lower)" 'BEGIN { exit !(e >= low) }' || die "epsilon below PLD's lower end"
ok "$WILLIS" privacy epsilon --sampling-rate 1e-6 --noise 10 --steps 100000000 --delta 1e-9 --accountant rdp --json
near epsilon 0.0266485 1e-6
ok "$WILLIS" privacy epsilon --sampling-rate 1e-7 --noise 2 --steps 1000000000000 --delta 1e-6 --accountant rdp --json
near epsilon 0.223242 1e-6
ok "$WILLIS" privacy epsilon --sampling-rate 1e-8 --noise 1 --steps 9999999999 --delta 1e-5 --accountant rdp --json
near epsilon 0.198416 1e-6
ok "$WILLIS" privacy epsilon --sampling-rate 1e-6 --noise 0.5 --steps 100000 --delta 1e-6 --json
is_json
told "is wider than 0.9 %"
said "is wider than 0.9 %"
ok "$WILLIS" privacy epsilon --sampling-rate 1 --noise 1e-3 --steps 1000000 --delta 1e-6 --json
is_json
near epsilon_upper 5.0000475e11 1e7
refused 2 "from 1e-100 on it can be accounted for" \
    "$WILLIS" privacy epsilon --sampling-rate 0.5 --noise 1e-160 --steps 10 --delta 1e-6
refused 2 "from 0 to 1e12" "$WILLIS" privacy epsilon --sampling-rate 0.5 --noise 1 --steps 1000000000001 --delta 1e-6

# ---- noise and steps

refused 2 "whatever the noise" \
    "$WILLIS" privacy noise --target-epsilon 0.001 --sampling-rate 1e-6 --steps 100000000 --delta 1e-9
ok "$WILLIS" privacy noise --target-epsilon 8 --sampling-rate 0.04 --steps 2250 --delta 1e-5 --json
is_json
near noise_multiplier 1.416 0.0006
ok "$WILLIS" privacy noise --target-epsilon 8 --sampling-rate 0.04 --steps 2250 --delta 1e-5
said "keeps to epsilon 8"
ok "$WILLIS" privacy noise --target-epsilon 8 --sampling-rate 0.04 --steps 2250 --delta 1e-5 --orders 30,40 --json
is_json
told "lower edge of the grid (30 to 40)"
said "lower edge of the grid (30 to 40)"
ok "$WILLIS" privacy steps --target-epsilon 30 --sampling-rate 0.04 --noise 1 --delta 1e-5 --units 200000 --json
is_json
said "no meaningful guarantee"
said "delta 1e-05 is above 1/N"
refused 2 "target epsilon must be above 0" \
    "$WILLIS" privacy noise --target-epsilon 0 --sampling-rate 0.04 --steps 2250 --delta 1e-5
ok "$WILLIS" privacy steps --target-epsilon 7.3291 --sampling-rate 0.04 --noise 1.5 --delta 1e-5 --orders study --json
is_json
near steps 2249 1
ok "$WILLIS" privacy steps --target-epsilon 0.1 --sampling-rate 0.5 --noise 0.5 --delta 1e-5
said "not even one draw"
ok "$WILLIS" privacy steps --target-epsilon 1 --sampling-rate 1e-6 --noise 10 --delta 1e-9 --json
is_json
near steps 1000000000000 0
told "the search ended at 1000000000000 draws (--most)"
said "the search ended at 1000000000000 draws (--most)"
ok "$WILLIS" privacy steps --target-epsilon 1 --sampling-rate 1e-3 --noise 1 --delta 1e-6 --most 500
told "the search ended at 500 draws"

# ---- curve

ok "$WILLIS" privacy curve --sampling-rate 0.04 --noise 2 --steps 100 --delta 1e-5 --points 20 --out curve --json
is_json
said "membership_advantage_most"
said '"warnings": []'
ok "$WILLIS" privacy curve --sampling-rate 0.04 --noise 2 --steps 100 --delta 1e-5 --points 20 --out curve --units 200000
told "delta 1e-05 is above 1/N = 5e-06"
[ "$(wc -l <curve/epsilon_delta.csv)" = 21 ] || die "curve/epsilon_delta.csv has not 20 points"
head -n 1 curve/trade_off.csv | grep -q "^false_positive_rate,false_negative_rate_least," || die "head of trade_off.csv"
for picture in epsilon_delta trade_off; do
    grep -q "</svg>" curve/$picture.svg || die "curve/$picture.svg is no picture"
done
refused 2 "is in the way" "$WILLIS" privacy curve --sampling-rate 0.04 --noise 2 --steps 100 --delta 1e-5 \
    --out curve/trade_off.csv/x

# ---- plan

ok "$WILLIS" privacy plan --patients 41 --target-epsilon 8
said "no guarantee"
said "patient"
ok "$WILLIS" privacy plan --patients 500 --patches-per-patient 4 --target-epsilon 1
said "epsilon 3.958"
ok "$WILLIS" privacy plan --patients 1000 --batch 128 --target-epsilon 1,8 --json
is_json
[ "$(grep -c '"noise_multiplier"' "$LOG/out")" = 4 ] || die "not two claims for each of two targets"
refused 2 "--patients must be a whole number of 1 or more" "$WILLIS" privacy plan --patients 0
refused 2 "target epsilon must be above 0" "$WILLIS" privacy plan --patients 41 --target-epsilon 0

# ---- ledger

ledger() { # CLAIM RELEASES RANDOMNESS
    ledger_of "$1" 1e-5 0.04 1.5 2250 "$2" "$3"
}
ledger_of() { # CLAIM DELTA RATE NOISE STEPS RELEASES RANDOMNESS
    cat >ledger.json <<END
{"format": "willis-privacy-ledger", "version": 1, "unit": "patch", "n_units": 41000, "adjacency": "add-remove",
 "delta": $2, "claimed_epsilon": $1, "mechanisms": [
 {"name": "critic", "kind": "poisson-subsampled-gaussian", "sampling_rate": $3, "noise_multiplier": $4,
  "clip_norm": 1, "releases_per_draw": $6, "steps": $5, "randomness": "$7"}]}
END
}
ledger 7.3 1 secret
ok "$WILLIS" privacy verify ledger.json
said "the claim: holds"
ok "$WILLIS" privacy verify ledger.json --json
is_json
said '"verdict": "holds"'
for claim in "6.5 1 secret:does not hold" "7.3 5 secret:does not hold" "7.3 1 public:no epsilon holds"; do
    # shellcheck disable=SC2086 # three words
    ledger ${claim%%:*}
    got=0
    "$WILLIS" privacy verify ledger.json >"$LOG/out" 2>"$LOG/err" || got=$?
    [ "$got" = 2 ] || die "exit status $got of the claim $claim"
    told "${claim##*:}"
    said "the claim: "
done
ledger_of 0 1e-9 1e-6 10 1000000 1 secret # its moments are next to 1
refused 2 "does not hold" sh -c '"$1" privacy verify ledger.json >verified.txt; got=$?; rm verified.txt; exit $got' sh "$WILLIS"
ledger_of 6e11 1e-6 1 1e-3 1000000 1 secret # losses of 1e5 and more in one draw
ok "$WILLIS" privacy verify ledger.json
said "the claim: holds"
ledger 7.3 0 secret
refused 2 'mechanisms[0]: "releases_per_draw"' "$WILLIS" privacy verify ledger.json
echo '{"format": 1' >ledger.json
refused 2 "ledger.json:2:" "$WILLIS" privacy verify ledger.json
refused 2 "no_such.json" "$WILLIS" privacy verify no_such.json
