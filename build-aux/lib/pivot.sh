# Process 1 of a build root entered without bwrap: carries out enter.sh's plan with mount and pivot_root, then runs
# the command and stays to reap what the command leaves. Not chroot: inside one, the kernel refuses new user
# namespaces and libvirt cannot start a guest.
# Called with: plan, root, folder, user and group in the environment, the command as arguments.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
export PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin

bind() { # ro|rw WHAT WHERE
    if [ -d "$2" ]; then
        mkdir -p "$3"
    else
        mkdir -p "$(dirname "$3")"
        [ -e "$3" ] || : >"$3"
    fi
    mount --rbind "$2" "$3"
    [ "$1" = rw ] || read_only "$3"
}

# A mount and those below it. What another user's namespace has locked cannot be changed, nor written by us.
read_only() {
    local path
    path=$(realpath "$1")
    awk -v path="$path" '$5 == path || index($5, path "/") == 1 { print $5 }' /proc/self/mountinfo |
        while read -r each; do mount -o remount,bind,ro "$each" 2>/dev/null || true; done
}

make_dev() {
    local each
    mkdir -p dev
    mount -t tmpfs -o mode=755 tmpfs dev
    for each in null zero full random urandom tty; do bind rw "/dev/$each" "dev/$each"; done
    mkdir dev/pts dev/shm
    mount -t tmpfs -o mode=1777 tmpfs dev/shm
    mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    for each in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${each%:*}" "dev/${each#*:}"; done
}

make_sys() {
    mkdir -p sys
    mount --rbind /sys sys
    # Without control groups libvirt leaves none behind on the host; a plain user cannot make any.
    umount -R -l sys/fs/cgroup 2>/dev/null || true
    read_only sys
}

mount -t tmpfs -o mode=755 tmpfs "$root/mnt"
cd "$root/mnt"
while IFS=$'\t' read -r kind with where; do
    case $kind in
        link) ln -s "$with" ".$where" ;;
        folder) mkdir -p ".$where" ;;
        tmpfs) mkdir -p ".$where" && mount -t tmpfs -o "mode=$with" tmpfs ".$where" ;;
        proc) mkdir -p proc && mount -t proc proc proc ;;
        dev) make_dev ;;
        sys) make_sys ;;
        ro | rw) bind "$kind" "$with" ".$where" ;;
    esac
done <<<"$plan"
mkdir tmp/.host
pivot_root . tmp/.host
cd /
umount -l /tmp/.host
rmdir /tmp/.host
ip link set lo up 2>/dev/null || true
cd "$folder"
# A plain user had to become root of his own namespace for the mounts; the command sees him as himself again, or a
# libvirt daemon takes itself for the system's.
[ "$user" = 0 ] || set -- unshare --user --map-user="$user" --map-group="$group" -- "$@"
unset plan root folder user group
result=0
"$@" || result=$?
exit "$result"
