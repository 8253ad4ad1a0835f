# Installing into an empty folder: everything is where a desktop looks for it, and what is installed starts.
# shellcheck shell=bash disable=SC2154

tree() { echo "$scratch/tree/usr"; }

installed_tree() {
    rm -rf "$scratch/tree"
    cargo xtask install --debug --prefix=/usr --destdir="$scratch/tree"
}

stage_install() {
    local program
    check "xtask installs into a folder" installed_tree
    check "the installed files are the expected ones, with their modes" expected_files
    for program in gangway gangwayctl; do
        check "the installed $program tells its version" tells_version "$program"
        check "the installed $program speaks German" speaks_german "$program"
    done
    check "the installed gangwayctl lists a demo machine" lists_demo
}

expected_files() {
    local id language
    id=$(cargo xtask application-id)
    {
        echo "755 bin/gangway"
        echo "755 bin/gangwayctl"
        echo "644 share/applications/$id.desktop"
        echo "644 share/icons/hicolor/scalable/apps/$id.svg"
        echo "644 share/icons/hicolor/symbolic/apps/$id-symbolic.svg"
        while read -r language; do echo "644 share/locale/$language/LC_MESSAGES/gangway.mo"; done < <(grep -v '^#' po/LINGUAS)
        echo "644 share/man/man1/gangwayctl.1"
        echo "644 share/metainfo/$id.metainfo.xml"
    } | sort -k 2 | diff - <(find "$(tree)" -type f -printf '%m %P\n' | sort -k 2)
}

tells_version() {
    local version
    version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
    timeout 20 "$(tree)/bin/$1" --version | grep -qF "$version"
}

speaks_german() {
    local german english
    use_locale de_DE.UTF-8 "$scratch/locales"
    english=$(timeout 20 "$(tree)/bin/$1" --help)
    german=$(LANG=de_DE.UTF-8 timeout 20 "$(tree)/bin/$1" --help)
    diff <(echo "$english") <(echo "$german") && return 1
    grep -qF "$(msgunfmt "$(tree)/share/locale/de/LC_MESSAGES/gangway.mo" | grep -A1 -x 'msgid "Options"' | sed -n 's/^msgstr "\(.*\)"/\1/p')" <<<"$german"
}

lists_demo() {
    GANGWAY_DEMO_STATE=$scratch/demo timeout 20 "$(tree)/bin/gangwayctl" --demo list --json | python3 -c '
import json, sys
listed = json.load(sys.stdin)
assert listed["functions"] and listed["groups"], "the demo machine has no devices"'
}
