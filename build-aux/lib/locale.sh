# A language that the system has not generated, made in the build folder: a translation shows only in a locale that
# the C library can load. Runs inside the place.
# shellcheck shell=bash

# use_locale NAME FOLDER: sets LOCPATH so that NAME, as in de_DE.UTF-8, can be loaded
use_locale() {
    local name=$1 folder=$2 charset=UTF-8
    case $name in '' | C | C.* | POSIX) return ;; *.*) charset=${name#*.} ;; esac
    if [ ! -e "$folder/$name/LC_MESSAGES" ] && command -v localedef >/dev/null; then
        mkdir -p "$folder"
        # Trifles give localedef status 1; what counts is whether the locale is there.
        localedef --no-archive -i "${name%%.*}" -f "${charset%%@*}" "$folder/$name" >/dev/null 2>&1 || true
    fi
    [ ! -e "$folder/$name/LC_MESSAGES" ] || export LOCPATH=$folder
}
