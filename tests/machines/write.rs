//! Writes the machines of the demo: `cargo run -p gangway-tests --example machines -- src/client/machines`.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return Err(std::io::Error::other("name the folder to write to"));
    };
    for (name, machine) in gangway_tests::machines::all() {
        let path = folder.join(format!("{name}.host"));
        #[expect(clippy::disallowed_methods, reason = "a developer's command, which says where it writes")]
        std::fs::write(path, machine.write())?;
    }
    Ok(())
}
