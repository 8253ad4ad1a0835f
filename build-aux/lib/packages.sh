# The system's packages: which of build-aux/packages are missing here, and getting them.
# Which place to build in is decided in place.sh.
# shellcheck shell=bash

package_table=$top/build-aux/packages

package_manager() {
    local each
    for each in apt-get dnf pacman zypper; do
        if have "$each"; then
            echo "${each%-get}"
            return
        fi
    done
}

# rows WHO...: the rows of the table that are needed by one of WHO
rows() {
    awk -v who=" $* " '!/^#/ && NF && index(who, " " $1 " ")' "$package_table"
}

# The name, or names, of a row in this package manager; nothing where it has none.
packages_of_row() { # MANAGER ROW
    local column
    case $1 in apt) column=3 ;; dnf) column=4 ;; pacman) column=5 ;; zypper) column=6 ;; *) return ;; esac
    awk -v column="$column" '$column != "-" { gsub(",", " ", $column); print $column }' <<<"$2"
}

is_found() { # PROBE
    local what=${1#*:}
    case $1 in
        pc:*'>='*) have pkg-config && pkg-config --exists "${what%>=*} >= ${what#*>=}" ;;
        cmd:*) have "$what" || [ -x "/usr/sbin/$what" ] || [ -x "/sbin/$what" ] ;;
        py:*) have python3 && python3 -c "import importlib.util as u, sys; sys.exit(u.find_spec('$what') is None)" ;;
        gi:*) compgen -G "/usr/lib*/girepository-1.0/$what.typelib" >/dev/null ||
            compgen -G "/usr/lib/*/girepository-1.0/$what.typelib" >/dev/null ;;
        file:*) [ -e "$what" ] ;;
        *) false ;;
    esac
}

# missing_packages WHO...: what this package manager calls the things that are not found, one a line
missing_packages() {
    local manager row probe
    manager=$(package_manager)
    while read -r row; do
        read -r _ probe _ <<<"$row"
        is_found "$probe" || packages_of_row "$manager" "$row"
    done < <(rows "$@") | tr ' ' '\n' | sort -u
}

install_command() { # MANAGER
    case $1 in
        apt) echo apt-get install --yes --no-install-recommends ;;
        dnf) echo dnf install --assumeyes ;;
        pacman) echo pacman --sync --needed --noconfirm ;;
        zypper) echo zypper --non-interactive install ;;
    esac
}

# install_packages WHY PACKAGE...: asks where there is somebody to ask, never where root runs without a terminal
install_packages() {
    local why=$1 manager
    shift
    manager=$(package_manager)
    local -a command
    read -ra command <<<"$(install_command "$manager")"
    [ "${#command[@]}" -gt 0 ] ||
        die "$why needs $*, and the package manager of this system is not known to this script: install them and try again."
    is_root || command=(sudo "${command[@]}")
    if has_terminal; then
        say "$why needs these packages: $*"
        ask "Install them with “${command[*]} …”?" || die "Nothing was installed; $why needs: $*"
    elif ! is_root; then
        die "$why needs packages that are missing here: run “${command[*]} $*” and try again."
    fi
    is_root || have sudo || die "$why needs packages that are missing here: as root, run “${command[*]:1} $*” and try again."
    say "Installing $* …"
    [ "$manager" != apt ] || refresh_apt
    DEBIAN_FRONTEND=noninteractive "${command[@]}" "$@" </dev/null >&2 ||
        die "The packages could not be installed: $*. What the package manager said stands above."
}

# Package lists that were never fetched, as in a fresh container, know no package at all.
refresh_apt() {
    local -a sudo=()
    is_root || sudo=(sudo)
    [ -n "$(apt-cache policy gcc 2>/dev/null | grep -v '(none)' | grep Candidate)" ] && return
    "${sudo[@]}" apt-get update -q >&2 || die "The list of packages could not be fetched: connect to the network and try again."
}
