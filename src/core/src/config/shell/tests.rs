use super::*;

const DEBIAN: &str = r#"# If you change this file, run 'update-grub' afterwards to update
# /boot/grub/grub.cfg.
# For full documentation of the options in this file, see:
#   info -f grub -n 'Simple configuration'

GRUB_DEFAULT=0
GRUB_TIMEOUT=5
GRUB_DISTRIBUTOR=`( . /etc/os-release; echo ${NAME:-Debian} ) 2>/dev/null || echo Debian`
GRUB_CMDLINE_LINUX_DEFAULT="quiet"
GRUB_CMDLINE_LINUX=""

# If your computer has multiple operating systems installed, then you
# probably want to run os-prober.
#GRUB_DISABLE_OS_PROBER=false
#GRUB_BADRAM="0x01234567,0xfefefefe,0x89abcdef,0xefefefef"
"#;

const FEDORA: &str = r#"GRUB_TIMEOUT=5
GRUB_DISTRIBUTOR="$(sed 's, release .*$,,g' /etc/system-release)"
GRUB_DEFAULT=saved
GRUB_DISABLE_SUBMENU=true
GRUB_TERMINAL_OUTPUT="console"
GRUB_CMDLINE_LINUX="rd.luks.uuid=luks-0a rhgb quiet"
GRUB_DISABLE_RECOVERY="true"
GRUB_ENABLE_BLSCFG=true
"#;

const VARIABLE: &str = "GRUB_CMDLINE_LINUX_DEFAULT";

fn both() -> Vec<OwnArgument> {
    vec![OwnArgument::IntelIommuOn, OwnArgument::IommuPassthrough]
}

fn arguments(words: &[String]) -> Vec<KernelArgument> {
    words.iter().map(|word| word.parse().unwrap()).collect()
}

/// Adds both arguments, checks that they go again without a trace, and gives the text between.
fn there_and_back(text: &str, variable: &str) -> String {
    let added = add_arguments(text, variable, &both()).unwrap();
    assert_eq!(added.added, ["intel_iommu=on", "iommu=pt"], "{text}");
    let again = add_arguments(&added.text, variable, &both()).unwrap();
    assert_eq!(again, Edit::unchanged(&added.text), "already so");
    let back = remove_arguments(&added.text, variable, &arguments(&added.added)).unwrap();
    assert_eq!(back.text, text);
    added.text
}

fn refusal(text: &str) -> (usize, Refusal) {
    let error = add_arguments(text, VARIABLE, &both()).unwrap_err();
    (error.line, error.refusal)
}

#[test]
fn distributions_files() {
    assert_eq!(
        there_and_back(DEBIAN, VARIABLE),
        DEBIAN.replace("\"quiet\"", "\"quiet intel_iommu=on iommu=pt\"")
    );
    assert_eq!(
        there_and_back(DEBIAN, "GRUB_CMDLINE_LINUX"),
        DEBIAN.replace("LINUX=\"\"", "LINUX=\"intel_iommu=on iommu=pt\"")
    );
    assert_eq!(
        there_and_back(FEDORA, "GRUB_CMDLINE_LINUX"),
        FEDORA.replace("rhgb quiet", "rhgb quiet intel_iommu=on iommu=pt")
    );
}

#[test]
fn a_variable_that_is_not_there_gets_a_line_that_goes_again() {
    for text in [FEDORA, "", "A=1", "A=1\n", "# only a comment", "A=1\r\n"] {
        let line = "GRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=on iommu=pt\"  # added by Gangway";
        assert!(there_and_back(text, VARIABLE).contains(line));
    }
    // What the user wrote into our line stays, and so does the line.
    let ours = "V=\"intel_iommu=on quiet\"  # added by Gangway\n";
    let left = remove_arguments(ours, "V", &arguments(&["intel_iommu=on".to_owned()])).unwrap();
    assert_eq!(left.text, "V=\"quiet\"  # added by Gangway\n");
    // A backslash would make our line a part of the last one.
    assert_eq!(refusal("A=1 \\").1, Refusal::UnendedQuote);
    assert_eq!(refusal("A=1 \\\n").1, Refusal::UnendedQuote);
}

#[test]
fn every_kind_of_quotes() {
    for (value, edited) in [
        ("'quiet splash'", "'quiet splash intel_iommu=on iommu=pt'"),
        ("''", "'intel_iommu=on iommu=pt'"),
        ("\"\"", "\"intel_iommu=on iommu=pt\""),
        ("\" \"", "\"intel_iommu=on iommu=pt \""),
        ("quiet", "quiet\\ intel_iommu=on\\ iommu=pt"),
        ("", "intel_iommu=on\\ iommu=pt"),
        ("\"quiet \"", "\"quiet intel_iommu=on iommu=pt \""),
        ("\"a \"'b c'", "\"a \"'b c intel_iommu=on iommu=pt'"),
        ("\"a\\\n  b\"", "\"a\\\n  b intel_iommu=on iommu=pt\""),
        ("\"dyndbg=\\\"file a +p\\\"\"", "\"dyndbg=\\\"file a +p\\\" intel_iommu=on iommu=pt\""),
        ("\"a\tb\"", "\"a\tb intel_iommu=on iommu=pt\""),
        ("\"quiet -- single\"", "\"quiet intel_iommu=on iommu=pt -- single\""),
        ("\"-- single\"", "\"intel_iommu=on iommu=pt -- single\""),
        ("\"a\" # b", "\"a intel_iommu=on iommu=pt\" # b"),
        ("\"a\r\nb\"\r", "\"a\r\nb intel_iommu=on iommu=pt\"\r"),
        ("\"grün\"", "\"grün intel_iommu=on iommu=pt\""),
    ] {
        for end in ["\n", "", "\nB=2\n"] {
            let text = format!("A=1\n{VARIABLE}={value}{end}");
            assert_eq!(there_and_back(&text, VARIABLE), format!("A=1\n{VARIABLE}={edited}{end}"));
        }
    }
}

#[test]
fn values_of_more_than_one_assignment() {
    let text = "export V=\"a\"\nV+=\" b\"\nW=c\nV=\"$V $W\"; X=1\n";
    assert_eq!(
        there_and_back(text, "V"),
        "export V=\"a\"\nV+=\" b\"\nW=c\nV=\"$V $W intel_iommu=on iommu=pt\"; X=1\n"
    );
    let inside = add_arguments("V=\"iommu=pt\"\nV=\"$V b\"\n", "V", &[OwnArgument::IommuPassthrough]);
    assert!(inside.unwrap().is_empty(), "already so, in the first of them");
    let keyed = "KERNEL_CMDLINE[default]=\"root=/dev/sda1\"\nKERNEL_CMDLINE[default]+=\" quiet\"\n";
    assert!(
        there_and_back(keyed, "KERNEL_CMDLINE[default]").ends_with("+=\" quiet intel_iommu=on iommu=pt\"\n")
    );
    let dracut = "hostonly=yes\nkernel_cmdline+=\" rd.shell=0 \"\n";
    assert!(there_and_back(dracut, "kernel_cmdline").contains("+=\" rd.shell=0 intel_iommu=on iommu=pt \""));
}

#[test]
fn what_only_a_shell_understands_is_refused() {
    let conditional = || Refusal::Conditional(VARIABLE.to_owned());
    let computed = || Refusal::Computed(VARIABLE.to_owned());
    for (text, line, expected) in [
        ("if true; then\n  V=\"a\"\nfi\n", 1, None),
        ("true && V=\"a\"\n", 1, None),
        ("f() {\nV=\"a\"\n}\n", 3, None),
        ("case x in\n a) V=b ;;\nesac\n", 2, None),
        ("(V=a)\n", 1, None),
        ("V=a | cat\n", 1, None),
        ("LANG=C V=a true\n", 1, None),
        ("unset V\n", 1, None),
        ("for V in a b; do :; done\n", 1, None),
        ("V=a\nX=${V:=b}\n", 2, None),
    ] {
        let (found, refusal) = refusal(&text.replace('V', VARIABLE));
        assert_eq!(refusal, expected.unwrap_or_else(conditional), "{text}");
        assert!(found.abs_diff(line) <= 1, "{text}: {found}");
    }
    for value in
        ["`uname`", "\"$(uname)\"", "\"${X:-a}\"", "\"$X\"", "$'a'", "\"$V\"", "\"a $1\"", "\"$((1))\""]
    {
        let text = format!("V={value}\n").replace('V', VARIABLE);
        assert_eq!(refusal(&text), (1, computed()), "{text}");
    }
    for (text, line, refused) in [
        ("A=\"x\nV=y\n", 1, Refusal::UnendedQuote),
        ("A=1\nB='\n", 2, Refusal::UnendedQuote),
        ("cat <<E\nV=x\nE\n", 1, Refusal::HereDocument),
        ("V=a\nif true; then\n", 3, Refusal::Unbalanced),
        ("V=a\n}\n", 2, Refusal::Unbalanced),
        ("V=a\n. /etc/other\n", 2, Refusal::Command(".".to_owned())),
        ("V=a\nif :; then source x; fi\n", 2, Refusal::Command("source".to_owned())),
        ("V=a\n\\eval \"$X\"\n", 2, Refusal::Command("\\eval".to_owned())),
        ("V=a\n$CMD x\n", 2, Refusal::Command("$CMD".to_owned())),
        ("V=a\nexport \"$N\"\n", 2, Refusal::Command("export".to_owned())),
        ("V=a\nV=b\n", 2, Refusal::SetTwice(VARIABLE.to_owned())),
        ("V=(a b)\n", 1, Refusal::Kind(VARIABLE.to_owned())),
        ("V=\"a \\\"b\"\n", 1, Refusal::UnendedQuote),
        (
            "V=\"intel_iommu=off\"\n",
            1,
            Refusal::Contradiction {
                wanted: "intel_iommu=on".to_owned(),
                found: "intel_iommu=off".to_owned(),
            },
        ),
    ] {
        assert_eq!(refusal(&text.replace('V', VARIABLE)), (line, refused), "{text}");
    }
}

#[test]
fn what_bash_sees_otherwise_than_it_looks_is_not_known() {
    let read = |text: &str| {
        let mut settings = Settings::default();
        settings.source(text).map_err(|error| error.refusal)?;
        settings.text("V").map(|value| value.map(str::to_owned)).map_err(|error| error.refusal)
    };
    for text in [
        "V=~/x\n",
        "export V=$W\n",
        "export V={a,b}\n",
        "export K[a]=x V=y\n",
        "export V=a V=\"$V b\"\n",
        "W=a && V=x\nunset W\nV=$W\n",
        "V=\"$\\\nx\"\n",
        "V=\"$W\\\nx\"\n",
        // From these lines on, bash reads no more.
        "while false; do X=1\n\n; done\nV=a\n",
        "if true; fi\nV=a\n",
        "if true; then fi\nV=a\n",
        "; V=a\n",
        "f (a)\nV=a\n",
        "{ :; } V=a\n",
        "case x a) V=a;; esac\n",
        "V=a &&\n",
        "V\\\n=a\n",
    ] {
        assert!(read(text).is_err(), "{text:?}");
    }
    for text in [
        "if :; then :; elif :; then :; else :; fi; V=a\n",
        "case x in (a|b) : ;; *) ( : ) ;; esac\nV=a\n",
        "f() { :; }\nfunction g {\n:\n}\nh ()\n{\n  :\n}\nV=a\n",
        "for x in 1 2; do :; done >/dev/null\nV=a # it's\n",
        "D=\"$(unset N; (. /etc/x; echo ${N:?}) 2>/dev/null || echo it)\"\nexport V=\"a\"\n",
    ] {
        assert_eq!(read(text), Ok(Some("a".to_owned())), "{text:?}");
    }
}

#[test]
fn other_commands_do_no_harm() {
    let text = "if [ -f /etc/x ]; then\n  GRUB_TIMEOUT=1\nfi\nV=\"a\"\necho \"it's\" >&2\n";
    assert_eq!(there_and_back(text, "V"), text.replace("\"a\"", "\"a intel_iommu=on iommu=pt\""));
}

#[test]
fn words_that_are_pieced_together_are_not_cut() {
    let gone = arguments(&["iommu=pt".to_owned()]);
    let entangled = Refusal::Entangled("iommu=pt".to_owned());
    for text in ["V=\"a iommu=\"'pt b'\n", "W=pt\nV=\"a iommu=$W\"\n", "V=\"a io\\\nmmu=pt\"\n"] {
        assert_eq!(remove_arguments(text, "V", &gone).unwrap_err().refusal, entangled, "{text}");
    }
    assert_eq!(
        remove_arguments("V='a iommu=pt'\"b\"\n", "V", &gone).unwrap(),
        Edit::unchanged("V='a iommu=pt'\"b\"\n")
    );
    assert_eq!(remove_arguments("V=\"a \"'iommu=pt' \n", "V", &gone).unwrap().text, "V=\"a \"'' \n");
    assert_eq!(remove_arguments("V=\"a\tiommu=pt  b\"\n", "V", &gone).unwrap().text, "V=\"a  b\"\n");
    assert_eq!(remove_arguments("A=1\n", "V", &gone).unwrap(), Edit::unchanged("A=1\n"));
}

#[test]
fn undo_leaves_what_the_user_added_meanwhile() {
    let added = add_arguments(DEBIAN, VARIABLE, &both()).unwrap();
    let edited = added.text.replace("iommu=pt\"", "iommu=pt mem_sleep_default=deep\"").replace("=5", "=9");
    let back = remove_arguments(&edited, VARIABLE, &arguments(&added.added)).unwrap();
    assert_eq!(
        back.text,
        DEBIAN.replace("\"quiet\"", "\"quiet mem_sleep_default=deep\"").replace("=5", "=9")
    );
    let pages = OwnArgument::huge_pages(crate::config::HugePageSize::OneGiB, 8).unwrap();
    let with = add_arguments("V=\"hugepagesz=2M hugepages=8\"", "V", &[pages]).unwrap();
    let more = with.text.replace("8\"", "8 hugepagesz=2M hugepages=8\"");
    let back = remove_arguments(&more, "V", &arguments(&with.added)).unwrap();
    assert_eq!(back.text, "V=\"hugepagesz=2M hugepages=8 hugepagesz=2M hugepages=8\"");
}

#[test]
fn a_chain_of_files_is_read_as_a_shell_would() {
    let mut settings = Settings::default();
    settings.source(DEBIAN).unwrap();
    settings
        .source("GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT splash\"\nGRUB_TIMEOUT='0'\n")
        .unwrap();
    assert_eq!(settings.text(VARIABLE), Ok(Some("quiet splash")));
    assert_eq!(settings.text("GRUB_TIMEOUT"), Ok(Some("0")));
    assert_eq!(settings.text("NOT_THERE"), Ok(None));
    assert_eq!(settings.text("GRUB_DISTRIBUTOR").unwrap_err().line, 8);
    settings
        .source("A=(1 '2 3' $X)\nMODULES=(a)\nMODULES+=(b)\nMODULES=(vfio_pci \"${MODULES[@]}\")\n")
        .unwrap();
    assert_eq!(settings.elements("MODULES").unwrap().unwrap(), ["vfio_pci", "a", "b"]);
    assert!(settings.elements("A").is_err() && settings.text("MODULES").is_err());
    settings.source("if true; then GRUB_TIMEOUT=3; fi\n").unwrap();
    assert_eq!(
        settings.text("GRUB_TIMEOUT").unwrap_err().refusal,
        Refusal::Conditional("GRUB_TIMEOUT".to_owned())
    );
    settings.source(". /etc/other").unwrap();
    assert!(matches!(settings.text(VARIABLE).unwrap_err().refusal, Refusal::Command(_)));
}

mod lists {
    use super::*;

    const ARCH: &str = "# vim:set ft=sh:\nMODULES=()\nBINARIES=()\nHOOKS=(base udev autodetect # first\n  modconf block filesystems)\n#COMPRESSION=\"zstd\"\n";

    #[test]
    fn an_element_in_and_out_again() {
        for (variable, position, expected) in [
            ("MODULES", Position::Last, "MODULES=(gangway)"),
            ("MODULES", Position::First, "MODULES=(gangway)"),
            ("HOOKS", Position::First, "HOOKS=(gangway base"),
            ("HOOKS", Position::Before("udev"), "base gangway udev"),
            ("HOOKS", Position::Before("modconf"), "\n  gangway modconf"),
            ("HOOKS", Position::Last, "filesystems gangway)"),
        ] {
            let added = add_element(ARCH, variable, "gangway", position).unwrap();
            assert!(added.text.contains(expected), "{}", added.text);
            assert!(add_element(&added.text, variable, "gangway", Position::Last).unwrap().is_empty());
            assert_eq!(remove_element(&added.text, variable, "gangway").unwrap().text, ARCH);
        }
    }

    #[test]
    fn lists_that_are_not_plain_are_refused() {
        let add = |text: &str| add_element(text, "M", "x", Position::Last).unwrap_err().refusal;
        assert_eq!(add("A=1\n"), Refusal::Missing("M".to_owned()));
        assert_eq!(add("M=(a)\nM+=(b)\n"), Refusal::SetTwice("M".to_owned()));
        assert_eq!(add("M=a\n"), Refusal::Kind("M".to_owned()));
        for text in ["M=(a $B)\n", "M=({a,b})\n", "M=(*)\n", "M=(\"$(ls)\")\n"] {
            assert_eq!(add(text), Refusal::Computed("M".to_owned()), "{text}");
        }
        assert_eq!(add("M=(a"), Refusal::Unbalanced);
        assert_eq!(add("M=(a;b)"), Refusal::Unbalanced);
        let bad = add_element("M=()", "M", "a b", Position::Last).unwrap_err().refusal;
        assert_eq!(bad, Refusal::NotAllowed("a b".to_owned()));
        let before = add_element("M=(a a)", "M", "x", Position::Before("a")).unwrap_err().refusal;
        assert_eq!(before, Refusal::Ambiguous("a".to_owned()));
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    /// Statements as people write them, and some that nobody should.
    fn line() -> impl Strategy<Value = String> {
        let word = "[a-z]{1,4}(=[a-z0-9.,:-]{0,4})?";
        let words = proptest::collection::vec(word, 0..4).prop_map(|words| words.join(" "));
        prop_oneof![
            words.clone().prop_map(|words| format!("V=\"{words}\"")),
            words.clone().prop_map(|words| format!("V+=' {words}'")),
            words.clone().prop_map(|words| format!("V=\"$V {words}\"  # x")),
            words.prop_map(|words| format!("export OTHER=\"{words} $V\"")),
            "#[ -~]{0,20}",
            "[ \t]{0,3}",
            "A=[a-z\\\\$'\"() ]{0,6}",
            "[ -~]{0,12}",
        ]
    }

    fn file() -> impl Strategy<Value = String> {
        (proptest::collection::vec(line(), 0..6), prop_oneof!["\n", "\r\n"], any::<bool>())
            .prop_map(|(lines, end, ended)| lines.join(&end) + if ended { &end } else { "" })
    }

    proptest! {
        #[test]
        fn what_is_added_can_be_removed_to_the_same_bytes(text in file()) {
            let Ok(added) = add_arguments(&text, "V", &both()) else { return Ok(()) };
            let back = remove_arguments(&added.text, "V", &arguments(&added.added)).unwrap();
            prop_assert_eq!(back.text, text);
            prop_assert!(add_arguments(&added.text, "V", &both()).unwrap().is_empty());
        }

        #[test]
        fn nothing_to_add_or_remove_gives_the_same_bytes(text in file()) {
            if let Ok(edit) = add_arguments(&text, "V", &[]) {
                prop_assert_eq!(edit, Edit::unchanged(&text));
            }
            if let Ok(edit) = remove_arguments(&text, "V", &arguments(&["not.there".to_owned()])) {
                prop_assert_eq!(edit, Edit::unchanged(&text));
            }
        }
    }
}
