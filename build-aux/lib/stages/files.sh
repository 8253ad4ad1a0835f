# The files that a desktop expects, as they are and as they are installed, and the one application id in all of them.
# shellcheck shell=bash disable=SC2154

stage_data() {
    local id
    check "the tree for the desktop's files is installed" installed_tree
    id=$(cargo xtask application-id)
    check_with desktop-file-validate "the desktop entry is valid" validate_desktop "data/$id.desktop"
    check_with desktop-file-validate "the desktop entry with its translations is valid" validate_desktop "$(tree)/share/applications/$id.desktop"
    check_with appstreamcli "the metainfo is valid" appstreamcli validate --no-net --strict "data/$id.metainfo.xml"
    check_with appstreamcli "the metainfo with its translations is valid" appstreamcli validate --no-net --strict "$(tree)/share/metainfo/$id.metainfo.xml"
    check "the metainfo tells the version of Cargo.toml" metainfo_version "$id"
    check "every screenshot of the metainfo is in data/screenshots, in its size" metainfo_screenshots "$id"
    check "the application id is the same everywhere" same_id "$id"
    check "every icon in data/icons is compiled into the program, and no other" same_icons
    check "every icon that the program names is ours or GTK's" known_icons
    check_with xmllint "every icon is well-formed SVG" xmllint --noout $(git ls-files 'data/icons/*.svg')
    check_with xmllint "polkit's policy, as it is and with its translations, is valid" valid_policy
    check_with xmllint "the bus' policy and the interface are well-formed" \
        xmllint --nonet --noout data/org.gangway.Helper1.conf data/org.gangway.Helper1.xml
    check_with mandoc "the manual page is well written" mandoc -T lint -W warning data/gangwayctl.1
    check_with flatpak-builder "the Flatpak manifest is understood" flatpak_manifest "flatpak/$id.yml"
    check "cargo's lock file is current" cargo metadata --locked --offline --format-version 1 --quiet
}

# desktop-file-validate also reports hints, with status 0; there are to be none.
validate_desktop() {
    local said
    said=$(desktop-file-validate "$1" 2>&1) || said="$said (status $?)"
    echo "$said"
    [ -z "$said" ]
}

metainfo_version() {
    local version
    version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
    xmllint --xpath 'string(/component/releases/release[1]/@version)' "data/$1.metainfo.xml" | grep -qx "$version"
}

metainfo_screenshots() {
    local url width height
    while read -r url width height; do
        [ -f "data/screenshots/${url##*/}" ] || { echo "there is no data/screenshots/${url##*/}"; return 1; }
        [ "$(png_size "data/screenshots/${url##*/}")" = "$width $height" ] ||
            { echo "${url##*/} is $(png_size "data/screenshots/${url##*/}"), the metainfo says $width $height"; return 1; }
    done < <(sed -n 's|.*<image .*width="\([0-9]*\)" height="\([0-9]*\)">\(.*\)</image>|\3 \1 \2|p' "data/$1.metainfo.xml")
}

# Width and height stand at a fixed place in a PNG file.
png_size() { od -A n -t u1 -j 16 -N 8 "$1" | awk '{ print ($1*256+$2)*65536+$3*256+$4, ($5*256+$6)*65536+$7*256+$8 }'; }

same_id() {
    local id=$1 written
    must_hold "data/$id.desktop" "Icon=$id"
    must_hold "data/$id.metainfo.xml" "<id>$id</id>"
    must_hold "data/$id.metainfo.xml" "<launchable type=\"desktop-id\">$id.desktop</launchable>"
    must_hold "flatpak/$id.yml" "id: $id"
    must_hold data/gangway.gresource.xml "prefix=\"/${id//.//}\""
    ls "data/icons/hicolor/scalable/apps/$id.svg" "data/icons/hicolor/symbolic/apps/$id-symbolic.svg"
    written=$(git grep -nF "\"$id\"" -- 'src/*.rs')
    [ "$(wc -l <<<"$written")" = 1 ] || { echo "written more than once: $written"; return 1; }
}

must_hold() { grep -qF "$2" "$1" || { echo "$1 does not hold $2"; return 1; }; }

same_icons() {
    diff <(git ls-files 'data/icons/*.svg' | sed 's|^data/||' | sort) \
        <(sed -n 's|.*<file[^>]*>\(icons/.*\.svg\)</file>.*|\1|p' data/gangway.gresource.xml | sort)
}

known_icons() {
    local name missing=0
    while read -r name; do
        [ -n "$(git ls-files "data/icons/**/$name.svg")" ] && continue
        [ -n "$(find /usr/share/icons/Adwaita -name "$name.svg" -print -quit)" ] && continue
        echo "no icon is called $name"
        missing=1
    done < <(git grep -hoE '"[a-z0-9-]+-symbolic"' -- 'src/app/*.rs' | tr -d '"' | sort -u)
    return $missing
}

flatpak_manifest() {
    local said
    said=$(flatpak-builder --show-manifest "$1" 2>&1 >/dev/null)
    echo "$said"
    ! grep -i -e 'unknown property' -e 'error' <<<"$said"
}

# Against a grammar made from polkit's own description (polkit(8), DECLARING ACTIONS): its DTD is not installed.
valid_policy() {
    xmllint --nonet --noout --relaxng build-aux/lib/policy.rng data/org.gangway.helper.policy \
        "$(tree)/share/polkit-1/actions/org.gangway.helper.policy"
}
