#!/bin/sh
# Builds the fuzz targets and runs each for FUZZ_SECONDS (30). What breaks one is kept in build/fuzz/found.
# Skips, and says so, where clang, its libFuzzer or its OpenMP runtime is missing.
cd "$(dirname "$0")/../.." || exit 2
seconds=${FUZZ_SECONDS:-30}
bad=0

probe='int LLVMFuzzerTestOneInput(const unsigned char *b, unsigned long n) { return (void)b, (void)n, 0; }'
if ! echo "$probe" | clang -fsanitize=fuzzer,address -fopenmp -x c - -o /dev/null 2>/dev/null; then
    echo "fuzz: SKIPPED, nothing was tested: clang with libFuzzer and OpenMP is not here" \
        "(apt-get install clang libomp-dev)"
    exit 0
fi

cmake --preset fuzz >/dev/null && cmake --build --preset fuzz || exit 1
mkdir -p build/fuzz/found && build/fuzz/tests/fuzz/fuzz_seeds build/fuzz/seeds || exit 1
for target in build/fuzz/tests/fuzz/fuzz_*; do
    name=${target##*/fuzz_}
    { [ -x "$target" ] && [ -d "build/fuzz/seeds/$name" ]; } || continue
    mkdir -p "build/fuzz/corpus/$name"
    echo "fuzz: $name for $seconds s"
    log=build/fuzz/found/$name.log
    longest=4096
    case $name in patches | features) longest=24576 ;; esac # HDF5 files are large however little they hold
    if "$target" -max_total_time="$seconds" -max_len="$longest" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=512 \
        -print_final_stats=1 -verbosity=0 -artifact_prefix="build/fuzz/found/$name-" \
        "build/fuzz/corpus/$name" "build/fuzz/seeds/$name" >"$log" 2>&1; then
        sed -n 's/^stat::number_of_executed_units: */fuzz:   cases without failure: /p' "$log"
    else
        tail -n 40 "$log"
        bad=1
    fi
done
[ $bad = 0 ] && echo "fuzz: no failure"
exit $bad
