# Shared by build-aux/run, build-aux/test and build-aux/shell: where things are, how to speak, how to stop,
# and whether the Rust toolchain will do. Nothing here installs or enters anything.
# shellcheck shell=bash
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
HOME=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/gangway
export HOME

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
usage_error() { say "$*"; exit 2; }
have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }
has_terminal() { [ -t 0 ] && [ -t 2 ]; }

# version_at_least HAVE WANTED
version_at_least() { printf '%s\n%s\n' "$2" "$1" | sort -V -C; }

# Puts a question to the person at the terminal; Return means yes.
ask() {
    local answer
    read -r -p "$1 [Y/n] " answer </dev/stdin || return 1
    case $answer in '' | [Yy]*) ;; *) return 1 ;; esac
}

# Stops with one sentence unless cargo is there and as new as Cargo.toml asks.
require_rust() {
    local wanted found
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$top/Cargo.toml")
    found=$(cargo --version 2>/dev/null | cut -d' ' -f2) || true
    if [ -z "$found" ]; then
        die "Gangway is built with Rust $wanted or newer and no working cargo was found: install it with rustup, see https://rustup.rs."
    fi
    version_at_least "$found" "$wanted" ||
        die "Gangway is built with Rust $wanted or newer and this cargo is $found: run “rustup update stable”, or install rustup from https://rustup.rs."
}

# fetch_crates MANIFEST...: gets the sources of the crates while there is a network; everything after this works without
fetch_crates() {
    local manifest
    for manifest in "$@"; do
        cargo fetch --quiet --locked --offline --manifest-path "$top/$manifest" 2>/dev/null && continue
        say "Downloading the crates that $manifest needs …"
        cargo fetch --quiet --locked --manifest-path "$top/$manifest" ||
            die "The crates that $manifest needs could not be downloaded: connect to the network and try again."
    done
}
