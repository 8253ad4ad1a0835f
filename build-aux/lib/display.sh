# A private display for a place without a screen: Xvfb, a window manager where there is one, a session bus and empty
# settings, gone when the command ends. Sourced by what runs inside the place (display-run, stages.sh).
# shellcheck shell=bash

# with_display COMMAND...
with_display() {
    local scratch server='' result=0
    scratch=$(mktemp -d)
    mkdir -m 700 "$scratch/run"
    mkdir -p "$scratch/config/gtk-4.0"
    # Without a settings daemon GTK takes whatever fontconfig finds first; Adwaita Sans is an Inter.
    printf '[Settings]\ngtk-font-name=Inter 11\ngtk-hint-font-metrics=true\ngtk-enable-animations=%s\n' \
        "${GANGWAY_ANIMATIONS:-true}" >"$scratch/config/gtk-4.0/settings.ini"
    Xvfb -displayfd 7 -screen 0 "${GANGWAY_SCREEN:-1600x1000}x24" -nolisten tcp -noreset \
        7>"$scratch/display" 2>"$scratch/xvfb.log" </dev/null &
    server=$!
    for _ in $(seq 200); do
        [ -s "$scratch/display" ] && break
        kill -0 $server 2>/dev/null || break
        sleep 0.05
    done
    if [ -s "$scratch/display" ]; then
        # The bus and the window manager talk to a file, the command to where this script does.
        env -u WAYLAND_DISPLAY -u DBUS_SESSION_BUS_ADDRESS -u AT_SPI_BUS_ADDRESS \
            DISPLAY=":$(cat "$scratch/display")" GDK_BACKEND=x11 GDK_DISABLE="${GDK_DISABLE-gl,vulkan}" \
            GSETTINGS_BACKEND=memory XDG_RUNTIME_DIR="$scratch/run" XDG_CONFIG_HOME="$scratch/config" \
            XDG_CACHE_HOME="$scratch/cache" XDG_DATA_HOME="$scratch/data" XDG_STATE_HOME="$scratch/state" \
            dbus-run-session -- bash -c '
                if command -v openbox >/dev/null; then openbox & manager=$!; fi
                "$@" 1>&8 2>&9; result=$?
                [ -z "${manager-}" ] || kill "$manager" 2>/dev/null
                exit "$result"' with-display "$@" 8>&1 9>&2 >"$scratch/bus.log" 2>&1 || result=$?
    else
        echo "No virtual display could be started: $(tail -n 1 "$scratch/xvfb.log")" >&2
        result=1
    fi
    kill $server 2>/dev/null || true
    wait $server 2>/dev/null || true
    rm -rf "$scratch"
    return $result
}
