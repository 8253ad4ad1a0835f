# Runs a command in the place that place.sh chose. In the Debian 13 build root that is a mount namespace of its own,
# made by bwrap or by util-linux, which ends with the command: no mount is left behind, as root and as plain user.
#
# Both ways carry out the same plan: an empty root file system, the build root's /usr, /etc, /var … over it, its own
# /proc, /dev, /tmp and /run, the host's /sys read-only, and the folders that are worked in at their own paths.
# shellcheck shell=bash

# exec_in_place [--offline] [--desktop] COMMAND...    replaces this shell, as exec does
# --offline: no network inside; --desktop: the user's display, session bus, libvirt and Gangway's own state are.
exec_in_place() {
    local offline=no desktop=no
    while :; do
        case ${1-} in
            --offline) offline=yes; shift ;;
            --desktop) desktop=yes; shift ;;
            *) break ;;
        esac
    done
    local -a environment=(CARGO_TARGET_DIR="$target" GANGWAY_INSIDE="$place") plan=()
    [ $offline = no ] || environment+=(CARGO_NET_OFFLINE=true)
    if [ "$place" = native ]; then
        exec env "${environment[@]}" "$@"
    fi
    plan_environment $desktop
    plan_system
    plan_folders $desktop
    if have bwrap && bwrap --ro-bind / / true 2>/dev/null; then
        enter_with_bwrap $offline "$@"
    elif unshare --mount $(user_namespace) true 2>/dev/null; then
        enter_with_unshare $offline "$@"
    else
        die "The Debian 13 build root could not be entered: this system lets neither bwrap nor unshare make a mount namespace for $(id -un)."
    fi
}

user_namespace() { is_root || echo --user --map-root-user; }

# One step of the plan: what to do, with what, where.
add() { plan+=("$1"$'\t'"$2"$'\t'"$3"); }

plan_system() {
    local each target_of kind=ro
    is_root && kind=rw # the libvirt daemon of the tests writes to /var and /etc of the build root
    for each in "$root"/*; do
        case ${each##*/} in dev | proc | sys | tmp | run | home | root | lost+found) continue ;; esac
        if [ -L "$each" ]; then
            target_of=$(readlink "$each")
            add link "$target_of" "/${each##*/}"
        elif [ -n "$(find "$each" -maxdepth 0 -not -empty)" ]; then
            add $kind "$each" "/${each##*/}"
        fi
    done
    add tmpfs 755 /usr/local
    add proc - /proc
    add dev - /dev
    add sys - /sys
    add tmpfs 1777 /tmp
    add tmpfs 755 /run
    add folder - "$HOME"
    for each in /etc/resolv.conf /etc/ssl/certs/ca-certificates.crt; do
        [ -e "$each" ] && [ -e "$root$each" ] && add ro "$each" "$each"
    done
    is_root || { add ro /etc/passwd /etc/passwd; add ro /etc/group /etc/group; } # D-Bus refuses an unknown user
}

plan_folders() { # DESKTOP
    local each common
    local -a writable=("${CARGO_HOME:-$HOME/.cargo}" "${RUSTUP_HOME:-$HOME/.rustup}" "$top" "$target")
    common=$(git -C "$top" rev-parse --path-format=absolute --git-common-dir 2>/dev/null) || common=$top
    [ -z "${GANGWAY_CORPUS-}" ] || add ro "$(dirname "$(realpath "$GANGWAY_CORPUS")")" "$(dirname "$(realpath "$GANGWAY_CORPUS")")"
    for each in "$cargo_bin" "$rust_sysroot" "$common"; do
        under_any "$each" "${writable[@]}" || add ro "$each" "$each"
    done
    [ "$1" = no ] || writable+=("${XDG_STATE_HOME:-$HOME/.local/state}/gangway")
    [ -z "${lab_image-}" ] || writable+=("$lab_cache")
    for each in "${writable[@]}"; do
        mkdir -p "$each"
        add rw "$each" "$each"
    done
    [ "$1" = no ] || plan_desktop
}

plan_desktop() {
    local each
    for each in "${XDG_RUNTIME_DIR-}" /tmp/.X11-unix /run/libvirt "$(session_bus_socket)" /dev/dri; do
        [ -n "$each" ] && [ -e "$each" ] && add rw "$each" "$each"
    done
    each=${XAUTHORITY:-$HOME/.Xauthority}
    [ ! -e "$each" ] || add ro "$each" "$each"
}

session_bus_socket() { sed -n 's/^unix:path=\([^,;]*\).*/\1/p' <<<"${DBUS_SESSION_BUS_ADDRESS-}"; }

under_any() { # PATH FOLDER...
    local path=$1 each
    shift
    for each in "$@"; do [[ $path/ == "$each"/* ]] && return; done
    return 1
}

# Everything that a command inside sees of the environment.
plan_environment() { # DESKTOP
    local name
    local names='RUST.*|CARGO_.*|CI|TERM|COLUMNS|NO_COLOR|GANGWAY_.*|INSTA_.*|PROPTEST_.*'
    local of_desktop='G_.*|GTK_.*|GDK_.*|GSK_.*|LANG|LANGUAGE|LC_.*|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_.*|DBUS_SESSION_BUS_ADDRESS|LIBVIRT_.*|USER|LOGNAME'
    if [ "$1" = yes ]; then names="$names|$of_desktop"; else environment+=(LANG=C.UTF-8); fi
    while read -r name; do
        [[ $name =~ ^($names)$ ]] && environment+=("$name=${!name}")
    done < <(compgen -e | grep -v '^CARGO_TARGET_DIR$')
    environment+=(
        HOME="$HOME" CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}"
        PATH="$cargo_bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    )
}

enter_with_bwrap() { # OFFLINE COMMAND...
    local offline=$1 step kind with where
    local -a options=()
    shift
    for step in "${plan[@]}"; do
        IFS=$'\t' read -r kind with where <<<"$step"
        case $kind in
            link) options+=(--symlink "$with" "$where") ;;
            folder) options+=(--dir "$where") ;;
            tmpfs) options+=(--perms "$with" --tmpfs "$where") ;;
            proc) options+=(--proc "$where") ;;
            dev) options+=(--dev "$where") ;;
            sys) options+=(--ro-bind /sys /sys) ;;
            ro) options+=(--ro-bind "$with" "$where") ;;
            rw) case $with in /dev/*) options+=(--dev-bind "$with" "$where") ;; *) options+=(--bind "$with" "$where") ;; esac ;;
        esac
    done
    [ "$offline" = no ] || options+=(--unshare-net)
    # Without control groups libvirt leaves none behind on the host; a plain user cannot make any.
    is_root && set -- /bin/sh -c 'umount -R -l /sys/fs/cgroup 2>/dev/null; exec "$@"' sh "$@"
    exec env -i "${environment[@]}" "$(command -v bwrap)" "${options[@]}" --unshare-pid --unshare-ipc --die-with-parent \
        --chdir "$PWD" -- "$@"
}

enter_with_unshare() { # OFFLINE COMMAND...
    local offline=$1
    local -a spaces
    shift
    read -ra spaces <<<"--mount --pid --ipc --fork --kill-child --propagation private $(user_namespace)"
    [ "$offline" = no ] || spaces+=(--net)
    exec env -i "${environment[@]}" plan="$(printf '%s\n' "${plan[@]}")" root="$root" folder="$PWD" user="$(id -u)" group="$(id -g)" \
        "$(PATH=$PATH:/usr/bin:/bin command -v unshare)" "${spaces[@]}" /bin/bash "$top/build-aux/lib/pivot.sh" "$@"
}
