# The Debian 13 build root: made once with mmdebstrap, under another name until it is complete, and brought up to date
# when build-aux/packages grows. How a command gets into it is enter.sh's business.
# shellcheck shell=bash

root=$cache/debian13
root_stamp=$cache/debian13.packages
default_mirror=http://deb.debian.org/debian

root_packages() { rows build display test root | while read -r row; do packages_of_row apt "$row"; done | tr ' ' '\n' | sort -u; }

# Makes sure that the root is there and holds every package of the list.
require_root() {
    local wanted
    require_rust_outside_usr
    wanted=$(root_packages | cksum)
    [ -d "$root" ] && [ -r "$root_stamp" ] && [ "$(cat "$root_stamp")" = "$wanted" ] && return
    require_root_tools
    mkdir -p "$cache"
    exec 8>"$cache/debian13.lock"
    flock --nonblock 8 || { say "Waiting for another build to finish with the Debian 13 build root …"; flock 8; }
    if [ -d "$root" ]; then update_root; else make_root; fi
    echo "$wanted" >"$root_stamp"
    exec 8>&-
}

# The host's toolchain is shown inside at its own path, which the root's own /usr would hide.
require_rust_outside_usr() {
    rust_sysroot=$(rustc --print sysroot 2>/dev/null) || rust_sysroot=/usr
    cargo_bin=$(dirname "$(command -v cargo)")
    case $rust_sysroot in
        /usr | /usr/lib/*) die "Gangway is built in a Debian 13 build root here, which cannot use the system's own Rust: install Rust with rustup, see https://rustup.rs." ;;
    esac
}

require_root_tools() {
    local -a missing=()
    have mmdebstrap || missing+=(mmdebstrap)
    if ! is_root; then
        have newuidmap || missing+=(uidmap)
        grep -qs "^$(id -un):\|^$(id -u):" /etc/subuid ||
            die "The Debian 13 build root needs a range of user ids: run “sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $(id -un)” and try again."
        require_way_in "$cache"
    fi
    [ "${#missing[@]}" = 0 ] && return
    [ "$(package_manager)" = apt ] ||
        die "GTK 4.14, libadwaita 1.5 and libvirt 6 are not to be had here, and making a Debian 13 build root needs ${missing[*]}: install that and try again."
    install_packages "The Debian 13 build root" "${missing[@]}"
}

# Root of a user namespace is a stranger to this user's files: every folder on his way has to let others through.
require_way_in() { # DIRECTORY, which this makes
    local each
    (umask 022; mkdir -p "$1")
    each=$(realpath "$1")
    while [ "$each" != / ]; do
        case $(stat --format=%A "$each") in
            *[xt]) each=$(dirname "$each") ;;
            *) die "Others cannot pass through $each, and what is made in $1 is made as another user: run “chmod o+x $each”, or name a folder elsewhere with XDG_CACHE_HOME, and try again." ;;
        esac
    done
}

root_mode() { if is_root; then echo root; else echo unshare; fi; }

make_root() {
    local new=$root.new
    say "Making a Debian 13 build root in $root (about 2 GB, once) …"
    remove_root "$new"
    if ! bootstrap apt "$(root_packages | paste -sd,)" "$new"; then
        remove_root "$new"
        die "The Debian 13 build root could not be made: check that this computer reaches $(mirror), and try again."
    fi
    mv -T "$new" "$root"
}

# bootstrap VARIANT PACKAGES TARGET: a Debian 13 from the archive, as a folder or, where TARGET ends so, as a tar archive
bootstrap() {
    local keyring=() proxy p=
    [ -z "$(host_debian_mirror)" ] && keyring=("--keyring=$top/build-aux/lib/debian-13.asc")
    proxy=$(apt-config shell p Acquire::http::Proxy 2>/dev/null) && eval "$proxy"
    timeout --foreground 3000 mmdebstrap --mode="$(root_mode)" --variant="$1" --quiet "${keyring[@]}" \
        --aptopt='APT::Install-Recommends "false"' ${p:+--aptopt="Acquire::http::Proxy \"$p\""} \
        --customize-hook='touch "$1/etc/resolv.conf"' \
        --include="$2" trixie "$3" "deb $(mirror) trixie main" </dev/null >&2
}

# A root that is a little behind gets what it lacks; nothing is taken out.
update_root() {
    local missing
    missing=$(comm -23 <(root_packages) <(installed_in_root) | paste -sd' ')
    [ -z "$missing" ] && return
    say "Installing in the Debian 13 build root: $missing …"
    as_root_of_root sh -euc '
        root=$1; shift
        cp -L /etc/resolv.conf "$root/etc/resolv.conf"
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        printf "#!/bin/sh\nexit 101\n" >"$root/usr/sbin/policy-rc.d"; chmod 755 "$root/usr/sbin/policy-rc.d"
        export DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin
        chroot "$root" dpkg --configure -a
        chroot "$root" apt-get update -q
        chroot "$root" apt-get install --yes -q --no-install-recommends "$@"
        chroot "$root" apt-get clean
        rm -rf "$root"/var/lib/apt/lists/*' update-root "$root" $missing </dev/null >&2 ||
        die "The Debian 13 build root could not be brought up to date ($missing): check that this computer reaches $(mirror), and try again."
}

installed_in_root() {
    dpkg-query --admindir="$root/var/lib/dpkg" --show --showformat '${Package} ${db:Status-Status}\n' |
        sed -n 's/ installed$//p' | sort -u
}

# Runs a command that owns the root's files, in a mount namespace that ends with it.
as_root_of_root() {
    if is_root; then
        timeout --foreground 1800 unshare --mount --propagation private "$@"
    else
        timeout --foreground 1800 mmdebstrap --unshare-helper "$@"
    fi
}

remove_root() { # DIRECTORY, whose files may belong to the user's sub-uids
    [ -e "$1" ] || return 0
    rm -rf --one-file-system "$1" 2>/dev/null && return
    # Each removes what is his: root of the namespace may not write where it lies, this user not in what belongs to his sub-uids.
    as_root_of_root rm -rf --one-file-system "$1" 2>/dev/null || true
    rm -rf --one-file-system "$1"
}

mirror() {
    local host
    host=$(host_debian_mirror)
    echo "${host:-$default_mirror}"
}

# The address of the main archive, where this system is a Debian itself.
host_debian_mirror() {
    apt-get indextargets --format '$(REPO_URI) $(LABEL) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
        awk '$2 == "Debian" && $3 == "main" { sub("/$", "", $1); print $1; exit }'
}
