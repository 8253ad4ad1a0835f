//! What bash makes of files that we say we understand: the same values, before an edit and after it.
//!
//! Texts are put together of pieces that stress quotes, lists, conditions and continuations. They name no program, and
//! bash finds none: its path leads nowhere, it reads nothing, and its folder is temporary.

#![expect(clippy::expect_used, reason = "a test that cannot be set up fails")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use gangway_core::config::shell::{self, Position, Settings};
use gangway_core::config::{KernelArgument, OwnArgument};
use gangway_tests::programs::Program;
use gangway_tests::skip;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

const VARIABLES: [&str; 3] = ["V", "W", "K[a]"];
const LISTS: [&str; 2] = ["M", "N"];

/// How many texts are tried.
const TEXTS: usize = 2000;

/// A line that assigns, or has to do with assigning.
fn line() -> impl Strategy<Value = String> {
    let name = prop_oneof![4 => Just("V"), 2 => Just("W"), 1 => Just("K[a]"), 1 => Just("export V")];
    let sign = prop_oneof![4 => Just("="), 1 => Just("+=")];
    let piece = prop_oneof![
        6 => "[a-z][a-z=.]{0,3}",
        4 => Just(" ".to_owned()),
        1 => Just("\\ ".to_owned()),
        1 => Just("\\\n".to_owned()),
        1 => Just("\\\"".to_owned()),
        1 => Just("\\$".to_owned()),
        1 => Just("$V".to_owned()),
        1 => Just("${W}".to_owned()),
        1 => Just("#".to_owned()),
        1 => Just("ä".to_owned()),
        1 => Just("\\".to_owned()),
        1 => Just("$".to_owned()),
        1 => Just("~".to_owned()),
        1 => Just("{a,b}".to_owned()),
        1 => Just("*".to_owned()),
        1 => Just("$(:)".to_owned()),
        1 => Just("${V:-x}".to_owned()),
        1 => Just("$'a\\'b'".to_owned()),
        1 => Just("\t".to_owned()),
        1 => Just("\r".to_owned()),
        1 => Just("\n".to_owned()),
        1 => Just("'".to_owned()),
        1 => Just("\"".to_owned()),
    ];
    let text = vec(piece, 0..6).prop_map(|pieces| pieces.concat());
    let quoted = prop_oneof![
        5 => text.clone().prop_map(|text| format!("\"{text}\"")),
        3 => text.clone().prop_map(|text| format!("'{text}'")),
        2 => text.clone(),
        1 => (text.clone(), text.clone()).prop_map(|(a, b)| format!("\"{a}\"'{b}'")),
    ];
    let assignment =
        (name, sign, quoted.clone()).prop_map(|(name, sign, value)| format!("{name}{sign}{value}"));
    let list = (
        prop_oneof![Just("M"), Just("N")],
        vec(
            prop_oneof![
                4 => "[a-z]{1,3}".prop_map(|word| word),
                1 => quoted.clone(),
                1 => Just("\"${M[@]}\"".to_owned()),
                1 => Just("# it's\n".to_owned()),
            ],
            0..4,
        ),
    )
        .prop_map(|(name, elements)| format!("{name}=({})", elements.join(" ")));
    prop_oneof![
        8 => assignment.clone(),
        3 => list,
        2 => assignment.clone().prop_map(|line| format!("{line}  # it's")),
        1 => (assignment.clone(), assignment.clone()).prop_map(|(a, b)| format!("{a}; {b}")),
        1 => (assignment.clone(), assignment.clone()).prop_map(|(a, b)| format!("{a} {b}")),
        1 => (assignment.clone(), assignment.clone()).prop_map(|(a, b)| format!("{a} && {b}")),
        1 => assignment.clone().prop_map(|line| format!("if false; then\n  {line}\nfi")),
        1 => assignment.clone().prop_map(|line| format!("{{ {line}; }}")),
        1 => assignment.clone().prop_map(|line| format!("( {line} )")),
        1 => assignment.clone().prop_map(|line| format!("{line} :")),
        1 => assignment.clone().prop_map(|line| format!("case a in a) {line} ;; (b) : ;; esac")),
        1 => assignment.prop_map(|line| format!("while false; do {line}; done")),
        1 => "#[a-z'\"\\\\ ]{0,6}",
        1 => Just(": \"it's\" 'x\"'".to_owned()),
        1 => Just("unset W".to_owned()),
        1 => Just(String::new()),
    ]
}

/// What bash has in the variables after each text.
#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
fn bash(texts: &[String]) -> Option<Vec<BTreeMap<&'static str, Option<String>>>> {
    let folder = tempfile::tempdir().expect("a folder");
    // Some texts end the shell, so what it has is told at its exit.
    let mut script = String::from("declare -A K\nexec 3>&1\nshow() {\n");
    for name in VARIABLES {
        writeln!(script, "printf '%s\\0' \"${{{name}-unset}}\" >&3").expect("a string");
    }
    for name in LISTS {
        writeln!(script, "printf '%s|' \"${{#{name}[@]}}\" \"${{{name}[@]}}\" >&3; printf '\\0' >&3")
            .expect("a string");
    }
    script.push_str("}\n");
    for (index, text) in texts.iter().enumerate() {
        std::fs::write(folder.path().join(index.to_string()), text).expect("written");
        writeln!(script, "( trap show EXIT; . ./{index} </dev/null >/dev/null 2>&1 )").expect("a string");
    }
    let path = folder.path().join("script");
    std::fs::write(&path, script).expect("written");
    let run = Program::new("env")
        .arg("-C")
        .arg(folder.path())
        .args([
            "-i",
            "PATH=/nonexistent",
            "LC_ALL=C.UTF-8",
            "HOME=/home/x",
            "/bin/bash",
            "--noprofile",
            "--norc",
        ])
        .arg(&path)
        .run();
    if run.status == 127 {
        skip("there is no /bin/bash");
        return None;
    }
    let output = String::from_utf8(run.output).expect("texts are UTF-8");
    let mut values = output.split('\0');
    let mut results = Vec::new();
    for _ in texts {
        let mut result = BTreeMap::new();
        for name in VARIABLES.into_iter().chain(LISTS) {
            let value = values.next().expect("every text is answered");
            result.insert(name, (value != "unset").then(|| value.to_owned()));
        }
        results.push(result);
    }
    Some(results)
}

#[test]
fn bash_reads_what_we_read() {
    // 256 cases are the default; the long run of the tests asks for more.
    let rounds = ProptestConfig::default().cases / 256;
    for round in 0..rounds.clamp(1, 200) {
        if !agree(u8::try_from(round).expect("at most 200")) {
            return;
        }
    }
}

/// One round of texts; false where there is no bash.
fn agree(seed: u8) -> bool {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
    let strategy = (vec(line(), 1..5), any::<bool>());
    let mut texts = Vec::new();
    for _ in 0..TEXTS {
        let (lines, ended) = strategy.new_tree(&mut runner).expect("a text").current();
        texts.push(lines.join("\n") + if ended { "\n" } else { "" });
    }
    let both = [OwnArgument::IntelIommuOn, OwnArgument::IommuPassthrough];
    let edited: Vec<Option<String>> =
        texts.iter().map(|text| shell::add_arguments(text, "V", &both).ok().map(|edit| edit.text)).collect();
    let listed: Vec<Option<String>> = texts
        .iter()
        .map(|text| shell::add_element(text, "M", "gangway", Position::Last).ok().map(|edit| edit.text))
        .collect();
    let after: Vec<String> = edited.iter().flatten().cloned().collect();
    let with: Vec<String> = listed.iter().flatten().cloned().collect();
    let all: Vec<String> = texts.iter().chain(&after).chain(&with).cloned().collect();
    let Some(answers) = bash(&all) else { return false };
    let (before, rest) = answers.split_at(texts.len());
    let (after, with) = rest.split_at(after.len());

    let mut compared = 0;
    let mut differ = Vec::new();
    for (text, bash) in all.iter().zip(&answers) {
        let mut settings = Settings::default();
        if settings.source(text).is_err() {
            continue;
        }
        for name in VARIABLES {
            if let Ok(ours) = settings.text(name) {
                if ours != bash[name].as_deref() {
                    differ.push(format!("{name} in {text:?}: {ours:?}, {:?}", bash[name]));
                }
                compared += 1;
            }
        }
        for name in LISTS {
            if let Ok(Some(ours)) = settings.elements(name) {
                let elements: String = ours.iter().map(|element| format!("{element}|")).collect();
                let ours = format!("{}|{elements}", ours.len());
                if Some(&ours) != bash[name].as_ref() {
                    differ.push(format!("{name} in {text:?}: {ours:?}, {:?}", bash[name]));
                }
                compared += 1;
            }
        }
    }

    assert!(differ.is_empty(), "{} differ, such as {:#?}", differ.len(), differ.get(..differ.len().min(12)));

    // After an edit, the words are there and everything else is as it was.
    let mut after = after.iter();
    for ((text, edited), before) in texts.iter().zip(&edited).zip(before) {
        let Some(edited) = edited else { continue };
        let after = after.next().expect("one for each");
        let space = |c: char| matches!(c, ' ' | '\t'..='\r');
        let words = |value: &Option<String>| -> Vec<String> {
            let value = value.clone().unwrap_or_default();
            value.split(space).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        let (old, new) = (words(&before["V"]), words(&after["V"]));
        let kept: Vec<&String> =
            new.iter().filter(|word| !both.iter().any(|one| one.to_string() == **word)).collect();
        assert!(kept.iter().copied().eq(&old), "{text:?} -> {edited:?}: {old:?} {new:?}");
        assert_eq!(new.len(), old.len() + 2, "{edited:?}");
        let others = |values: &BTreeMap<&'static str, Option<String>>| {
            let mut others = values.clone();
            others.remove("V");
            others
        };
        if !text.contains("$V") && !text.contains("${V") {
            assert_eq!(others(before), others(after), "{edited:?}");
        }
        let gone: Vec<KernelArgument> = both.iter().map(KernelArgument::from).collect();
        assert_eq!(shell::remove_arguments(edited, "V", &gone).expect("added").text, *text);
    }
    let mut with = with.iter();
    for (listed, before) in listed.iter().zip(before) {
        let Some(listed) = listed else { continue };
        let list = |values: &BTreeMap<&'static str, Option<String>>| {
            let printed = values["M"].clone().unwrap_or_default();
            let (count, elements) = printed.split_once('|').expect("a count");
            (count.parse::<usize>().expect("a number"), elements.to_owned())
        };
        let (count, elements) = list(before);
        let expected = (count + 1, format!("{elements}gangway|"));
        assert_eq!(list(with.next().expect("one for each")), expected, "{listed:?}");
    }
    let edits = edited.iter().flatten().count();
    assert!(compared > 4000 && edits > 300, "too little is understood: {compared} values, {edits} edits");
    true
}
