# Runs the stages of build-aux/test one after the other, inside the place: a stage that fails or does not end does not
# keep the later ones from running. The stages themselves are in stages/.
# shellcheck shell=bash
# Called with: the folder for logs and results, then the stages. With --one, one stage in this process.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
top=$(cd "$here/../.." && pwd -P)
cd "$top" || exit 1

one=no
[ "$1" = --one ] && { one=yes; shift; }
scratch=$1
shift

minutes() { # the longest that a stage may take
    case $1 in
        lints | docs | units | app | integration) echo 30 ;;
        lab) if [ -n "${GANGWAY_LAB_FULL-}" ]; then echo 240; else echo 25; fi ;;
        full) echo 60 ;;
        *) echo 15 ;;
    esac
}

if [ $one = yes ]; then
    for part in count display user locale stages/rust stages/interface stages/files stages/translations stages/install stages/lab; do
        # shellcheck source=/dev/null
        . "$here/$part.sh"
    done
    "stage_$1"
    exit
fi

# Tests see no setting of whoever runs them, and leave none.
unset LANGUAGE LC_ALL LC_MESSAGES DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS LIBVIRT_DEFAULT_URI
export LANG=C.UTF-8 CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never} INSTA_UPDATE=no
private=$(mktemp -d)
running=
trap 'rm -rf "$private"' EXIT
trap '[ -z "$running" ] || kill "$running"; exit 143' INT TERM HUP
for each in CONFIG CACHE DATA STATE; do
    mkdir "$private/$each"
    export "XDG_${each}_HOME=$private/$each"
done
mkdir -m 700 "$private/run"
export XDG_RUNTIME_DIR=$private/run

# shellcheck source=/dev/null
. "$here/count.sh"
for stage in "$@"; do
    began=$SECONDS
    echo
    echo "── $stage"
    timeout --kill-after=10 "$(minutes "$stage")m" bash "${BASH_SOURCE[0]}" --one "$scratch" "$stage" &
    running=$!
    wait $running
    result=$?
    case $result in
        0) ;;
        124 | 137) failed "$stage: it did not end within $(minutes "$stage") minutes" ;;
        *) failed "$stage: the stage itself broke off with status $result" ;;
    esac
    echo "   ($((SECONDS - began)) s)"
done
echo
echo complete >>"$scratch/results"
