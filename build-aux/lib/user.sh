# Somebody who is not root, for programs that refuse to work as root: in a user namespace, so that the files stay theirs.
# shellcheck shell=bash

# as_user COMMAND...
as_user() {
    if [ "$(id -u)" = 0 ]; then
        # One that every system has an account for: a bus turns away whom it knows no groups of.
        unshare --user --map-user=1 --map-group=1 -- "$@"
    else
        "$@"
    fi
}

# with_display_as_user COMMAND...
with_display_as_user() {
    # shellcheck disable=SC2016
    as_user bash -c '. "$0"; with_display "$@"' "$(dirname "${BASH_SOURCE[0]}")/display.sh" "$@"
}
