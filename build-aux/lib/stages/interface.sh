# The real window on a private display, driven through accessibility names (tests/interface, pytest and AT-SPI).
# shellcheck shell=bash disable=SC2154

stage_interface() {
    local result=0 report=$scratch/interface.xml
    check "the programs are built" build_programs
    rm -f "$report"
    GANGWAY_PROGRAMS=${CARGO_TARGET_DIR:-$top/target}/debug GANGWAY_SCREENSHOTS=$scratch/screenshots \
        with_display python3 -B -m pytest -p no:cacheprovider -rs --junit-xml="$report" tests/interface </dev/null || result=$?
    if [ -s "$report" ]; then
        count_pytest interface "$report" $result
    else
        failed "interface: pytest ended with status $result and without a report"
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
