#!/bin/sh
# The study files that are delivered are sound, and config defaults prints one that says nothing new.
set -eu
. "$(dirname "$0")/common.sh"

n=0
for file in "$ROOT"/configs/*/*.yaml; do
    ok "$WILLIS" config check "$file"
    said "sound"
    n=$((n + 1))
done
[ "$n" -ge 5 ] || die "only $n study files in configs/"

# as published (Kossen et al. 2021): what the study's settings are is spelt out, not left to our defaults
ok "$WILLIS" config check "$ROOT/configs/study/wgan-gp-sn.yaml"
said "gan.model: wgan-gp-sn"
said "gan.batch: 64"
said "gan.scaling: patch"

ok "$WILLIS" config check "$ROOT/configs/study/dcgan.yaml"
said "gan.label_smoothing: study"
said "gan.generator_loss: feature-l1"
said "gan.steps: 14254"

ok "$WILLIS" config defaults
cp "$LOG/out" defaults.yaml
grep -q '^  filters: 96' defaults.yaml || die "gan.filters is not among the defaults"
ok "$WILLIS" config check defaults.yaml
[ "$(wc -l <"$LOG/out")" = 1 ] || die "the defaults differ from the defaults"
ok "$WILLIS" config check defaults.yaml --set gan.filters=7 --set "study.output=a b"
said "gan.filters: 7"
said 'run.output: "a b"'
[ "$(wc -l <"$LOG/out")" = 3 ] || die "two changes should be two lines"

ok "$WILLIS" config check defaults.yaml --set study.kind=segmentation # as run files of before say it
said "a unet run"
said "run.kind: unet"

ok "$WILLIS" config defaults --json
is_json
ok "$WILLIS" config check defaults.yaml --json
is_json
