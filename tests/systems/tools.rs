//! Imitations of the tools: what each does to the files that matter, on a folder of real files.

/// An initramfs as the imitations make it: a list of its modules and files, one a line, that can be looked into.
pub fn image(release: &str, modules: &[String], files: &[String]) -> String {
    let modules: String = modules.iter().map(|name| format!("module {name}\n")).collect();
    let files: String = files.iter().map(|name| format!("file {name}\n")).collect();
    format!("initramfs of {release}\n{modules}{files}")
}
