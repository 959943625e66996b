# Sourced by the scripts of this folder: SCRIPT WILLIS MAKE_NIFTI COMPARE_OUTPUTS ROOT KILL_AT. Leaves the caller in an
# empty folder that is removed at the end.
WILLIS=$1
MAKE=$2
COMPARE=$3
ROOT=$4
KILL_AT_LIBRARY=$5
LOG=$(mktemp -d)
WORK=$(mktemp -d)
trap 'rm -rf "$LOG" "$WORK"' EXIT
cd "$WORK"

die() {
    echo "FAILED: $*"
    echo "--- standard output"
    cat "$LOG/out"
    echo "--- standard error"
    cat "$LOG/err"
    exit 1
}

# Runs a command that must succeed.
ok() {
    "$@" >"$LOG/out" 2>"$LOG/err" || die "exit status $? of: $*"
}

# Words that the last command must have printed on standard output or error.
said() {
    grep -qF -- "$1" "$LOG/out" || die "not on standard output: $1"
}
told() {
    grep -qF -- "$1" "$LOG/err" || die "not on standard error: $1"
}

# The last command printed one JSON object and nothing else on standard output.
is_json() {
    "$COMPARE" json "$LOG/out" >"$LOG/json" 2>&1 || die "$(cat "$LOG/json")"
}

contents() {
    find . -type f -exec cksum {} + | sort
}

# refused STATUS WORDS COMMAND...: ends with the status, tells the words, writes nothing on standard output, and
# leaves every file as it was, temporary ones included.
refused() {
    status=$1
    words=$2
    shift 2
    contents >"$LOG/before"
    got=0
    "$@" >"$LOG/out" 2>"$LOG/err" || got=$?
    [ "$got" = "$status" ] || die "exit status $got instead of $status of: $*"
    told "$words"
    [ ! -s "$LOG/out" ] || die "standard output of: $*"
    contents >"$LOG/after"
    cmp -s "$LOG/before" "$LOG/after" || die "files changed: $(diff "$LOG/before" "$LOG/after") by: $*"
}
