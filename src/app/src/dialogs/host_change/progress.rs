//! The page while a change is made: how far it is, each step with its mark, and what the system's tools say.

use gangway_client::text;
use gangway_protocol::wire::Ending;
use gettextrs::gettext;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;

use crate::job::{Job, Mark};
use crate::widgets::{notice, rows};

/// The widgets of it, which are told again and again.
pub struct Progress {
    scrolled: gtk::ScrolledWindow,
    headline: gtk::Label,
    bar: gtk::ProgressBar,
    /// How it ended, where it did not end well.
    sentence: gtk::Label,
    note: gtk::Label,
    marks: Vec<(adw::ActionRow, gtk::Stack)>,
    log: adw::ExpanderRow,
    lines: gtk::TextBuffer,
}

impl Progress {
    pub fn new(job: &Job) -> Self {
        let (scrolled, column) = rows::column(640);
        column.set_spacing(18);
        let headline = gtk::Label::builder().xalign(0.0).wrap(true).build();
        headline.add_css_class("title-4");
        let bar = gtk::ProgressBar::new();
        bar.update_property(&[gtk::accessible::Property::Label(&job.title)]);
        let sentence = notice::sentence("");
        sentence.set_visible(false);
        let note = gtk::Label::builder().xalign(0.0).wrap(true).build();
        note.add_css_class("dim-label");
        note.add_css_class("gw-small");
        let steps = adw::PreferencesGroup::new();
        let marks: Vec<(adw::ActionRow, gtk::Stack)> = job.steps.iter().map(|step| mark_row(step)).collect();
        for (row, _) in &marks {
            steps.add(row);
        }
        let (log, lines) = log();
        let group = adw::PreferencesGroup::new();
        group.add(&log);
        let head = gtk::Box::new(gtk::Orientation::Vertical, 12);
        for widget in [headline.upcast_ref::<gtk::Widget>(), bar.upcast_ref(), sentence.upcast_ref()] {
            head.append(widget);
        }
        for widget in
            [head.upcast_ref::<gtk::Widget>(), steps.upcast_ref(), note.upcast_ref(), group.upcast_ref()]
        {
            column.append(widget);
        }
        let progress = Self { scrolled, headline, bar, sentence, note, marks, log, lines };
        progress.show(job);
        progress
    }

    pub fn widget(&self) -> &gtk::ScrolledWindow {
        &self.scrolled
    }

    /// Says how far it is, or how it ended.
    pub fn show(&self, job: &Job) {
        for ((_, stack), mark) in self.marks.iter().zip(job.marks()) {
            stack.set_visible_child_name(name(mark));
        }
        let text = job.log.join("\n");
        if !text.is_empty() {
            self.log.set_visible(true);
            let (start, end) = self.lines.bounds();
            if self.lines.text(&start, &end, false) != text {
                self.lines.set_text(&text);
            }
        }
        self.bar.set_fraction(job.fraction());
        let ended = job.ended.as_ref().and_then(|ended| ended.as_ref().ok());
        let headline = match ended {
            None => job.headline(),
            Some(ending) => ended_headline(ending),
        };
        if self.headline.label() != headline {
            self.headline.set_label(&headline);
            self.headline.announce(&headline, gtk::AccessibleAnnouncementPriority::Medium);
        }
        self.bar.set_visible(ended.is_none());
        self.sentence.set_visible(ended.is_some());
        self.note.set_label(&note(job));
        self.note.set_visible(ended.is_none());
        if let Some(ending) = ended {
            self.sentence.set_label(&text::ending(ending));
            // The tool's own last words are what one looks for now.
            self.log.set_expanded(!job.log.is_empty());
        }
    }
}

fn note(job: &Job) -> String {
    if job.working.is_none() {
        return gettext("Nothing is changed before permission is given.");
    }
    gettext(
        "Do not switch the computer off. If power fails now, the change is finished or taken back with the next start. This may be closed: the change goes on, and is in Changes.",
    )
}

fn ended_headline(ending: &Ending) -> String {
    match ending {
        Ending::Done { .. } => gettext("Done"),
        Ending::NotBegun { .. } | Ending::RolledBack { .. } => gettext("Not Applied"),
        Ending::Stuck { .. } => gettext("Not Wholly Taken Back"),
        Ending::UndoStopped { .. } => gettext("Undone in Part"),
    }
}

const MARKS: [Mark; 5] = [Mark::Waiting, Mark::Now, Mark::Done, Mark::Back, Mark::Failed];

fn name(mark: Mark) -> &'static str {
    match mark {
        Mark::Waiting => "waiting",
        Mark::Now => "now",
        Mark::Done => "done",
        Mark::Back => "back",
        Mark::Failed => "failed",
    }
}

fn mark_row(sentence: &str) -> (adw::ActionRow, gtk::Stack) {
    let row = rows::plain(sentence, "");
    row.set_title_lines(0);
    let stack = gtk::Stack::builder().valign(gtk::Align::Center).build();
    for mark in MARKS {
        let (icon, class, spoken) = match mark {
            Mark::Waiting => ("content-loading-symbolic", "dim-label", gettext("Waiting")),
            Mark::Now => {
                let spinner = gtk::Spinner::builder().spinning(true).build();
                stack.add_named(&spinner, Some(name(mark)));
                continue;
            }
            Mark::Done => ("object-select-symbolic", "success", gettext("Done")),
            Mark::Back => ("edit-undo-symbolic", "dim-label", gettext("Taken back")),
            Mark::Failed => ("dialog-warning-symbolic", "error", gettext("Failed")),
        };
        let image = gtk::Image::from_icon_name(icon);
        image.add_css_class(class);
        image.update_property(&[gtk::accessible::Property::Label(&spoken)]);
        stack.add_named(&image, Some(name(mark)));
    }
    row.add_prefix(&stack);
    (row, stack)
}

/// What the tools say; there once they say something, and closed until somebody asks.
fn log() -> (adw::ExpanderRow, gtk::TextBuffer) {
    let lines = gtk::TextBuffer::new(None);
    let view = gtk::TextView::builder()
        .buffer(&lines)
        .editable(false)
        .cursor_visible(false)
        .monospace(true)
        .wrap_mode(gtk::WrapMode::WordChar)
        .top_margin(8)
        .bottom_margin(8)
        .left_margin(12)
        .right_margin(12)
        .accepts_tab(false)
        .build();
    view.add_css_class("gw-diff");
    view.update_property(&[gtk::accessible::Property::Label(&gettext("What the tools say"))]);
    let log = adw::ExpanderRow::builder().title(gettext("What the Tools Say")).visible(false).build();
    let copy = rows::icon_button("edit-copy-symbolic", &gettext("Copy What the Tools Say"));
    copy.set_valign(gtk::Align::Center);
    copy.add_css_class("flat");
    let text = lines.clone();
    copy.connect_clicked(move |button| {
        let (start, end) = text.bounds();
        button.clipboard().set_text(&text.text(&start, &end, false));
    });
    log.add_suffix(&copy);
    let line = gtk::ListBoxRow::builder().activatable(false).focusable(false).child(&view).build();
    log.add_row(&line);
    (log, lines)
}
