# Counting: every check is a test that passed, failed or was skipped, with a line that says so. The numbers go to
# $scratch/results, which build-aux/test adds up.
# shellcheck shell=bash disable=SC2154

record() { [ "$2" = 0 ] || printf '%s %s\n' "$1" "$2" >>"$scratch/results"; }
passed() { echo "ok       $1"; record passed 1; }
failed() { echo "FAILED   $1"; record failed 1; }
skipped() { echo "skipped  $1: $2"; record skipped 1; }

# check NAME COMMAND...: one test; what the command says is shown only when it fails
check() {
    local name=$1 log=$scratch/check.log
    shift
    (set -e; "$@") >"$log" 2>&1 </dev/null &
    if wait $!; then
        passed "$name"
    else
        failed "$name"
        tail -n 60 "$log" | sed 's/^/    /'
    fi
}

# check_with PROGRAM NAME COMMAND...: skipped where there is no PROGRAM
check_with() {
    local program=$1
    shift
    if command -v "$program" >/dev/null; then check "$@"; else skipped "$1" "$program is not installed"; fi
}

# cargo_tests NAME [WRAPPER...] -- ARGUMENT...: cargo test with its own tests counted one by one
cargo_tests() {
    local name=$1 log=$scratch/$1.log skips=$scratch/$1.skips result=0
    local -a wrapper=()
    shift
    while [ "$1" != -- ]; do wrapper+=("$1"); shift; done
    shift
    : >"$skips"
    GANGWAY_SKIP_LOG=$skips "${wrapper[@]}" cargo test --locked --no-fail-fast "$@" 2>&1 </dev/null | tee "$log" || result=$?
    count_cargo_tests "$name" "$log" "$skips" $result
}

count_cargo_tests() { # NAME LOG SKIPS STATUS
    local passes failures ignored skips
    read -r passes failures ignored < <(sed -n 's/^test result: .* \([0-9]*\) passed; \([0-9]*\) failed; \([0-9]*\) ignored;.*/\1 \2 \3/p' "$2" |
        awk '{ p += $1; f += $2; i += $3 } END { print p + 0, f + 0, i + 0 }')
    skips=$(sort -u "$3" | grep -c . || true)
    sort -u "$3" | sed 's/^/skipped  /; s/\t/: /'
    # A test that skips itself returns, so the harness counts it as passed.
    record passed $((passes - skips))
    record failed "$failures"
    record skipped $((skips + ignored))
    if [ "$4" != 0 ] && [ "$failures" = 0 ]; then
        failed "$1: it did not build, or a test program ended before its tests did"
    elif [ "$((passes + failures))" = 0 ]; then
        failed "$1: there was no test to run"
    fi
}
