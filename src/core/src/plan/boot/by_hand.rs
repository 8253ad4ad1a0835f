//! What a person can do where we do not: the exact text, and where it belongs.

use super::Wish;
use crate::config::grub_default::Variable;
use crate::config::{drop_in, tools};
use crate::plan::{Ground, Paste, Refusal};
use crate::system::ArgumentWay;

/// Bringing arguments into the next start.
pub(super) fn arguments(ground: &Ground, wish: &Wish<'_>) -> Refusal {
    let text = wish.written().join(" ");
    let into = |path: &str, text: String| Paste { path: Some(path.to_owned()), text };
    let run = |command: &str| Paste { path: None, text: command.to_owned() };
    let way = ground.model.system.boot.arguments;
    let paste = match way {
        ArgumentWay::Grub { variable, command } => {
            let variable = if variable == Variable::CmdlineLinux.name() {
                Variable::CmdlineLinux
            } else {
                Variable::CmdlineLinuxDefault
            };
            let line = drop_in::grub_arguments(variable, wish.arguments);
            vec![into("/etc/default/grub", line), run(&format!("sudo {command}"))]
        }
        ArgumentWay::KernelCmdline { command } => {
            vec![into("/etc/kernel/cmdline", text), run(&format!("sudo {command}"))]
        }
        ArgumentWay::Entries { folder } => vec![into(&format!("{folder}/*.conf"), format!("options {text}"))],
        ArgumentWay::NixOs => {
            vec![
                into("/etc/nixos/configuration.nix", tools::nixos_snippet(wish.arguments, &[])),
                run("sudo nixos-rebuild boot"),
            ]
        }
        ArgumentWay::Refind => vec![into("/boot/refind_linux.conf", text)],
        ArgumentWay::LimineDefault => vec![
            into("/etc/default/limine", drop_in::limine_arguments(wish.arguments)),
            run("sudo limine-update"),
        ],
        ArgumentWay::Limine => vec![into("/boot/limine.conf", format!("cmdline: {text}"))],
        ArgumentWay::Grubby | ArgumentWay::Kernelstub | ArgumentWay::RpmOstree | ArgumentWay::Unknown => {
            vec![run(&way.command_to_add(&text).unwrap_or(text))]
        }
    };
    Refusal::ByHand { paste }
}

/// Taking an argument of somebody's out of the next start: the command, or what is to be run after the files were edited.
pub(super) fn removal(ground: &Ground, argument: &str) -> Option<Refusal> {
    let way = ground.model.system.boot.arguments;
    let after = match way {
        ArgumentWay::Grub { command, .. } | ArgumentWay::KernelCmdline { command } => Some(command),
        ArgumentWay::LimineDefault => Some("limine-update"),
        ArgumentWay::NixOs => Some("nixos-rebuild boot"),
        _ => None,
    };
    let text = way.command_to_remove(argument).or_else(|| after.map(|command| format!("sudo {command}")))?;
    Some(Refusal::ByHand { paste: vec![Paste { path: None, text }] })
}
