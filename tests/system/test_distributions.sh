#!/bin/sh
# evaluate distribution, diversity and embed: what they write, and what they refuse.
set -eu
. "$(dirname "$0")/common.sh"
dist() { "$WILLIS" evaluate distribution "$@"; }

# npy FILE N D OCTAL...: a .npy of float32, whose header is 118 bytes long
npy() {
    file=$1
    shape="($2, $3)"
    shift 3
    printf '\223NUMPY\001\000\166\000' >"$file"
    printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': $shape, }" >>"$file"
    for octal in "$@"; do
        printf "$octal" >>"$file"
    done
}
V0='\000\000\000\000' V1='\000\000\200\077' V2='\000\000\000\100' V3='\000\000\100\100' NAN='\000\000\300\177'

# ---- matrices of features: three samples of one feature, counted by hand
npy real.npy 3 1 $V0 $V1 $V2
npy fake.npy 3 1 $V1 $V2 $V3
npy nan.npy 3 1 $V0 $NAN $V2
npy wide.npy 2 2 $V0 $V1 $V2 $V3
npy cut.npy 4 1 $V0 $V1
ok dist --real real.npy --synthetic fake.npy --metrics frechet --json
is_json
said '"frechet": 1.0' # variance 1 and 1, means 1 and 2
said '"frechet_covariance": 0.0'
said '"kid": null'
said '"gap": null'
said '"auc": null'
said '"dimensions": 1'
ok dist --real real.npy --synthetic fake.npy --metrics frechet --extractor "a network"
said "1 dimensions, a network, 1 values" # to its end
grep -q "values\.\.\." "$LOG/out" && die "a short definition is cut"
ok dist --real real.npy --synthetic fake.npy --metrics kid,prd --clusters 2 --json
said '"frechet": null'
for key in '"kid": ' '"prd": {' '"f8": ' '"f1_8": ' '"kid_interval": [' '"halves": "samples"'; do
    said "$key"
done
ok dist --real real.npy --synthetic fake.npy --metrics prd --clusters 2 --json # each family alone, too
said '"kid": null'
refused 2 "nan.npy: sample 1 has NaN" "$WILLIS" evaluate distribution --real real.npy --synthetic nan.npy
refused 2 "real.npy has 1 features, wide.npy has 2" "$WILLIS" evaluate distribution --real real.npy --synthetic wide.npy
refused 2 "2 samples of 2 features" "$WILLIS" evaluate distribution --real wide.npy --synthetic wide.npy
told "kernel distance (KID)"
refused 2 "cut off or damaged" "$WILLIS" evaluate distribution --real cut.npy --synthetic fake.npy
refused 2 "too few" "$WILLIS" evaluate distribution --real real.npy --synthetic fake.npy
refused 2 "frechet,kid,prd,neighbours" "$WILLIS" evaluate distribution --real real.npy --synthetic fake.npy --metrics fid
refused 2 "which --metrics leaves out" "$WILLIS" evaluate distribution --real real.npy --synthetic fake.npy --metrics kid --svg a.svg
refused 2 "not an HDF5 file" "$WILLIS" evaluate distribution --real real.npy --synthetic real.npy --dataset x
refused 2 "--synthetic is missing" "$WILLIS" evaluate distribution --real real.npy

# equal features: every ball holds every sample, which is no density
npy equal.npy 8 1 $V1 $V1 $V1 $V1 $V1 $V1 $V1 $V1
refused 2 "8 of 8 real samples equal 3 others or more" "$WILLIS" evaluate distribution --real equal.npy --synthetic equal.npy --metrics neighbours
ok dist --real equal.npy --synthetic equal.npy --metrics kid --json

# ---- one table holds figures of one kind of features
ok dist --real real.npy --synthetic fake.npy --metrics frechet --extractor one --table table.csv --label a
ok dist --real real.npy --synthetic real.npy --metrics frechet --extractor one --table table.csv --label b
[ "$(wc -l <table.csv)" = 3 ] || die "table.csv has not one row per run"
head -n 1 table.csv | grep -q '^label,frechet@[0-9a-f]\{8\},kid_n1000@' || die "columns: $(head -n 1 table.csv)"
grep -q '^a,1,' table.csv || die "rows: $(cat table.csv)"
refused 2 "other features or settings" "$WILLIS" evaluate distribution --real real.npy --synthetic fake.npy \
    --metrics frechet --extractor two --table table.csv
refused 2 "prd_k20_auc@" "$WILLIS" evaluate distribution --real real.npy --synthetic fake.npy \
    --metrics frechet --extractor one --clusters 10 --table table.csv

# ---- patch sets
ok "$WILLIS" phantom tof --out phantom --train 2 --val 1 --test 2 --matrix 64x80x32
ok "$WILLIS" patches phantom --split train --size 32 --per-subject 100 --out train.h5
ok "$WILLIS" patches phantom --split train --size 32 --per-subject 100 --seed 2 --out other.h5
ok "$WILLIS" patches phantom --split test --size 32 --per-subject 100 --out test.h5
ok "$WILLIS" patches phantom --split test --size 16 --per-subject 100 --out small.h5
ok dist --real train.h5 --synthetic other.h5 --test test.h5 --svg prd.svg --curve prd.csv --json --threads 1
is_json
said '"halves": "subjects"'
said '"dimensions": 74'
cp "$LOG/out" one.json
[ "$(wc -l <prd.csv)" = 1002 ] || die "prd.csv has not 1001 angles"
grep -q '<svg' prd.svg || die "prd.svg is no picture"
grep -q '>one half of real against the other<' prd.svg || die "prd.svg has no floor"
ok dist --real train.h5 --synthetic other.h5 --test test.h5 --json --threads 2
cmp -s "$LOG/out" one.json || die "the number of threads changes a result"
ok dist --real train.h5 --synthetic other.h5 --test test.h5
said "no floor: 1 and 1 subjects" # two heads differ by who they are
ok "$WILLIS" phantom tof --out four --train 4 --val 0 --test 0 --matrix 64x80x32
ok "$WILLIS" patches four --split train --size 32 --per-subject 50 --out four.h5
ok dist --real four.h5 --synthetic other.h5 --metrics kid --json
said '"usable": true'
ok dist --real four.h5 --synthetic other.h5
said "real halves: one half of the real subjects (2) against the other (2)"
ok "$WILLIS" phantom tof --out three --train 3 --val 0 --test 0 --matrix 64x80x32
ok "$WILLIS" patches three --split train --size 32 --per-subject 50 --out three.h5
ok dist --real three.h5 --synthetic other.h5 --metrics kid --json
is_json
said '"usable": false'
ok dist --real train.h5 --synthetic other.h5 --test test.h5
said "kid: 95 % of 100 subsets of 100 lie from "
refused 2 "hold different features" "$WILLIS" evaluate distribution --real train.h5 --synthetic small.h5
refused 2 "is read as a patch set" "$WILLIS" evaluate distribution --real train.h5 --synthetic other.h5 --extractor x
refused 2 "phantom is a folder" "$WILLIS" evaluate distribution --real phantom --synthetic other.h5
told "MedicalNet"
printf 'no matrix' >words.npy
refused 2 "words.npy: is not a .npy file; give" "$WILLIS" evaluate distribution --real real.npy --synthetic words.npy
refused 2 "has no dataset /pool3" "$WILLIS" evaluate distribution --real train.h5 --synthetic other.h5 --dataset pool3
refused 2 "train.h5 has 74 features, real.npy has 1" "$WILLIS" evaluate distribution --real train.h5 --synthetic real.npy

# ---- diversity
ok "$WILLIS" evaluate diversity --synthetic other.h5 --train train.h5 --test test.h5 --samples 60 --json
is_json
said '"n_samples": 60'
said '"n_references": 200'
for key in '"ssim_mean": 0.' '"ratio": ' '"nearer_to_train": ' '"null": {' '"close_to_train": ' '"verdict": "n'; do
    said "$key"
done
ok "$WILLIS" evaluate diversity --synthetic train.h5 --train train.h5 --test test.h5
said "ratio 0.0000"
said "100.0 % are nearer to training"
said "verdict: nearer to training than samples that do not know it"
ok "$WILLIS" evaluate diversity --synthetic test.h5 --train train.h5 --test test.h5
said "no ratio: half of the synthetic samples or more are held-out ones; 0.0 % are nearer to training"
# noise is nearer to one set by the accident of its brightness, and says nothing of memory
ok "$WILLIS" phantom tof --out noise --train 2 --val 0 --test 0 --matrix 64x80x32 --noise 20 --seed 9
ok "$WILLIS" patches noise --split train --size 32 --per-subject 50 --out noise.h5
ok "$WILLIS" evaluate diversity --synthetic noise.h5 --train train.h5 --test test.h5
said "no verdict: most synthetic samples lie further from both sets"
grep -q "are nearer to training" "$LOG/out" && die "a share where it means nothing"
refused 2 "real.npy is a matrix of features, which has no SSIM" "$WILLIS" evaluate diversity --synthetic real.npy
refused 2 "give both sets" "$WILLIS" evaluate diversity --synthetic other.h5 --train train.h5
refused 2 "other.h5 has 1024 features, small.h5 has 256" "$WILLIS" evaluate diversity --synthetic other.h5 --train small.h5 --test small.h5

# ---- embedding
ok "$WILLIS" evaluate embed --set real=train.h5 --set synthetic=other.h5 --samples 80 --iterations 100 --csv places.csv \
    --svg places.svg --json --threads 1
is_json
said '"n": 160'
[ "$(wc -l <places.csv)" = 161 ] || die "places.csv has not one row per sample"
grep -q '<svg' places.svg || die "places.svg is no picture"
grep -q '<image x=.*data:image/png;base64,' places.svg || die "places.svg has no thumbnails"
cp places.csv one.csv
ok "$WILLIS" evaluate embed --set real=train.h5 --set synthetic=other.h5 --samples 80 --iterations 100 --csv places.csv
cmp -s places.csv one.csv || die "the number of threads changes the embedding"
ok "$WILLIS" evaluate embed --set real=train.h5 --samples 100 --iterations 50 --csv a.csv --svg a.svg --thumbnails 0
grep -q '<image' a.svg && die "a.svg has thumbnails"
npy hundred.npy 100 1 $(for _ in 1 2 3 4 5 6 7 8 9 10; do for v in $V0 $V1 $V2 $V3 $V0 $V1 $V2 $V3 $V1 $V2; do printf '%s ' "$v"; done; done)
ok "$WILLIS" evaluate embed --set real=hundred.npy --iterations 50 --csv a.csv --svg a.svg # a matrix has no images
grep -q '<image' a.svg && die "a matrix of features has thumbnails"
refused 2 "are both called 'a'" "$WILLIS" evaluate embed --set a=train.h5 --set a=other.h5 --csv b.csv
[ ! -e b.csv ] || die "a refused embedding left b.csv"
refused 2 "give NAME=FILE" "$WILLIS" evaluate embed --set train.h5 --csv a.csv
refused 2 "no such file" "$WILLIS" evaluate embed --set a=none.h5 --csv a.csv
refused 2 "too few for a perplexity of 30" "$WILLIS" evaluate embed --set a=train.h5 --samples 20 --csv a.csv
refused 2 "different features" "$WILLIS" evaluate embed --set a=train.h5 --set b=small.h5 --csv a.csv
