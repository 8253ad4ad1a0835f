# The disks of the lab's guests (tests/lab): a Debian 13 of its own, made on this side of the build root, since that takes
# the network and root of a namespace. Kept by what goes into them: the slow base by its packages, the disk by everything.
# What runs the guests is tests/lab itself, inside the build root.
# shellcheck shell=bash

lab_cache=$cache/lab
lab_source=$top/tests/lab/image
# What most scenarios run on; those of starting name another loader or another generator of the initramfs.
lab_parts='every window initramfs-tools grub'

# prepare_lab: sets $lab_image to the folder of the guest's disk; with another status, $lab_lack says why there is none
prepare_lab() {
    lab_lack=
    # In a shell of its own: where no build root can be made, that is no reason to stop the other stages.
    if ! (require_root); then
        lab_lack="there is no Debian 13 build root, which QEMU and the programs under test come from"
        return 1
    fi
    require_root # there is one now: this finds the toolchain that is shown inside
    if ! (is_root && mkdir -p "$lab_cache" || require_way_in "$lab_cache"); then
        lab_lack="its image cannot be made in $lab_cache"
        return 1
    fi
    lab_image=$(lab_image_of $lab_parts)
    require_lab_image $lab_parts
}

# prepare_lab_kinds FULL [SCENARIO...]: sets $lab_kinds to lines of “KIND FOLDER”, or “KIND” alone where the disk could not
# be made, for the guests that start by other means and that these scenarios ask for
prepare_lab_kinds() {
    local kind parts lack=$lab_lack full=$1
    shift
    lab_kinds=
    while read -r kind; do
        parts=$(lab_parts_of "$kind")
        lab_lack=
        if require_lab_image $parts; then
            lab_kinds+="$kind $(lab_image_of $parts)"$'\n'
        else
            say "No guest of the lab that starts by $kind: $lab_lack."
            lab_kinds+="$kind"$'\n'
        fi
    done < <(lab_kinds_of "$full" "$@")
    lab_lack=$lack
}

# What most scenarios run on will do where it starts so.
lab_parts_of() { # LOADER+GENERATOR[+PART]
    local loader generator more parts
    IFS=+ read -r loader generator more <<<"$1"
    parts="$generator $loader${more:+ $more}"
    case " $lab_parts " in *" $parts "*) echo "$lab_parts" ;; *) echo "every $parts" ;; esac
}

# What scenarios ask for with @pytest.mark.starts_by("LOADER", "GENERATOR"), or with a part of the image besides, as words with a
# plus between them.
lab_kinds_of() { # FULL [SCENARIO...]
    local full=$1 name
    local -a files=()
    shift
    for name; do files+=("$top/tests/lab/scenarios/$name.py"); done
    [ $# -gt 0 ] || [ "$full" = no ] || files=("$top"/tests/lab/scenarios/*.py)
    [ "${#files[@]}" = 0 ] || sed -n 's/^@pytest\.mark\.starts_by("\([^)]*\)").*/\1/p' "${files[@]}" | sed 's/", "/+/g' | sort -u
}

# Every part alone decides, so that a new loader leaves the other disks as they are.
lab_image_of() { # PART...
    (
        cd "$lab_source" || exit
        find assemble "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum |
            sed "s|^\(.\{16\}\).*|$lab_cache/image-\1|"
    )
}

require_lab_image() { # PART...
    local image
    image=$(lab_image_of "$@")
    # Touched, so that no other run takes it for one that nobody uses.
    [ -e "$image/complete" ] && touch "$image" && return
    exec 8>"$lab_cache/lock"
    flock --nonblock 8 || { say "Waiting for another run that makes the lab's image …"; flock 8; }
    if [ ! -e "$image/complete" ] && ! make_lab_image "$image" "$@" && [ -z "$lab_lack" ]; then
        lab_lack="the guest's disk could not be made: why is said above, and in $lab_cache/assemble.log"
    fi
    exec 8>&-
    [ -z "$lab_lack" ]
}

make_lab_image() { # IMAGE PART...
    local packages base image=$1 new=$1.new
    shift
    packages=$(cd "$lab_source" && printf '%s/packages\n' "$@" | xargs cat | grep -v '^#' | grep . | sort | paste -sd,)
    base=$lab_cache/base-$(sha256sum <<<"$packages" | cut -c1-16).tar
    if [ -s "$base" ]; then
        touch "$base"
    else
        say "Getting the packages of the lab's guest with $* (up to 1 GB, once) …"
        if ! bootstrap minbase "$packages" "$base.new.tar"; then
            rm -f "$base.new.tar"
            lab_lack="the packages of its guest could not be had: check that this computer reaches $(mirror), and try again"
            return 1
        fi
        chmod 644 "$base.new.tar"
        mv "$base.new.tar" "$base"
    fi
    say "Making the lab's image in $image …"
    require_lab_tools || return 1
    remove_root "$new"
    mkdir -p "$new"
    # For root of a user namespace, who is a stranger to this user's files, wherever and however they were checked out.
    chmod 777 "$new"
    cp -R "$lab_source" "$new/source"
    chmod -R a+rX "$new/source"
    as_root_of_root "$new/source/assemble" "$base" "$new" "$@" </dev/null >"$lab_cache/assemble.log" 2>&1 ||
        { tail -n 20 "$lab_cache/assemble.log" >&2; remove_root "$new"; return 1; }
    remove_root "$new/system"
    rm -rf "$new/source"
    chmod 755 "$new"
    touch "$new/complete"
    mv -T "$new" "$image"
    forget_old_images "$base" "$image"
}

require_lab_tools() {
    PATH=$PATH:/usr/sbin:/sbin have mke2fs || install_packages "The lab" e2fsprogs
}

# Images that nothing asks for any more would fill the cache: what a week has not used goes, and at once what a run left
# that was ended while it made one, for this one has the lock.
forget_old_images() { # WHAT IS IN USE...
    local each
    while read -r each; do
        [[ " $* $lab_image " == *" $each "* ]] || remove_root "$each"
    done < <(find "$lab_cache" -mindepth 1 -maxdepth 1 \( -name 'base-*' -o -name 'image-*' \) \( -mtime +7 -o -name '*.new*' \))
}
