//! Any text as settings that a shell sources: nothing to do gives the same bytes, what is added goes again to the same
//! bytes, and nothing but the one value differs in between.
#![no_main]

use gangway_core::config::shell::{self, Position, Settings};
use gangway_core::config::{Edit, KernelArgument, OwnArgument, grub_default};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = gangway_core::config::text(bytes) else { return };
    let mut before = Settings::default();
    let sourced = before.source(text);
    let _ = grub_default::read(&[text, text]);

    for variable in ["V", "K[a]"] {
        arguments(text, variable);
    }
    for position in [Position::First, Position::Before("b"), Position::Last] {
        let Ok(added) = shell::add_element(text, "M", "gangway", position) else { continue };
        assert_eq!(added.is_empty(), added.text == text);
        assert!(shell::add_element(&added.text, "M", "gangway", Position::Last).expect("there").is_empty());
        if !added.is_empty() {
            let back = shell::remove_element(&added.text, "M", "gangway").expect("added, so removable");
            assert_eq!(back.text, text);
            let mut after = Settings::default();
            after.source(&added.text).expect("sourced before");
            sourced.as_ref().expect("edited, so understood");
            assert!(before.names().eq(after.names()));
        }
    }
});

fn arguments(text: &str, variable: &str) {
    let both = [OwnArgument::IntelIommuOn, OwnArgument::IommuPassthrough];
    let Ok(added) = shell::add_arguments(text, variable, &both) else { return };
    assert_eq!(
        shell::add_arguments(text, variable, &[]).expect("nothing to do"),
        Edit { text: text.to_owned(), added: vec![], removed: vec![] }
    );
    assert!(shell::add_arguments(&added.text, variable, &both).expect("already so").is_empty());
    let gone: Vec<KernelArgument> = added.added.iter().map(|one| one.parse().expect("ours")).collect();
    let back = shell::remove_arguments(&added.text, variable, &gone).expect("added, so removable");
    assert_eq!(back.text, text);

    // What a shell would see: every other setting is as before.
    let (mut before, mut after) = (Settings::default(), Settings::default());
    before.source(text).expect("edited, so understood");
    after.source(&added.text).expect("read back");
    for name in before.names().filter(|name| *name != variable) {
        if !text.contains('$') {
            assert_eq!(before.text(name).ok(), after.text(name).ok(), "{name}");
        }
    }
    if let (Ok(old), Ok(Some(new))) = (before.text(variable), after.text(variable)) {
        // White space as the kernel sees it, with the vertical tab.
        let space = |c: char| matches!(c, ' ' | '\t'..='\r');
        let words = |line: &str| {
            line.split(space).filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let (old, new) = (words(old.unwrap_or_default()), words(new));
        assert_eq!(new.len(), old.len() + added.added.len());
        assert!(added.added.iter().all(|one| new.contains(one)));
    }
}
