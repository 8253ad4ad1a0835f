# The real window on a private display, driven through accessibility names (tests/interface, pytest and AT-SPI).
# shellcheck shell=bash disable=SC2154

stage_interface() {
    # The demo changes its computer as an ordinary user alone, and devices of this computer are imitated by root alone.
    local changing=(tests/interface/test_changes.py tests/interface/test_reserve.py tests/interface/test_walk.py)
    check "the programs are built" build_programs
    interface_tests interface with_display tests/interface "${changing[@]/#/--ignore=}"
    interface_tests interface-as-user with_display_as_user "${changing[@]}"
}

interface_tests() { # NAME RUNNER ARGUMENT...
    local result=0 name=$1 runner=$2 report=$scratch/$1.xml
    shift 2
    rm -f "$report"
    GANGWAY_PROGRAMS=${CARGO_TARGET_DIR:-$top/target}/debug GANGWAY_SCREENSHOTS=$scratch/screenshots \
        "$runner" python3 -B -m pytest -p no:cacheprovider -rs --junit-xml="$report" "$@" </dev/null || result=$?
    if [ -s "$report" ]; then
        count_pytest "$name" "$report" $result
    else
        failed "$name: pytest ended with status $result and without a report"
    fi
}

count_pytest() { # NAME REPORT STATUS
    local tests failures errors skips
    read -r tests failures errors skips < <(python3 - "$2" <<'END'
import sys, xml.etree.ElementTree as tree
suites = list(tree.parse(sys.argv[1]).iter("testsuite"))
print(*(sum(int(suite.get(name, 0)) for suite in suites) for name in ("tests", "failures", "errors", "skipped")))
END
    )
    record passed $((tests - failures - errors - skips))
    record failed $((failures + errors))
    record skipped "$skips"
    if [ "$tests" = 0 ]; then
        failed "$1: there was no test to run"
    elif [ "$3" != 0 ] && [ $((failures + errors)) = 0 ]; then
        failed "$1: pytest ended with status $3"
    fi
}
