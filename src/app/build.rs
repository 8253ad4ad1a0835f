//! Compiles the interface's resources (style sheet, icons) into the binary.

fn main() {
    for name in ["gangway", "no-theme"] {
        glib_build_tools::compile_resources(
            &["../../data"],
            &format!("../../data/{name}.gresource.xml"),
            &format!("{name}.gresource"),
        );
    }
}
