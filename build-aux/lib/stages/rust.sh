# Stages over the Rust code: format, lints, documentation, tests. All with the one development profile, so that the
# dependencies are compiled once for the tests and checked once for the lints and the documentation.
# shellcheck shell=bash

stage_format() {
    # Meant as they are: sourced files (1090, 1091), variables that these share (2034, 2154), real quotes (1111),
    # and lists that are to be split (2046).
    local script meant=SC1090,SC1091,SC1111,SC2034,SC2046,SC2154
    check "the Rust code is formatted" cargo fmt --all --check -- --color never
    for script in .ci/run build-aux/run build-aux/test build-aux/shell $(git ls-files 'build-aux/*.sh'); do
        check "$script is a valid script" bash -n "$script"
    done
    check_with shellcheck "shellcheck finds nothing in the scripts" \
        shellcheck --shell=bash --severity=warning --exclude="$meant" .ci/run build-aux/run build-aux/test build-aux/shell \
        tests/lab/image/assemble tests/bus/real.sh \
        $(git ls-files 'build-aux/*.sh' 'tests/lab/image/*/configure' 'tests/lab/image/*/disk')
}

stage_lints() {
    check "clippy finds nothing in all crates, tests included" \
        cargo clippy --locked --workspace --all-targets -- --deny warnings
    check "the fuzz targets compile" cargo check --locked --manifest-path tests/fuzz/Cargo.toml
}

stage_docs() {
    # Private items too: the pages are for those who work on the libraries, and modules link to their parts.
    RUSTDOCFLAGS='--deny warnings --allow rustdoc::private_intra_doc_links' check "the documentation of the libraries is complete and its links lead somewhere" \
        cargo doc --locked --no-deps --document-private-items --package gangway-core --package gangway-domain --package gangway-client --package gangway-protocol --package gangway-helper
}

stage_units() {
    cargo_tests units -- --workspace --exclude gangway --exclude gangway-tests
}

stage_app() {
    cargo_tests app with_display -- --package gangway
}

stage_integration() {
    check "the programs are built" build_programs
    cargo_tests integration -- --package gangway-tests
}

# The service by itself, as it is installed: features unify over what is built together.
build_programs() {
    cargo build --locked --package gangway --package gangwayctl && cargo build --locked --package gangway-helper
}

stage_deny() {
    if cargo deny --version >/dev/null 2>&1; then
        check "licences, bans and sources of the dependencies are as deny.toml wants them" \
            cargo deny --offline --all-features check licenses bans sources
    else
        skipped "licences, bans and sources of the dependencies" "cargo-deny is not installed (cargo install cargo-deny)"
    fi
}

# What takes long; only with --full and without named stages.
stage_full() {
    local target
    PROPTEST_CASES=4096 cargo_tests properties -- --package gangway-core --package gangway-domain --package gangway-tests
    check "the benchmarks run" with_display cargo bench --locked --package gangway-tests
    for target in tests/fuzz/fuzz_targets/*.rs; do
        target=$(basename "$target" .rs)
        if cargo fuzz --version >/dev/null 2>&1; then
            mkdir -p "$scratch/fuzz/$target"
            check "a minute of fuzzing $target" cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none "$target" \
                "$scratch/fuzz/$target" "tests/fuzz/seeds/$target" -- -max_total_time=60
        else
            skipped "a minute of fuzzing $target" "cargo-fuzz is not installed (cargo install cargo-fuzz)"
        fi
    done
}
