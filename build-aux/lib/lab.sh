# The disk of the lab's guest (tests/lab): a Debian 13 of its own, made on this side of the build root, since that takes
# the network and root of a namespace. Kept by what goes into it: the slow base by its packages, the disk by everything.
# What runs the guest is tests/lab itself, inside the build root.
# shellcheck shell=bash

lab_cache=$cache/lab

# prepare_lab: sets $lab_image to the folder of the guest's disk; with another status, $lab_lack says why there is none
prepare_lab() {
    local source=$top/tests/lab/image
    lab_lack=
    # In a shell of its own: where no build root can be made, that is no reason to stop the other stages.
    if ! (require_root); then
        lab_lack="there is no Debian 13 build root, which QEMU and the programs under test come from"
        return 1
    fi
    require_root # there is one now: this finds the toolchain that is shown inside
    lab_image=$lab_cache/image-$(cd "$source" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
    # Touched, so that no other run takes it for one that nobody uses.
    [ -e "$lab_image/complete" ] && touch "$lab_image" && return
    if ! (is_root && mkdir -p "$lab_cache" || require_way_in "$lab_cache"); then
        lab_lack="its image cannot be made in $lab_cache"
        return 1
    fi
    exec 8>"$lab_cache/lock"
    flock --nonblock 8 || { say "Waiting for another run that makes the lab's image …"; flock 8; }
    if [ ! -e "$lab_image/complete" ] && ! make_lab_image "$source" && [ -z "$lab_lack" ]; then
        lab_lack="the guest's disk could not be made: why is said above, and in $lab_cache/assemble.log"
    fi
    exec 8>&-
    [ -z "$lab_lack" ]
}

make_lab_image() { # SOURCE
    local packages base new=$lab_image.new
    packages=$(grep -v '^#' "$1/packages" | grep . | sort | paste -sd,)
    base=$lab_cache/base-$(sha256sum <<<"$packages" | cut -c1-16).tar
    if [ -s "$base" ]; then
        touch "$base"
    else
        say "Getting the packages of the lab's guest (about 1 GB, once) …"
        if ! bootstrap minbase "$packages" "$base.new.tar"; then
            rm -f "$base.new.tar"
            lab_lack="the packages of its guest could not be had: check that this computer reaches $(mirror), and try again"
            return 1
        fi
        chmod 644 "$base.new.tar"
        mv "$base.new.tar" "$base"
    fi
    say "Making the lab's image in $lab_image …"
    require_lab_tools || return 1
    remove_root "$new"
    mkdir -p "$new"
    # For root of a user namespace, who is a stranger to this user's files, wherever and however they were checked out.
    chmod 777 "$new"
    cp -R "$1" "$new/source"
    chmod -R a+rX "$new/source"
    as_root_of_root "$new/source/assemble" "$base" "$new" </dev/null >"$lab_cache/assemble.log" 2>&1 ||
        { tail -n 20 "$lab_cache/assemble.log" >&2; remove_root "$new"; return 1; }
    remove_root "$new/system"
    rm -rf "$new/source"
    chmod 755 "$new"
    touch "$new/complete"
    mv -T "$new" "$lab_image"
    forget_old_images "$base"
}

require_lab_tools() {
    PATH=$PATH:/usr/sbin:/sbin have mke2fs || install_packages "The lab" e2fsprogs
}

# Images that nothing asks for any more would fill the cache: what a week has not used goes, and at once what a run left
# that was ended while it made one, for this one has the lock.
forget_old_images() { # THE BASE IN USE
    local each
    while read -r each; do
        [ "$each" = "$1" ] || [ "$each" = "$lab_image" ] || remove_root "$each"
    done < <(find "$lab_cache" -mindepth 1 -maxdepth 1 \( -name 'base-*' -o -name 'image-*' \) \( -mtime +7 -o -name '*.new*' \))
}
