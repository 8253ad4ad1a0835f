//! Prints a page of a catalogue: `cargo run -p gangway-tests --example checks-page [guest]`. `cargo xtask checks` keeps both.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let guest = std::env::args().nth(1).is_some_and(|word| word == "guest");
    let page =
        if guest { gangway_tests::checks::guest_page() } else { gangway_tests::checks::catalogue_page() };
    std::io::stdout().write_all(page.as_bytes())
}
