//! GRUB, whose configuration is made of `/etc/default/grub`: with drop-ins where its maker reads them, as Debian's
//! does, else in that one file.
//!
//! Ours go into `GRUB_CMDLINE_LINUX_DEFAULT`, which entries for recovery do not have. Whether drop-ins are read is
//! asked of the script that would read them, not of the distribution's name. Source: GRUB manual, 6.1; Debian's
//! `grub-mkconfig`.

use super::{Topic, Wish, custom};
use crate::config::drop_in;
use crate::config::grub_cfg::GrubConfig;
use crate::config::grub_default::{self, Variable};
use crate::plan::{
    ArgumentFormat, ArtefactKind, Content, Expectation, FileChange, FileRole, Ground, Refusal, Step, Tool,
    ToolRun, own,
};

const SETTINGS: &str = "/etc/default/grub";
const DROP_INS: &str = "/etc/default/grub.d";
const VARIABLE: Variable = Variable::CmdlineLinuxDefault;

/// GRUB as it is installed.
struct Grub {
    /// `grub.cfg`.
    path: &'static str,
    /// What it says.
    config: GrubConfig,
    /// Whether drop-ins count.
    drop_ins: bool,
    /// What makes `grub.cfg` anew.
    tool: Tool,
}

/// Steps that bring arguments into the next start.
pub(super) fn add(ground: &Ground, wish: &Wish<'_>) -> Result<Vec<Step>, Refusal> {
    let grub = Grub::find(ground)?;
    let origin = custom::origin(ground, grub.path, &grub.config)?;
    // What our own file asked for before is replaced, and contradicts nothing.
    let own = grub.drop_ins.then(|| drop_in_path(wish.topic)).filter(|path| ground.is_there(path));
    let by_others = wish.is_in(SETTINGS, &settings(ground, &grub, own.as_deref())?)?;
    let change = match (by_others, grub.drop_ins) {
        (true, _) => None,
        (false, true) => own_drop_in(ground, wish)?,
        (false, false) => one_file(ground, wish)?,
    };
    let made = wish.is_in(grub.path, &origin.arguments.join(" "));
    if change.is_none() && made.clone()? {
        return Ok(Vec::new());
    }
    if own.is_none() {
        made?;
    }
    let mut steps = Vec::new();
    steps.extend(custom::keep(ground, grub.path, &grub.config, &origin)?.map(Step::File));
    steps.extend(change.map(Step::File));
    steps.push(make(grub, wish.words(), Vec::new()));
    Ok(steps)
}

/// Steps that take the arguments of a drop-in of ours away.
pub(super) fn take_away(ground: &Ground, topic: Topic) -> Result<Vec<Step>, Refusal> {
    let path = drop_in_path(topic);
    let Some(change) = own::gone(ground, &path, FileRole::KernelArguments)? else { return Ok(Vec::new()) };
    let grub = Grub::find(ground)?;
    let origin = custom::origin(ground, grub.path, &grub.config)?;
    let others = settings(ground, &grub, Some(&path))?;
    let text = change.before.as_ref().and_then(Content::text).unwrap_or_default();
    let variable = format!("=\"${} ", VARIABLE.name());
    let line = text.split_once(&variable).map_or("", |(_, rest)| rest.trim_end().trim_end_matches('"'));
    let gone =
        line.split(' ').filter(|word| !word.is_empty() && !others.split(' ').any(|other| other == *word));
    let gone: Vec<String> = gone.map(str::to_owned).collect();
    let mut steps = Vec::new();
    steps.extend(custom::keep(ground, grub.path, &grub.config, &origin)?.map(Step::File));
    steps.push(Step::File(change));
    steps.push(make(grub, Vec::new(), gone));
    Ok(steps)
}

/// Steps that keep the running kernel's image with an entry that starts it.
pub(super) fn keep_image(ground: &Ground, rebuilt: &[String]) -> Result<Vec<Step>, Refusal> {
    let grub = Grub::find(ground)?;
    let origin = custom::origin(ground, grub.path, &grub.config)?;
    custom::keep_with_image(ground, grub.path, &grub.config, origin, rebuilt)
}

fn make(grub: Grub, present: Vec<String>, absent: Vec<String>) -> Step {
    let path = grub.path.to_owned();
    Step::Run(ToolRun {
        tool: grub.tool,
        rewrites: vec![path.clone()],
        rebuilds: Vec::new(),
        expects: vec![Expectation::Arguments { kind: ArtefactKind::GrubConfig, path, present, absent }],
    })
}

/// Behind all others, so that none of them sets the variable anew after it.
fn drop_in_path(topic: Topic) -> String {
    format!("{DROP_INS}/zz-gangway-{}.cfg", topic.name())
}

fn own_drop_in(ground: &Ground, wish: &Wish<'_>) -> Result<Option<FileChange>, Refusal> {
    let text = drop_in::grub_arguments(VARIABLE, wish.arguments);
    own::file(ground, &drop_in_path(wish.topic), FileRole::KernelArguments, &text)
}

fn one_file(ground: &Ground, wish: &Wish<'_>) -> Result<Option<FileChange>, Refusal> {
    let text = ground.text(SETTINGS)?.unwrap_or_default();
    let edit = grub_default::add_arguments(text, VARIABLE, wish.arguments)
        .map_err(|error| Refusal::not_understood(SETTINGS, &error))?;
    Ok(super::edited(SETTINGS, text, edit, ArgumentFormat::Shell { variable: VARIABLE.name().to_owned() }))
}

/// The arguments of ordinary entries, as the settings say without one of their files.
fn settings(ground: &Ground, grub: &Grub, without: Option<&str>) -> Result<String, Refusal> {
    let mut paths = vec![SETTINGS.to_owned()];
    if grub.drop_ins {
        paths.extend(ground.folder(DROP_INS).map(|(name, _)| format!("{DROP_INS}/{name}")));
    }
    paths.retain(|path| Some(path.as_str()) != without);
    let texts: Vec<&str> = paths
        .iter()
        .map(|path| ground.text(path).map(Option::unwrap_or_default))
        .collect::<Result<_, _>>()?;
    let path = |index: usize| paths.get(index).map_or(SETTINGS, String::as_str);
    let read =
        grub_default::read(&texts).map_err(|(index, error)| Refusal::not_understood(path(index), &error))?;
    let value = |value: Result<Option<String>, _>| {
        value.map(Option::unwrap_or_default).map_err(|error| Refusal::not_understood(SETTINGS, &error))
    };
    Ok(format!("{} {}", value(read.cmdline_linux)?, value(read.cmdline_linux_default)?))
}

impl Grub {
    fn find(ground: &Ground) -> Result<Self, Refusal> {
        let script = |name: &str| {
            ["/usr/sbin", "/usr/bin"].into_iter().map(|folder| format!("{folder}/{name}")).find_map(|path| {
                ground
                    .file(&path)
                    .known()
                    .map(|content| String::from_utf8_lossy(content.bytes()).into_owned())
            })
        };
        let grub2 = ground.is_there("/boot/grub2/grub.cfg");
        let path = if grub2 { "/boot/grub2/grub.cfg" } else { "/boot/grub/grub.cfg" };
        let name = if grub2 { "grub2-mkconfig" } else { "grub-mkconfig" };
        let script = script(name).ok_or_else(|| Refusal::NoTool { tool: name.to_owned() })?;
        let drop_ins = script.contains("/default/grub.d");
        let tool = if drop_ins && !grub2 && ground.is_there("/usr/sbin/update-grub") {
            Tool::UpdateGrub
        } else {
            Tool::GrubMkconfig { grub2, output: path.to_owned() }
        };
        let text = ground.text(path)?.unwrap_or_default();
        let config = GrubConfig::parse(text).map_err(|error| Refusal::not_understood(path, &error))?;
        Ok(Self { path, config, drop_ins, tool })
    }
}
