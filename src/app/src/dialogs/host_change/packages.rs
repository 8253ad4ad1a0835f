//! What is missing before a computer can be made ready: named in the review with the command that installs it, and, on this
//! computer, installed by PackageKit once it has said what would come. The looks are for workers; the view is plain Rust.

use gangway_client::packages::{Installation, PackageKit, PackagesError, Working};
use gangway_client::target::{HostChoice, Target};
use gangway_client::text;
use gangway_core::checks::{install_command, missing_packages, package_names};
use gangway_core::model::Model;
use gangway_core::plan::Intent;
use gangway_core::system::Image;
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::{adw, gtk};

use crate::widgets::{rows, status};

/// What is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    pub names: Vec<String>,
    pub command: Option<String>,
    /// Whether PackageKit may be asked: on this computer, where packages do not come with an image.
    pub ours: bool,
}

/// How far installing it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Stage {
    #[default]
    Named,
    Asking,
    Offered(Installation),
    Installing(Installation, Working),
    Failed(PackagesError),
}

/// What the section shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackagesView {
    pub sentences: Vec<String>,
    pub command: Option<String>,
    pub button: Option<ButtonView>,
    pub progress: Option<ProgressView>,
}

/// How far installing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressView {
    pub sentence: String,
    /// From 0 to 100; none where that is not known.
    pub percentage: Option<u32>,
}

/// The one button of the section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ButtonView {
    pub label: String,
    /// What it is called where only it is heard.
    pub name: String,
    /// Whether it can be pressed now.
    pub possible: bool,
}

/// Looks for what is missing, where the intent needs it; for workers.
pub fn look(target: &Target, intent: &Intent) -> Option<Missing> {
    if *intent != Intent::MakeReady {
        return None;
    }
    // Where it cannot be read, the plan says so.
    let model = Model::read(&target.source().ok()?);
    Missing::of(&model, target.host == HostChoice::Live)
}

/// What PackageKit would install; for workers.
///
/// # Errors
/// Why it would not.
pub fn ask(names: &[String]) -> Result<Installation, PackagesError> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    PackageKit::system()?.look(&names)
}

/// Installs what was shown, and tells how far it is; for workers.
///
/// # Errors
/// Why it did not.
pub fn install(reviewed: &Installation, tell: &mut dyn FnMut(&Working)) -> Result<(), PackagesError> {
    PackageKit::system()?.install(reviewed, tell)
}

impl Missing {
    fn of(model: &Model, live: bool) -> Option<Self> {
        let missing = missing_packages(model);
        let names = package_names(&missing, &model.system).into_iter().map(str::to_owned);
        (!missing.is_empty()).then(|| Self {
            names: names.collect(),
            command: install_command(&missing, &model.system),
            ours: live && model.system.distribution.image == Image::No,
        })
    }
}

impl PackagesView {
    /// The section of what is missing.
    pub fn new(missing: &Missing, stage: &Stage) -> Self {
        let named = || text::missing(&missing.names, None);
        let by_hand = || match &missing.command {
            Some(_) => gettext("This command installs what is missing:"),
            None => named(),
        };
        let (sentences, label, name, possible) = match stage {
            Stage::Named => (vec![], gettext("Install…"), gettext("Install what is missing"), true),
            Stage::Asking => (
                vec![gettext("PackageKit is asked what would be installed.")],
                gettext("Install…"),
                gettext("Install what is missing"),
                false,
            ),
            Stage::Offered(offered) => (
                vec![text::installation(offered)],
                gettext("Install These"),
                gettext("Install these packages"),
                true,
            ),
            Stage::Installing(offered, _) => (
                vec![text::installation(offered)],
                gettext("Install These"),
                gettext("Install these packages"),
                false,
            ),
            Stage::Failed(error) => (
                vec![text::packages_error(error)],
                gettext("Try Again…"),
                gettext("Try again to install what is missing"),
                true,
            ),
        };
        // Two at once would be in each other's way.
        let alone = !matches!(stage, Stage::Installing(..));
        let sentences = sentences.into_iter().chain(alone.then(by_hand)).collect();
        let command = missing.command.clone().filter(|_| alone);
        let button = missing.ours.then_some(ButtonView { label, name, possible });
        let progress = match stage {
            Stage::Installing(_, working) => Some(ProgressView::new(working)),
            Stage::Named | Stage::Asking | Stage::Offered(_) | Stage::Failed(_) => None,
        };
        Self { sentences, command, button, progress }
    }
}

impl ProgressView {
    pub fn new(working: &Working) -> Self {
        Self { sentence: text::installing(working), percentage: working.percentage }
    }
}

/// How far installing is, which is told again and again.
pub struct Bar {
    row: adw::ActionRow,
    bar: gtk::ProgressBar,
}

impl Bar {
    fn new(view: &ProgressView) -> Self {
        let row = rows::with_icon("content-loading-symbolic", "", "");
        row.set_title_lines(0);
        let bar = gtk::ProgressBar::builder().valign(gtk::Align::Center).width_request(120).build();
        bar.update_property(&[gtk::accessible::Property::Label(&gettext("Installing packages"))]);
        row.add_suffix(&bar);
        let shown = Self { row, bar };
        shown.show(view);
        shown
    }

    pub fn show(&self, view: &ProgressView) {
        if self.row.title() != view.sentence {
            self.row.set_title(&view.sentence);
        }
        match view.percentage {
            Some(percentage) => self.bar.set_fraction(f64::from(percentage) / 100.0),
            None => self.bar.pulse(),
        }
    }
}

/// Shows it; `press` is what the button does. With how far installing is, where it is under way.
pub fn group(view: &PackagesView, press: impl Fn() + 'static) -> (adw::PreferencesGroup, Option<Bar>) {
    let group = rows::group(
        &gettext("Missing Packages"),
        &gettext("Virtual machines need them; they are not a part of the change, and undo leaves them."),
    );
    for sentence in &view.sentences {
        let row = rows::with_icon("dialog-information-symbolic", sentence, "");
        row.set_title_lines(0);
        group.add(&row);
    }
    let bar = view.progress.as_ref().map(Bar::new);
    if let Some(bar) = &bar {
        group.add(&bar.row);
    }
    if let Some(command) = &view.command {
        let line = status::command_line(command);
        line.set_margin_top(6);
        group.add(&line);
    }
    if let Some(shown) = &view.button {
        let button = rows::text_button(&shown.label, &shown.name);
        button.set_sensitive(shown.possible);
        button.connect_clicked(move |button| {
            // Once is enough, until the section is shown anew.
            button.set_sensitive(false);
            press();
        });
        button.set_valign(gtk::Align::Start);
        group.set_header_suffix(Some(&button));
    }
    (group, bar)
}

#[cfg(test)]
mod tests {
    use gangway_core::reading::Reading;
    use gangway_core::system::Presence;

    use super::*;

    fn debian() -> Model {
        let mut model = Model::default();
        model.system.virtualization.swtpm = Presence::Missing;
        model.system.distribution.id = Reading::Known("debian".to_owned());
        model
    }

    #[test]
    fn what_is_missing_is_named_with_its_command() {
        assert_eq!(Missing::of(&Model::default(), true), None);
        let missing = Missing::of(&debian(), false).unwrap();
        let view = PackagesView::new(&missing, &Stage::Named);
        assert_eq!(view.command.as_deref(), Some("sudo apt install swtpm swtpm-tools"));
        assert_eq!(view.button, None, "nothing is installed on another computer");
    }

    #[test]
    fn where_no_command_is_known_the_names_are_said() {
        let mut model = debian();
        model.system.distribution.image = Image::NixOs;
        let missing = Missing::of(&model, true).unwrap();
        assert!(!missing.ours);
        let view = PackagesView::new(&missing, &Stage::Named);
        assert!(
            view.command.is_none() && view.sentences.iter().any(|said| said.contains("swtpm")),
            "{view:?}"
        );
    }

    #[test]
    fn the_button_goes_with_the_stage() {
        let missing = Missing::of(&debian(), true).unwrap();
        let button = |stage: &Stage| PackagesView::new(&missing, stage).button.unwrap();
        assert!(button(&Stage::Named).possible && !button(&Stage::Asking).possible);
        let working = Working { percentage: Some(40), package: Some("swtpm".to_owned()) };
        let progress = ProgressView::new(&working);
        assert!(progress.percentage == Some(40) && progress.sentence.contains("swtpm"));
        assert!(ProgressView::new(&Working::default()).sentence.contains("password"));
        let failed = Stage::Failed(PackagesError::Unknown { names: vec!["swtpm".to_owned()] });
        assert!(button(&failed).possible);
        let said = PackagesView::new(&missing, &failed).sentences;
        assert!(said.iter().any(|said| said.contains("no package")), "{said:?}");
    }
}
