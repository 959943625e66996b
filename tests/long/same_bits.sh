#!/bin/sh
# Has a change of the code changed a number? Every command runs, small and seeded, with a binary of before and one of
# after; what they wrote must agree to the last bit (digest_numbers.c says what counts). Same machine, both times:
# which kernels oneDNN takes depends on the processor.
#
#     same_bits.sh record WILLIS OUTDIR       runs everything into OUTDIR (made; must not exist), writes OUTDIR/digests.txt
#     same_bits.sh digest OUTDIR              writes digests.txt again, after a change of digest_numbers.c
#     same_bits.sh compare OLD NEW            lists what differs between two such folders; exit status 1 if anything does
#     same_bits.sh old-files WILLIS OLD       what WILLIS makes of the networks, checkpoints, patch sets and series
#                                             in OLD must be what OLD has
#
# `record` runs for two minutes on two cores and takes 400 MB. Two runs are meant to fail: cohorts/check-bad (a label of
# another size) and privacy/verify-6.5 (a claim that does not hold).
#
# Not compared: times, memory, words (standard error, help, reports, SVG plots, config.yaml, metadata of files).
# Keys of JSON and columns of tables that came or went are listed and allowed; files, tensors and data sets that went are
# differences.
set -eu

# ---- what another version may call otherwise; the version of OLD and the one at hand must both understand it
RUN=study                             # section of a study file: kind, output, checkpoints
SEGMENTATION=segmentation             # kind of a U-Net's run
GENERATOR=generator.safetensors       # networks in a run folder
CRITIC=critic.safetensors
UNET=unet.safetensors
LAST_GAN=checkpoint-00000012          # checkpoints that a resumed run must not find
LAST_UNET=checkpoint-00000060

THREADS=2
ISA= # instruction set of the runs; empty: the best
export OMP_NUM_THREADS=$THREADS OMP_WAIT_POLICY=passive LC_ALL=C
HERE=$(cd "$(dirname "$0")" && pwd)
TAB=$(printf '\t')

fail() {
    echo "same_bits.sh: $*" >&2
    exit 2
}

absolute() {
    case $1 in
    /*) echo "$1" ;;
    *) echo "$PWD/$1" ;;
    esac
}

# run NAME COMMAND...: with --json into NAME.json. Its exit status is a result.
run() {
    name=$1
    shift
    mkdir -p "$(dirname "$name")"
    case "$1 $2" in
    "cohort list" | "cohort split") ;;
    *) set -- "$@" --threads $THREADS --quiet ;;
    esac
    status=0
    echo "--- willis $*" >>"$LOG"
    env ${ISA:+WILLIS_ISA=$ISA} "$WILLIS" "$@" --json >"$name.json" 2>>"$LOG" || status=$?
    [ -s "$name.json" ] || rm "$name.json"
    printf 'must\t%s\texit status\t%s\n' "$name" "$status" >>"$STATUSES"
}

# ---- the runs: make_FOLDER writes into FOLDER ---------------------------------------------------------------------

make_phantoms() {
    run phantoms/tof phantom tof --out phantoms/tof --train 4 --val 1 --test 2 --matrix 96x112x40 \
        --vessel-density 2 --vessel-calibre 1.6
    run phantoms/fine phantom tof --out phantoms/fine --train 1 --val 0 --test 0 --matrix 144x176x64 --site b --seed 5 \
        --disease-share 1 --vessel-density 1.5 --vessel-calibre 1.2 --tortuosity 1.5 --noise 2 --bias 2
    run phantoms/painted phantom tof --vessels "$(vessels tof 6)" --out phantoms/painted.nii.gz \
        --label-out phantoms/painted-label.nii.gz --brain-out phantoms/painted-brain.nii.gz --seed 3
    small="--train 1 --val 0 --test 0 --matrix 40x48x6 --spacing 5x5x14"
    # shellcheck disable=SC2086 # options are several words
    {
        run phantoms/acute phantom dsc --out phantoms/acute --mode acute $small --leakage 0.1 --residue exponential
        run phantoms/chronic phantom dsc --out phantoms/chronic --mode chronic $small --drift 0.05 --five-d \
            --residue gamma
        run phantoms/moving phantom dsc --out phantoms/moving --mode chronic $small --motion 2 --seed 2
        run phantoms/healthy phantom dsc --out phantoms/healthy --mode healthy $small --seed 4 --blood-quadratic 0.5 \
            --residue boxcar
        run phantoms/echo1 phantom dsc --out phantoms/echo1 --mode acute $small --te 0.015 --leakage 0.2 --frames 64
        run phantoms/echo2 phantom dsc --out phantoms/echo2 --mode acute $small --te 0.035 --leakage 0.2 --frames 64
        run phantoms/slab phantom dsc --out phantoms/slab --shape slab --train 1 --val 1 --test 1 --matrix 24x28x4 \
            --spacing 5x5x10 --frames 80 --snr 30 --dummies 0 --residue any
    }
}
scan() {
    echo "phantoms/$1/sub-00$2/anat/sub-00$2_angio.nii.gz"
}
vessels() {
    echo "phantoms/$1/derivatives/willis/sub-00$2/anat/sub-00$2_desc-vessel_mask.nii.gz"
}
brain() {
    echo "phantoms/$1/derivatives/willis/sub-00$2/anat/sub-00$2_desc-brain_mask.nii.gz"
}

make_cohorts() {
    run cohorts/list cohort list phantoms/tof
    run cohorts/check cohort check phantoms/tof --overlays cohorts/overlays
    mkdir -p cohorts/copy
    cp -r phantoms/tof/. cohorts/copy
    sed "s/$TAB\\(train\\|val\\|test\\)$TAB/$TAB$TAB/" phantoms/tof/cohort.tsv >cohorts/copy/cohort.tsv
    run cohorts/split cohort split cohorts/copy --train 0.5 --val 0.2 --seed 3 --out cohorts/split.tsv
    run cohorts/split-list cohort list cohorts/split.tsv
    cp "$(vessels fine 1)" "$(vessels tof 1 | sed 's|phantoms/tof|cohorts/copy|')" # a label of another size
    run cohorts/check-bad cohort check cohorts/copy
    rm -r cohorts/copy
}

make_labels() {
    run labels/brain label "$(scan fine 1)" --brain "$(brain fine 1)" --out labels/brain.nii.gz
    run labels/whole label "$(scan fine 1)" --out labels/whole.nii.gz --scales 0.7,1.4 --seed-quantile 0.99 \
        --grow-quantile 0.95 --min-vesselness 0.1 --min-volume 10
    run labels/fixed label "$(scan tof 6)" --out labels/fixed.nii.gz --seed-threshold 100 --grow-threshold 40 \
        --grow-vesselness 0.01
}

make_patches() {
    run patches/train patches phantoms/tof --split train --size 64 --per-subject 60 --vessel-share 0.7 \
        --out patches/train.h5 --montage patches/train.png
    run patches/test patches phantoms/tof --split test --size 64 --per-subject 60 --out patches/test.h5
    run patches/wide patches phantoms/tof --split train --size 32x64 --per-subject 30 --seed 2 --whole-field \
        --out patches/wide.h5
    run patches/large patches phantoms/fine --size 96 --per-subject 64 --vessel-share 1 --seed 3 --out patches/large.h5
    run patches/other patches phantoms/tof --split train --size 64 --per-subject 60 --seed 9 --out patches/other.h5
}

# gan NAME [--set ...]: 12 steps, with a checkpoint and samples in the middle
gan() {
    name=$1
    shift
    run "trained/$name" train gan.yaml --out "trained/$name" "$@"
}
unet() {
    name=$1
    shift
    run "trained/$name" train unet.yaml --out "trained/$name" "$@"
}

make_trained() {
    cat >gan.yaml <<YAML
$RUN: {kind: gan, seed: 3, checkpoint_every: 6, sample_every: 6, log_every: 1}
data: {patches: patches/train.h5}
gan: {filters: 8, latent: 16, batch: 8, steps: 12, critic_steps: 2, critic_learning_rate: 1e-3,
  generator_learning_rate: 2e-3, calibration_samples: 64}
YAML
    cat >unet.yaml <<YAML
$RUN: {kind: $SEGMENTATION, seed: 4, checkpoint_every: 1}
data: {patches: patches/train.h5, cohort: phantoms/tof}
unet: {filters: 8, levels: 4, dropout: 0.1, batch: 8, epochs: 4, patches_per_epoch: 120, learning_rate: 3e-3,
  warmup_steps: 4, decay_from: 0.5, augment: true, tile: 64}
YAML
    for precision in f32 bf16; do
        gan gan-$precision --set engine.precision=$precision
        gan gan-sn-$precision --set gan.model=wgan-gp-sn --set engine.precision=$precision
        unet unet-$precision --set engine.precision=$precision
    done
    gan gan-settings --set data.patches=patches/wide.h5 --set gan.filters=6 --set gan.latent=7 --set gan.batch=5 \
        --set gan.weight_average=0.9 --set gan.scaling=patch --set gan.decay_from=0.5 --set gan.beta1=0.5 \
        --set gan.label_threshold=0.3 --set gan.gradient_penalty=5 --set engine.recompute=true
    gan gan-sn-settings --set data.patches=patches/wide.h5 --set gan.model=wgan-gp-sn --set engine.precision=bf16 \
        --set engine.recompute=true --set gan.critic_steps=1 --set gan.weight_average=0.99
    # the widths of a real study, where other kernels are taken
    gan gan-large --set data.patches=patches/large.h5 --set gan.filters=32 --set gan.batch=12 --set gan.steps=3
    gan gan-large-bf16 --set data.patches=patches/large.h5 --set gan.filters=32 --set gan.batch=12 --set gan.steps=3 \
        --set engine.precision=bf16
    unet unet-large --set data.patches=patches/large.h5 --set data.cohort= --set unet.filters=24 --set unet.levels=5 \
        --set unet.epochs=1 --set unet.patches_per_epoch=64 --set unet.tile=96 --set unet.dropout=0
    unet unet-large-bf16 --set data.patches=patches/large.h5 --set data.cohort= --set unet.filters=24 \
        --set unet.levels=5 --set unet.epochs=1 --set unet.patches_per_epoch=64 --set unet.tile=96 \
        --set engine.precision=bf16 --set engine.recompute=true
    # lower instruction sets: other code of ours and of oneDNN
    for ISA in base avx2; do
        gan gan-$ISA --set gan.steps=6
        gan gan-sn-$ISA --set gan.steps=6 --set gan.model=wgan-gp-sn
        unet unet-$ISA --set unet.epochs=1 --set unet.patches_per_epoch=40
    done
    ISA=
}

# From the checkpoint in the middle to the end. The run folder of before is copied, so that old-files resumes an old one.
make_resumed() {
    for name in gan-f32 gan-bf16 gan-sn-f32 gan-sn-bf16 gan-settings unet-f32 unet-bf16; do
        mkdir -p resumed
        cp -r trained/$name resumed/$name
        rm -f resumed/$name/$LAST_GAN* resumed/$name/$LAST_UNET* resumed/$name/$GENERATOR resumed/$name/$CRITIC \
            resumed/$name/$UNET resumed/$name/result.json
        run resumed/$name train resumed/$name/config.yaml --out resumed/$name --resume
    done
}

make_generated() {
    for name in gan-f32 gan-bf16 gan-sn-f32 gan-sn-bf16 gan-settings gan-large; do
        run generated/$name generate trained/$name/$GENERATOR --count 20 --out generated/$name.h5
    done
    run generated/seed generate trained/gan-f32/$GENERATOR --count 150 --seed 2 --out generated/seed.h5 \
        --montage generated/seed.png
    run generated/part generate trained/gan-f32/$GENERATOR --count 6 --seed 2 --first 37 --out generated/part.h5
    run generated/threshold generate trained/gan-sn-f32/$GENERATOR --count 6 --threshold 0.2 --out generated/threshold.h5
    ISA=base
    run generated/base generate trained/gan-f32/$GENERATOR --count 6 --out generated/base.h5
    ISA=
}

make_segmented() {
    for name in unet-f32 unet-bf16 unet-large; do
        run segmented/$name segment trained/$name/$UNET "$(scan tof 6)" --brain "$(brain tof 6)" \
            --out segmented/$name.nii.gz --probability segmented/$name-probability.nii.gz
    done
    run segmented/fine segment trained/unet-f32/$UNET "$(scan fine 1)" --out segmented/fine.nii.gz
    run segmented/network evaluate trained/unet-f32/$UNET phantoms/tof --split test --predictions segmented/network \
        --csv segmented/network.csv
    run segmented/network-bf16 evaluate trained/unet-bf16/$UNET phantoms/tof --predictions segmented/network-bf16
    ISA=avx2
    run segmented/avx2 segment trained/unet-f32/$UNET "$(scan tof 6)" --out segmented/avx2.nii.gz
    ISA=
}

# npy FILE N D SEED: N samples of D features in float32, from 1 to 2 and from 4 to 8; a linear congruential generator
npy() {
    {
        printf '\223NUMPY\001\000\166\000'
        printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($2, $3), }"
        # %b: octal escapes of awk become bytes
        printf '%b' "$(awk -v n=$(($2 * $3)) -v x="$4" 'BEGIN {
            for (i = 0; i < n; i++) {
                x = (x * 69069 + 1) % 4294967296
                m = int(x / 65536) % 128
                printf "\\0000\\0%03o\\0%03o\\0%s", m, 128 + m, m % 3 ? "077" : "100"
            }
        }')"
    } >"$1"
}

make_evaluated() {
    mkdir -p evaluated/truth evaluated/images
    for subject in 6 7; do
        cp "$(vessels tof $subject)" evaluated/truth/sub-00${subject}_label.nii.gz
        cp "$(scan tof $subject)" evaluated/images/sub-00${subject}_image.nii.gz
        cp "$(brain tof $subject)" evaluated/images/sub-00${subject}_brain.nii.gz
    done
    pairs="--truth evaluated/truth --truth-suffix _label --prediction segmented/network --prediction-suffix _pred"
    # shellcheck disable=SC2086 # options are several words
    {
        run evaluated/masks evaluate segmentation $pairs --csv evaluated/masks.csv --maps evaluated/maps
        run evaluated/masks-edges evaluate segmentation $pairs --tolerance 2 --calibre 2.5 --csv evaluated/masks-2.csv
        run evaluated/masks-compared evaluate segmentation --truth evaluated/truth --truth-suffix _label \
            --prediction segmented/network-bf16 --prediction-suffix _pred --seed 2 --compare evaluated/masks.csv
    }
    run evaluated/mask evaluate segmentation --truth "$(vessels fine 1)" --prediction labels/whole.nii.gz \
        --mask "$(brain fine 1)" --csv evaluated/mask.csv
    run evaluated/similarity evaluate similarity --truth "$(scan tof 6)" --prediction "$(scan tof 7)" --range 255 \
        --csv evaluated/similarity.csv --slices evaluated/slices.csv
    run evaluated/similarity-brain evaluate similarity --truth "$(scan tof 6)" --prediction "$(scan tof 7)" \
        --mask "$(brain tof 6)" --seed 2
    run evaluated/distribution evaluate distribution --real patches/train.h5 --synthetic generated/seed.h5 \
        --test patches/test.h5 --subset-size 50 --subsets 20 --clusters 8 --table evaluated/distribution.csv \
        --curve evaluated/curve.csv
    run evaluated/distribution-real evaluate distribution --real patches/train.h5 --synthetic patches/other.h5 \
        --samples 100 --subset-size 40 --restarts 2 --runs 3 --k-precision 2 --k-density 4 --seed 2
    npy evaluated/a.npy 40 6 1
    npy evaluated/b.npy 50 6 2
    run evaluated/features evaluate distribution --real evaluated/a.npy --synthetic evaluated/b.npy --subset-size 20 \
        --clusters 5 --extractor numbers
    run evaluated/diversity evaluate diversity --synthetic generated/seed.h5 --train patches/train.h5 \
        --test patches/test.h5 --samples 60
    npy evaluated/c.npy 40 6 3
    run evaluated/diversity-features evaluate diversity --synthetic evaluated/b.npy --train evaluated/a.npy \
        --test evaluated/c.npy --seed 3
    run evaluated/embed evaluate embed --set real=patches/train.h5 --set synthetic=generated/seed.h5 --samples 80 \
        --iterations 300 --csv evaluated/embed.csv
    run evaluated/embed-exact evaluate embed --set a=evaluated/a.npy --set b=evaluated/b.npy --theta 0 --perplexity 10 \
        --iterations 200 --csv evaluated/embed-exact.csv --seed 2
}

# perfuse NAME PHANTOM [option...]
perfuse() {
    name=$1
    series=phantoms/$2/sub-001/perf/sub-001_dsc.nii.gz
    shift 2
    run "perfusion/$name" perfusion "$series" --out "perfusion/$name" "$@"
}

make_perfusion() {
    for method in ssvd csvd osvd tikhonov parametric; do
        for phantom in acute chronic healthy; do
            perfuse $method-$phantom $phantom --method $method
        done
    done
    truth=phantoms/acute/derivatives/willis/sub-001/perf/sub-001_desc
    perfuse lcurve acute --method tikhonov --lambda lcurve --residue --extra-maps
    perfuse residue acute --residue --extra-maps --bootstrap 8 --seed 2
    perfuse csvd-cut slab --method csvd --psvd 0.15 --mask none --no-bias
    perfuse osvd-limit slab --oi 0.08 --baseline 2:9 --discard 2 --aif-search hierarchical
    perfuse contralateral acute --relative contralateral --aif-search hierarchical --aif-hemisphere left
    perfuse white acute --relative white --core "$truth-core_mask.nii.gz"
    perfuse white-given acute --relative white --white "$truth-white_mask.nii.gz" --mask "$truth-brain_mask.nii.gz"
    perfuse motion moving --motion --aif-fit
    perfuse leakage acute --leakage --aif "$truth-true_aif.csv" --aif-kind concentration
    perfuse artery acute --aif "$truth-artery_mask.nii.gz" --r2-tissue 40 --r2-blood 8 --density 1
    perfuse two-echoes echo1 --echo2 phantoms/echo2/sub-001/perf/sub-001_dsc.nii.gz --te2 0.035
}

make_privacy() {
    mkdir -p privacy
    draws="--sampling-rate 0.04 --noise 1.5 --steps 2250 --delta 1e-5"
    # shellcheck disable=SC2086 # options are several words
    {
        run privacy/epsilon privacy epsilon $draws
        run privacy/epsilon-releases privacy epsilon $draws --releases-per-draw 5 --orders study --units 50000
        run privacy/epsilon-orders privacy epsilon $draws --accountant rdp --orders 2,4,8,16
        run privacy/curve privacy curve $draws --points 20 --out privacy/curve
    }
    run privacy/noise privacy noise --target-epsilon 8 --sampling-rate 0.04 --steps 2250 --delta 1e-5
    run privacy/noise-pld privacy noise --target-epsilon 8 --sampling-rate 0.04 --steps 225 --delta 1e-5 --accountant pld
    run privacy/steps privacy steps --target-epsilon 3 --sampling-rate 0.04 --noise 1.5 --delta 1e-5
    run privacy/steps-pld privacy steps --target-epsilon 2 --sampling-rate 0.04 --noise 2 --delta 1e-5 --accountant pld
    run privacy/plan privacy plan --patients 1000 --batch 128 --target-epsilon 1,8
    run privacy/plan-few privacy plan --patients 41 --patches-per-patient 100 --epochs 5 --target-epsilon 3
    for claim in 7.3 6.5; do
        # not .json: an input, no result
        cat >privacy/ledger-$claim.txt <<JSON
{"format": "willis-privacy-ledger", "version": 1, "unit": "patch", "n_units": 41000, "adjacency": "add-remove",
 "delta": 1e-5, "claimed_epsilon": $claim, "mechanisms": [
 {"name": "critic", "kind": "poisson-subsampled-gaussian", "sampling_rate": 0.04, "noise_multiplier": 1.5,
  "clip_norm": 1, "releases_per_draw": 1, "steps": 2250, "randomness": "secret"}]}
JSON
        run privacy/verify-$claim privacy verify privacy/ledger-$claim.txt
    done
}

make_demo() {
    run demo/demo demo --out demo/demo --train 2 --val 1 --test 2 --matrix 96x112x40 --effort 0.02
}

# ---- verbs --------------------------------------------------------------------------------------------------------

FOLDERS="phantoms cohorts labels patches trained resumed generated segmented evaluated perfusion privacy demo"
FROM_OLD_FILES="cohorts labels resumed generated segmented evaluated perfusion"

# make_all FOLDER...: in the working folder
make_all() {
    for folder in "$@"; do
        from=$(date +%s)
        "make_$folder"
        echo "$folder: $(($(date +%s) - from)) s"
    done
}

# digest FOLDER...: the exit statuses of the runs, then all files with numbers, folder after folder, so that the first
# folder with a difference is the one to look at.
digest() {
    for folder in "$@"; do
        grep "^must$TAB$folder/" "$STATUSES"
        find "$folder" -type f \( -name '*.safetensors' -o -name '*.h5' -o -name '*.nii' -o -name '*.nii.gz' \
            -o -name '*.png' -o -name '*.csv' -o -name '*.tsv' -o -name '*.json' \) -print | sort >"$TEMPORARY/listed"
        xargs "$TEMPORARY/digest_numbers" <"$TEMPORARY/listed" || fail "a file of $folder could not be read"
    done
}

# differences OLD NEW [FOLDER...]: between two digests.txt; with folders, only what lies there
differences() {
    old=$1
    new=$2
    shift 2
    awk -F '\t' -v folders="$*" '
        BEGIN { n_folders = split(folders, only, " ") }
        function wanted(path, i) {
            for (i = 1; i <= n_folders; i++)
                if (index(path, only[i] "/") == 1)
                    return 1
            return n_folders == 0
        }
        !wanted($2) { next }
        { key = $2 "  " $3 }
        FILENAME == ARGV[1] { kind[key] = $1; before[key] = $4; order[++n_old] = key; next }
        { after[key] = $4 }
        !(key in before) { came[++n_came] = key }
        END {
            for (i = 1; i <= n_old; i++) {
                key = order[i]
                if (key in after && before[key] == after[key] "") n_agree++
                else if (key in after) differ[++n_differ] = "DIFFERS  " key ": " before[key] " before, " after[key] " after"
                else if (kind[key] == "must") differ[++n_differ] = "GONE     " key
                else gone[++n_gone] = key
            }
            for (i = 1; i <= n_gone; i++) print "note: no longer there: " gone[i]
            for (i = 1; i <= n_came; i++) print "note: new: " came[i]
            for (i = 1; i <= n_differ; i++) print differ[i]
            printf "%d results agree, %d differ; %d keys and columns went, %d results are new\n",
                n_agree, n_differ, n_gone, n_came
            exit n_differ > 0 || n_agree == 0
        }' "$old" "$new"
}

prepare() {
    # shellcheck disable=SC2046 # several flags
    cc -std=gnu17 -O2 "$HERE/digest_numbers.c" -o "$TEMPORARY/digest_numbers" \
        $(pkg-config --cflags --libs hdf5 jansson libpng zlib) || fail "digest_numbers.c does not compile"
}

record() {
    [ -x "$WILLIS" ] || fail "$WILLIS is no program"
    [ ! -e "$1" ] || fail "$1 exists already"
    mkdir -p "$1/files"
    STATUSES=$1/statuses.txt
    LOG=$1/log.txt
    echo "standard error of the runs: $LOG"
    cd "$1/files"
    # shellcheck disable=SC2086 # several folders
    make_all $FOLDERS
    rm trained/*-large*/checkpoint-* # not resumed, and hundreds of megabytes
    digest_again "$1"
}

digest_again() {
    prepare
    STATUSES=$1/statuses.txt
    cd "$1/files"
    # shellcheck disable=SC2086 # several folders
    digest $FOLDERS >"$TEMPORARY/digests"
    mv "$TEMPORARY/digests" "$1/digests.txt"
    awk -F '\t' '$3 == "exit status" && $4 != 0 { print $2 ": exit status " $4 }' "$1/digests.txt"
    echo "$(wc -l <"$1/digests.txt") results of $(cut -f 2 "$1/digests.txt" | uniq | wc -l) files: $1/digests.txt"
}

old_files() {
    [ -e "$1/digests.txt" ] || fail "$1 holds no recorded runs"
    [ -x "$WILLIS" ] || fail "$WILLIS is no program"
    prepare
    STATUSES=$TEMPORARY/statuses
    LOG=$TEMPORARY/log.txt
    cp -r "$1/files" "$TEMPORARY/files"
    cd "$TEMPORARY/files"
    # shellcheck disable=SC2086 # several folders
    {
        rm -r $FROM_OLD_FILES
        make_all $FROM_OLD_FILES
        digest $FROM_OLD_FILES >"$TEMPORARY/digests"
        differences "$1/digests.txt" "$TEMPORARY/digests" $FROM_OLD_FILES && return
    }
    echo "what willis said:"
    grep '^willis ' "$LOG"
    return 1
}

TEMPORARY=$(mktemp -d)
trap 'rm -rf "$TEMPORARY"' EXIT
WILLIS=$(absolute "${2-}")
case "${1-} $#" in
"record 3") record "$(absolute "$3")" ;;
"compare 3") differences "$2/digests.txt" "$3/digests.txt" ;;
"old-files 3") old_files "$(absolute "$3")" ;;
"digest 2") digest_again "$(absolute "$2")" ;;
*) fail "record WILLIS OUTDIR, compare OLD NEW, old-files WILLIS OLD, or digest OUTDIR" ;;
esac
