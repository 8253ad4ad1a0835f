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
    check "the service's files name the program where it is" service_program
    check "the units of every start are linked by those that start them" units_are_linked
    check "the policy asks in German" german_policy
    check_with systemd-analyze "systemd understands the units" valid_units
}

expected_files() {
    local id language
    id=$(cargo xtask application-id)
    {
        echo "755 bin/gangway"
        echo "755 bin/gangwayctl"
        echo "644 lib/systemd/system/gangway-helper.service"
        for unit in recover.service trial-end.service trial-end.timer trial.service; do
            echo "644 lib/systemd/system/gangway-$unit"
        done
        echo "755 libexec/gangway-helper"
        echo "644 share/applications/$id.desktop"
        echo "644 share/dbus-1/interfaces/org.gangway.Helper1.xml"
        echo "644 share/dbus-1/system-services/org.gangway.Helper1.service"
        echo "644 share/dbus-1/system.d/org.gangway.Helper1.conf"
        echo "644 share/icons/hicolor/scalable/apps/$id.svg"
        echo "644 share/icons/hicolor/symbolic/apps/$id-symbolic.svg"
        while read -r language; do echo "644 share/locale/$language/LC_MESSAGES/gangway.mo"; done < <(grep -v '^#' po/LINGUAS)
        echo "644 share/man/man1/gangwayctl.1"
        echo "644 share/metainfo/$id.metainfo.xml"
        echo "644 share/polkit-1/actions/org.gangway.helper.policy"
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

service_program() {
    local file
    for file in share/dbus-1/system-services/org.gangway.Helper1.service lib/systemd/system/gangway-helper.service \
        lib/systemd/system/gangway-recover.service lib/systemd/system/gangway-trial.service \
        lib/systemd/system/gangway-trial-end.service; do
        grep -Eq '^Exec(Start)?=/usr/libexec/gangway-helper( --(recover|trial|end-trial))?$' "$(tree)/$file" || { echo "$file"; return 1; }
        ! grep -n '@' "$(tree)/$file" | grep -v 'SystemCall' || return 1
    done
}

units_are_linked() {
    local link unit
    for link in multi-user.target.wants/gangway-recover.service multi-user.target.wants/gangway-trial.service \
        timers.target.wants/gangway-trial-end.timer; do
        unit=$(tree)/lib/systemd/system/$(basename "$link")
        link=$(tree)/lib/systemd/system/$link
        [ -L "$link" ] && [ "$link" -ef "$unit" ] || { echo "$link"; return 1; }
    done
}

german_policy() {
    local file
    file=$(tree)/share/polkit-1/actions/org.gangway.helper.policy
    [ "$(grep -c '<message xml:lang="de">' "$file")" = "$(grep -c '<message>' data/org.gangway.helper.policy)" ] &&
        [ "$(grep -c '<description xml:lang="de">' "$file")" = "$(grep -c '<description>' data/org.gangway.helper.policy)" ]
}

# Below a root of its own, so that it finds the program that the units name; a target that is not there is no fault of ours.
valid_units() {
    local root said
    root=$(dirname "$(tree)")
    said=$(systemd-analyze verify --man=no --recursive-errors=no --root="$root" \
        /usr/lib/systemd/system/gangway-helper.service /usr/lib/systemd/system/gangway-recover.service \
        /usr/lib/systemd/system/gangway-trial.service /usr/lib/systemd/system/gangway-trial-end.timer 2>&1) ||
        said="$said (status $?)"
    echo "$said"
    [ -z "$said" ]
}
