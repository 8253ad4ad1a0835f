# What `build-aux/run --demo` does where there is no screen: walks the demo through its pages on a private display,
# keeps a picture of each, and prints the demo machine's groups. Runs inside the place.
# shellcheck shell=bash
# Called with: the folder of the programs, the folder for the pictures, the arguments of the app.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/user.sh"
. "$(dirname "${BASH_SOURCE[0]}")/locale.sh"

programs=$1 pictures=$2
shift 2
use_locale "$LANG" "$(dirname "$programs")/locales"
demo=--demo
for argument in "$@"; do case $argument in --demo | --demo=*) demo=$argument ;; esac; done

mkdir -p "$pictures"
find "$pictures" -maxdepth 1 -name '*.png' -delete
# Its own state folder: a walk starts from the demo as it is delivered, and leaves the user's own tries alone.
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
export GANGWAY_DEMO_STATE=$state
echo "Pictures of the pages:"
with_display_as_user timeout --kill-after=10 300 "$programs/gangway" "$@" --screenshots "$pictures" </dev/null || {
    echo "The demo did not end well; what it said stands above." >&2
    exit 1
}
[ -n "$(find "$pictures" -maxdepth 1 -name '*.png')" ] || {
    echo "The demo ended without a picture of any page." >&2
    exit 1
}
echo
echo "The groups of the demo machine:"
"$programs/gangwayctl" "$demo" list
