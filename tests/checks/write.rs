//! Prints the page of the catalogue: `cargo run -p gangway-tests --example checks-page`. `cargo xtask checks` keeps it.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(gangway_tests::checks::catalogue_page().as_bytes())
}
