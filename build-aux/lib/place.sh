# Where Gangway is built: on this system, when its GTK, libadwaita and libvirt are new enough, else in a Debian 13
# build root (root.sh). Decides, gets what is missing, and runs commands there (enter.sh does the entering).
# shellcheck shell=bash

# prepare_place WHO...: sets $place to “native” or “debian13” and $target to where programs are built there, and gets
# what WHO (build, display, test) needs
prepare_place() {
    local -a missing
    decide_place
    target=${CARGO_TARGET_DIR:-$top/target}
    if [ "$place" = debian13 ]; then
        target=$target/debian13
        require_root
        return
    fi
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" = 0 ] || install_packages "Gangway" "${missing[@]}"
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" = 0 ] || say "Still not found after installing: ${missing[*]}"
}

# The verdict “too old” costs a question to the package manager, so it is kept until the distribution changes.
decide_place() {
    local stamp=$cache/too-old key
    case ${GANGWAY_PLACE-} in
        native | debian13) place=$GANGWAY_PLACE; return ;;
        '') ;;
        *) usage_error "GANGWAY_PLACE is “$GANGWAY_PLACE”; it can be “native” or “debian13”." ;;
    esac
    place=native
    new_enough_here && return
    key=$(cat /etc/os-release "$package_table" 2>/dev/null | cksum)
    if [ -r "$stamp" ] && [ "$(cat "$stamp")" = "$key" ]; then
        place=debian13
    elif ! new_enough_to_install; then
        place=debian13
        mkdir -p "$cache"
        echo "$key" >"$stamp"
    fi
}

new_enough_here() {
    local probe
    while read -r probe; do is_found "$probe" || return 1; done < <(version_probes)
}

# Would the package manager's candidates do?
new_enough_to_install() {
    local manager row probe package candidate
    manager=$(package_manager)
    [ -n "$manager" ] || return 1
    [ "$manager" != apt ] || ! is_root || refresh_apt
    while read -r row; do
        read -r _ probe _ <<<"$row"
        is_found "$probe" && continue
        package=$(packages_of_row "$manager" "$row")
        candidate=$(candidate_version "$manager" "$package")
        [ -n "$candidate" ] && version_at_least "$candidate" "${probe#*>=}" || return 1
    done < <(rows build | grep 'pc:[^ ]*>=')
}

version_probes() { rows build | awk '$2 ~ /^pc:.*>=/ { print $2 }'; }

# The upstream part of the version that would be installed: no epoch, no revision of the distribution.
candidate_version() { # MANAGER PACKAGE
    case $1 in
        apt) apt-cache policy "$2" 2>/dev/null | awk '/Candidate:/ { print $2 }' ;;
        dnf) dnf --quiet repoquery --latest-limit=1 --queryformat '%{version}\n' "$2" 2>/dev/null | grep -m1 . ;;
        pacman) pacman --sync --info "$2" 2>/dev/null | awk '/^Version/ { print $3; exit }' ;;
        zypper) zypper --non-interactive --quiet info "$2" 2>/dev/null | awk '/^Version/ { print $3; exit }' ;;
    esac | sed 's/^[0-9]*://; s/[^0-9.].*//; s/\.$//' || true
}
