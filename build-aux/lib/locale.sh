# A language that the system has not generated, made in the build folder: a translation shows only in a locale that
# the C library can load. Runs inside the place.
# shellcheck shell=bash

# use_locale NAME FOLDER: sets LOCPATH so that NAME, as in de_DE.UTF-8, can be loaded
use_locale() {
    local name=$1 folder=$2
    case $name in '' | C | C.* | POSIX) return ;; esac
    if [ ! -d "$folder/$name" ]; then
        command -v localedef >/dev/null || return 0
        mkdir -p "$folder"
        # localedef warns about trifles with status 1; what counts is whether the locale is there.
        localedef -i "${name%%.*}" -f "$(sed -n 's/^[^.]*\.\([^@]*\).*/\1/p' <<<"$name.UTF-8" | head -n 1)" \
            "$folder/$name" >/dev/null 2>&1 || true
    fi
    [ ! -d "$folder/$name" ] || export LOCPATH=$folder
}
