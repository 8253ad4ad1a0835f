# The translations: nothing that users read is left out of the template, and every language is whole.
# shellcheck shell=bash disable=SC2154

stage_po() {
    local language
    check_with xgettext "po/POTFILES.in and po/gangway.pot are current, and gettext's arguments can be extracted" cargo xtask pot --check
    check "po/LINGUAS names the languages that are there" same_languages
    while read -r language; do
        check_with msgfmt "$language is valid" msgfmt --check --output-file=/dev/null "po/$language.po"
        check_with msgmerge "$language is complete" complete "$language"
        check "$language keeps the names in braces" same_braces "$language"
    done < <(grep -v '^#' po/LINGUAS)
}

same_languages() { diff <(grep -v '^#' po/LINGUAS) <(git ls-files 'po/*.po' | sed 's|po/||; s|\.po$||' | LC_ALL=C sort); }

# Against the template, so that a string which is new in the program counts as untranslated.
complete() {
    local merged=$scratch/$1.po
    msgmerge --quiet --output-file="$merged" "po/$1.po" po/gangway.pot
    ! msgattrib --untranslated --no-obsolete "$merged" | grep -A5 '^msgid' || return 1
    ! msgattrib --only-fuzzy --no-obsolete "$merged" | grep -A5 '^msgid'
}

# A sentence is filled in by name: a placeholder that a translation lost would not be shown, one that it made up would
# be shown as it is.
same_braces() {
    python3 - "po/$1.po" <<'END'
import re, subprocess, sys
text = subprocess.run(["msgcat", "--no-wrap", "--no-location", sys.argv[1]], capture_output=True, text=True, check=True).stdout
wrong = 0
for entry in text.split("\n\n")[1:]:
    found = {"msgid": [], "msgstr": []}
    key = None
    for line in entry.splitlines():
        start = re.match(r'(msgid|msgstr)', line)
        if start:
            key = start.group(1)
            found[key].append("")
        if key and '"' in line:
            found[key][-1] += line[line.index('"') + 1 : line.rindex('"')]
    names = [set(re.findall(r"\{[a-z_]*\}", string)) for string in found["msgid"]]
    for string in found["msgstr"]:
        if string and not (set(re.findall(r"\{[a-z_]*\}", string)) in names or (len(names) > 1 and set(re.findall(r"\{[a-z_]*\}", string)) <= names[-1])):
            print(f"{found['msgid'][0]}\n  {string}")
            wrong = 1
sys.exit(wrong)
END
}
