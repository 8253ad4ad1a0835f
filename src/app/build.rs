//! Compiles the interface's resources (style sheet, icons) into the binary.

fn main() {
    glib_build_tools::compile_resources(
        &["../../data"],
        "../../data/gangway.gresource.xml",
        "gangway.gresource",
    );
}
