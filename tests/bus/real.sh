#!/bin/sh
# The root service on a real system bus with a real polkit, as they would be installed: dbus-daemon starts the service, polkitd
# judges. Run as root in a mount and process namespace of its own (helper_system.rs makes it): whatever is mounted or started
# here ends with it, and nothing of the computer's is touched. The service only reads the computer.
# Usage: real.sh PROGRAM DATA FOLDER    prints “name: answer” lines
set -eu
program=$1 data=$2 folder=$3
say() { printf '%s: %s\n' "$1" "$2"; }

# over FOLDER: a copy of it that can be written to
over() {
    mkdir -p "$folder$1"
    cp -a "$1/." "$folder$1"
    mount --bind "$folder$1" "$1"
}
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /var/lib
mkdir -p /run/dbus /run/polkit-1/rules.d
chmod 755 /run/polkit-1 /run/polkit-1/rules.d
for place in /usr/share/polkit-1/actions /usr/share/dbus-1; do over "$place"; done
cp "$data/org.gangway.helper.policy" /usr/share/polkit-1/actions/
cp "$data/org.gangway.Helper1.conf" /usr/share/dbus-1/system.d/
mkdir -p /run/gangway
cp "$program" /run/gangway/gangway-helper
# Without systemd the bus starts the service itself.
sed -e 's|@libexecdir@|/run/gangway|' -e '/^SystemdService=/d' "$data/org.gangway.Helper1.service" \
    >/usr/share/dbus-1/system-services/org.gangway.Helper1.service
chmod 644 /usr/share/dbus-1/system-services/org.gangway.Helper1.service

# The system's own configuration, but that services are started without the setuid program in between, which cannot get its
# rights where programs get no new ones, as in a build root.
sed -i -e '/<user>/d' -e '/<servicehelper>/d' /usr/share/dbus-1/system.conf
dbus-daemon --system --nofork --nopidfile 2>"$folder/bus.log" &
for _ in $(seq 100); do [ ! -S /run/dbus/system_bus_socket ] || break; sleep 0.1; done
/usr/lib/polkit-1/polkitd --no-debug 2>"$folder/polkit.log" &
for _ in $(seq 100); do
    dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
        string:org.freedesktop.PolicyKit1 2>/dev/null | grep -q true && break
    sleep 0.1
done

# call METHOD [ARGUMENT...]: what the service answers, its first line
call() {
    method=$1
    shift
    timeout 30 dbus-send --system --print-reply --reply-timeout=25000 --dest=org.gangway.Helper1 /org/gangway/Helper1 \
        "org.gangway.Helper1.$method" "$@" 2>&1 | sed -n '1s/^method return.*/answered/p; 1s/^Error \([^:]*\).*/\1/p'
}
user() { setpriv --reuid=1 --regid=1 --clear-groups "$@"; }
as_user() { user sh -c '. "$0"; call "$@"' "$folder/call" "$@"; }
{ sed -n '/^call() {/,/^}/p' "$0"; } >"$folder/call"
chmod 755 "$folder" "$folder/call"

for action in read change-system give-rights change-boot undo; do
    say "pkaction $action" "$(pkaction --verbose --action-id "org.gangway.helper.$action" 2>&1 |
        sed -n 's/^ *implicit [a-z]*: *//p' | sort -u | tr '\n' ' ')"
done
began=$(date +%s%N)
say 'activated by root' "$(call Version)"
say 'milliseconds' $((($(date +%s%N) - began) / 1000000))
say 'root reads' "$(call Describe)"
say 'user asks the version' "$(as_user Version)"
say 'user reads the records' "$(as_user Records)"
say 'user without an agent' "$(as_user Describe)"
rule() {
    printf 'polkit.addRule(function(a, s) { if (a.id == "org.gangway.helper.read") return polkit.Result.%s; });\n' "$1" \
        >/run/polkit-1/rules.d/10-test.rules
    sleep 1
}
rule YES
say 'user with a rule that says yes' "$(as_user Describe)"
rule NO
say 'user with a rule that says no' "$(as_user Describe)"
say 'user calls properties' "$(user dbus-send --system --print-reply --dest=org.gangway.Helper1 /org/gangway/Helper1 \
    org.freedesktop.DBus.Properties.GetAll string:org.gangway.Helper1 2>&1 | sed -n '1s/^Error \([^:]*\).*/\1/p')"
say 'user wants the name' "$(user dbus-send --system --print-reply --dest=org.freedesktop.DBus / \
    org.freedesktop.DBus.RequestName string:org.gangway.Helper1 uint32:2 2>&1 | sed -n '1s/^Error \([^:]*\).*/\1/p')"
