//! Gangway: hands devices of the host to virtual machines.

fn main() -> std::process::ExitCode {
    gangway_app::start::run()
}
