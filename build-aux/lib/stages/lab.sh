# The lab (tests/lab): our programs, installed into a QEMU guest with an emulated IOMMU. Always inside the Debian 13 build
# root, where the guest's libraries are the same; build-aux/lib/lab.sh has made the guest's disk.
# shellcheck shell=bash disable=SC2154

stage_lab() {
    local programs=$scratch/lab report=$scratch/lab.xml result=0 name
    local -a scenarios=()
    for name in ${GANGWAY_LAB_SCENARIOS-}; do scenarios+=("tests/lab/scenarios/$name.py"); done
    [ "${#scenarios[@]}" -gt 0 ] || scenarios=(tests/lab/scenarios)
    rm -rf "$programs"
    check "the programs for the guest are built and installed" cargo xtask install --prefix=/usr --destdir="$programs"
    # Without them every scenario would fail in its first seconds, and say nothing more.
    [ -x "$programs/usr/bin/gangwayctl" ] || return 0
    check "the root service has at most 3 MB" [ "$(stat -c %s "$programs/usr/libexec/gangway-helper")" -le 3000000 ]
    rm -f "$report"
    GANGWAY_LAB_PROGRAMS=$programs GANGWAY_LAB_EVIDENCE=$top/target/lab \
        python3 -B -m pytest -c tests/lab/pytest.ini --rootdir=tests/lab -v -rs --durations=0 --durations-min=20 \
        --junit-xml="$report" "${scenarios[@]}" </dev/null || result=$?
    if [ -s "$report" ]; then
        count_pytest lab "$report" $result
    else
        failed "lab: pytest ended with status $result and without a report"
    fi
}
