#!/bin/sh
# The computer of real_system.py: a root file system that keeps nothing, with a real system bus, a real polkit that reads our policy,
# and the installed service, which the bus starts. Run as root in a mount namespace of its own; what is mounted here ends with it.
# Everything that the service may write to lies in layers of memory, /sys is a folder, and systemctl is imitated (below).
# Usage: real_system.sh PROGRAMS DATA FOLDER USER    prints “ready PID” lines, and lives until it is ended
set -eu
programs=$1 data=$2 folder=$3 user=$4
layers=/tmp/gangway-layers
mkdir -p "$layers"
mount -t tmpfs -o mode=755 tmpfs "$layers"
for place in usr etc var; do
    mkdir -p "$layers/$place/upper" "$layers/$place/work"
    mount -t overlay overlay -o "lowerdir=/$place,upperdir=$layers/$place/upper,workdir=$layers/$place/work" "/$place"
done
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/dbus /run/polkit-1/rules.d /run/gangway /run/imitation /run/libvirt /run/systemd/system
chmod 755 /run/polkit-1 /run/polkit-1/rules.d
mount --rbind "$folder/sys" /sys
for name in passwd group; do grep -v "^ada:" "/etc/$name" >"/run/imitation/$name" && cat "/run/imitation/$name" >"/etc/$name"; done
echo "ada:x:$user:$user:Ada:$folder:/bin/sh" >>/etc/passwd
echo "ada:x:$user:" >>/etc/group
sed -i "s/^\(libvirt:[^:]*:[^:]*:\).*/\1ada/" /etc/group

# What is installed: our programs, the policy, the bus' files. Without systemd the bus starts the service itself.
for name in gangway gangway-helper; do
    : >"/run/gangway/$name"
    mount --bind "$programs/$name" "/run/gangway/$name"
done
cp "$data/org.gangway.helper.policy" /usr/share/polkit-1/actions/
cp "$data/org.gangway.Helper1.conf" /usr/share/dbus-1/system.d/
services=/usr/share/dbus-1/system-services
sed -e 's|@libexecdir@|/run/gangway|' -e '/^SystemdService=/d' "$data/org.gangway.Helper1.service" >"$services/org.gangway.Helper1.service"
chmod 644 "$services/org.gangway.Helper1.service"
# polkit is started below: who ends it wants it gone. PackageKit is there where a test puts it there.
rm -f "$services/org.freedesktop.PolicyKit1.service" "$services/org.freedesktop.PackageKit.service"
cat >/usr/share/dbus-1/system.d/packagekit-imitation.conf <<'END'
<busconfig><policy user="root"><allow own="org.freedesktop.PackageKit"/></policy>
<policy context="default"><allow send_destination="org.freedesktop.PackageKit"/></policy></busconfig>
END

# systemd's tool as the service sees it: it waits while there is a file “hold”, and fails where there is one “fail”.
cat >/usr/bin/systemctl <<'END'
#!/bin/sh
for unit; do :; done
case $unit in *.socket) target=sockets ;; *) target=multi-user ;; esac
link=/etc/systemd/system/$target.target.wants/$unit
hold() {
    echo "$1 $unit"
    : >/run/imitation/holding
    while [ -e /run/imitation/hold ]; do sleep 0.1; done
}
case $1 in
    is-enabled) if [ -L "$link" ]; then echo enabled; else echo disabled; exit 1; fi ;;
    is-active) if [ -e "/run/imitation/active-$unit" ]; then echo active; else echo inactive; exit 3; fi ;;
    enable)
        hold "Switching on"
        if [ -e /run/imitation/fail ]; then echo "Failed to enable unit: $unit is masked" >&2; exit 1; fi
        mkdir -p "${link%/*}"
        ln -sf "/usr/lib/systemd/system/$unit" "$link"
        : >"/run/imitation/active-$unit"
        : >/run/libvirt/libvirt-sock ;;
    start) : >"/run/imitation/active-$unit" ;;
    disable) rm -f "$link" ;;
    stop)
        hold "Stopping"
        rm -f "/run/imitation/active-$unit" ;;
esac
END
chmod 755 /usr/bin/systemctl
rm -f /etc/systemd/system/*.wants/libvirtd* /etc/systemd/system/*.wants/virt*

# The system's own configuration, but that services are started without the setuid program in between, which cannot get its
# rights where programs get no new ones, as in a build root.
sed -i -e '/<user>/d' -e '/<servicehelper>/d' -e '/<fork\/>/d' /usr/share/dbus-1/system.conf
dbus-daemon --system --nofork --nopidfile 2>"$folder/system-bus.log" &
echo "bus $!"
for _ in $(seq 100); do [ ! -S /run/dbus/system_bus_socket ] || break; sleep 0.1; done

# The user's session: the computer's root may look at what it shows.
cat >/run/gangway/session.conf <<'END'
<busconfig><include>/usr/share/dbus-1/session.conf</include>
<policy context="mandatory"><allow user="root"/></policy></busconfig>
END
setpriv --reuid="$user" --regid="$user" --init-groups env HOME="$folder" XDG_RUNTIME_DIR="$folder/run" \
    dbus-daemon --config-file=/run/gangway/session.conf --address="unix:path=$folder/session" --nofork 2>"$folder/session-bus.log" &
echo "session $!"
for _ in $(seq 100); do [ ! -S "$folder/session" ] || break; sleep 0.1; done
echo ready
exec sleep 3600
