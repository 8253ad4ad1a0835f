//! What a walk needs: waiting for things to appear, pressing them, taking pictures.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::time::Duration;

use gangway_client::target::HostChoice;
use relm4::adw::prelude::*;
use relm4::gtk::{gdk, glib, gsk};
use relm4::{adw, gtk};

use super::warnings;
use crate::window::WindowInput;

/// The longest that anything is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(40);

/// The window's own size, in pixels of the application.
pub const WIDE: (i32, i32) = (1280, 800);
/// The size of a telephone.
pub const NARROW: (i32, i32) = (360, 720);

/// What a window's frame and shadow may take of its size.
const FRAME: u32 = 60;

/// The window and where its pictures go.
pub struct Stage {
    folder: PathBuf,
    window: adw::ApplicationWindow,
    input: relm4::Sender<WindowInput>,
    saved: RefCell<Vec<PathBuf>>,
    generation: Cell<u32>,
}

/// Why a walk stopped.
pub type Outcome = Result<(), String>;

impl Stage {
    pub fn new(folder: PathBuf, window: &adw::ApplicationWindow, input: &relm4::Sender<WindowInput>) -> Self {
        if let Some(settings) = gtk::Settings::default() {
            settings.set_gtk_enable_animations(false);
        }
        Self {
            folder,
            window: window.clone(),
            input: input.clone(),
            saved: RefCell::default(),
            generation: Cell::default(),
        }
    }

    /// The pictures so far.
    pub fn saved(&self) -> Vec<PathBuf> {
        self.saved.borrow().clone()
    }

    /// The window looked at everything anew by itself, as after a restart of the demo's computer.
    pub fn restarted(&self) {
        self.generation.set(self.generation.get() + 1);
    }

    /// Tells the window something.
    pub fn tell(&self, input: WindowInput) {
        self.input.emit(input);
    }

    /// Switches to another machine.
    pub fn switch(&self, host: HostChoice) {
        self.generation.set(self.generation.get() + 1);
        self.tell(WindowInput::Switch(host));
    }

    /// How many machines were switched to: the window drops news of an earlier one.
    pub fn generation(&self) -> u32 {
        self.generation.get()
    }

    /// Starts an action of the window.
    pub fn act(&self, action: &str) {
        // An action that is not possible now shows in what does not appear next.
        let _possible = WidgetExt::activate_action(&self.window, action, None);
    }

    /// The same with a parameter.
    pub fn act_with(&self, action: &str, value: &glib::Variant) {
        let _possible = WidgetExt::activate_action(&self.window, action, Some(value));
    }

    pub fn dark(&self, dark: bool) {
        adw::StyleManager::default().set_color_scheme(if dark {
            adw::ColorScheme::ForceDark
        } else {
            adw::ColorScheme::ForceLight
        });
    }

    pub async fn resize(&self, width: i32, height: i32) {
        self.window.set_default_size(width, height);
        // The display tells when it is so, give or take the window's frame; on a busy computer that takes longer than anything
        // else here.
        for _ in 0..40 {
            if self.window.width().abs_diff(width) <= FRAME && self.window.height().abs_diff(height) <= FRAME
            {
                break;
            }
            glib::timeout_future(Duration::from_millis(50)).await;
        }
        self.settle().await;
    }

    /// A picture of the dark style, and back to the light one.
    pub async fn dark_picture(&self, name: &str) -> Outcome {
        self.dark(true);
        let taken = self.picture(name).await;
        self.dark(false);
        taken
    }

    /// A picture of the window as narrow as a telephone, and back to its own width.
    pub async fn narrow_picture(&self, name: &str) -> Outcome {
        self.resize(NARROW.0, NARROW.1).await;
        let taken = self.picture(name).await;
        self.resize(WIDE.0, WIDE.1).await;
        taken
    }

    /// Lets the window come to rest.
    pub async fn settle(&self) {
        glib::timeout_future(Duration::from_millis(350)).await;
    }

    /// Waits until a text can be seen.
    pub async fn see(&self, text: &str) -> Outcome {
        self.wait(|window| find(window, &|widget| says(widget, text)).is_some(), text).await
    }

    /// Waits for a button with this text, and presses it.
    pub async fn press(&self, text: &str) -> Outcome {
        let ready = |window: &gtk::Widget| find(window, &|widget| is_button(widget, text)).is_some();
        self.wait(ready, text).await?;
        if let Some(widget) = find(self.window.upcast_ref(), &|widget| is_button(widget, text)) {
            widget.activate();
        }
        self.settle().await;
        Ok(())
    }

    /// Waits for the list of devices.
    pub async fn see_list(&self) -> Outcome {
        let is_list = |widget: &gtk::Widget| widget.downcast_ref::<gtk::ListView>().is_some();
        self.wait(|window| find(window, &is_list).is_some(), "list").await
    }

    /// Selects a row of the list, by its place.
    pub async fn select_row(&self, position: u32) -> Outcome {
        self.see_list().await?;
        let is_list = |widget: &gtk::Widget| widget.downcast_ref::<gtk::ListView>().is_some();
        if let Some(list) = find(self.window.upcast_ref(), &is_list).and_downcast::<gtk::ListView>() {
            list.scroll_to(position, gtk::ListScrollFlags::SELECT, None);
        }
        self.settle().await;
        Ok(())
    }

    /// Waits for a button around a label with this text, and presses it.
    pub async fn press_label(&self, text: &str) -> Outcome {
        let inside = |widget: &gtk::Widget| {
            widget.downcast_ref::<gtk::Button>().is_some_and(|button| {
                button.child().is_some_and(|child| find(&child, &|widget| says(widget, text)).is_some())
            })
        };
        self.wait(|window| find(window, &inside).is_some(), text).await?;
        if let Some(button) = find(self.window.upcast_ref(), &inside) {
            button.activate();
        }
        self.settle().await;
        Ok(())
    }

    /// Closes what lies over the window.
    pub async fn close_dialog(&self) {
        if let Some(dialog) = self.window.visible_dialog() {
            dialog.close();
        }
        self.settle().await;
    }

    /// Saves what the window shows now.
    pub async fn picture(&self, name: &str) -> Outcome {
        self.settle().await;
        let path = self.folder.join(format!("{name}.png"));
        let mut left = PATIENCE;
        let texture = loop {
            // While the window is being laid out there is nothing to draw.
            match self.texture() {
                Some(texture) => break texture,
                None if left.is_zero() => return Err("the window cannot be drawn".to_owned()),
                None => {
                    glib::timeout_future(STEP).await;
                    left = left.saturating_sub(STEP);
                }
            }
        };
        texture.save_to_png(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        self.saved.borrow_mut().push(path);
        warnings::saved(name);
        Ok(())
    }

    fn texture(&self) -> Option<gdk::Texture> {
        let paintable = gtk::WidgetPaintable::new(Some(&self.window));
        let (width, height) = (self.window.width(), self.window.height());
        let snapshot = gtk::Snapshot::new();
        paintable.snapshot(&snapshot, f64::from(width), f64::from(height));
        let node: gsk::RenderNode = snapshot.to_node()?;
        let size = gtk::graphene::Rect::new(0.0, 0.0, width as f32, height as f32);
        Some(self.window.renderer()?.render_texture(node, Some(&size)))
    }

    async fn wait(&self, done: impl Fn(&gtk::Widget) -> bool, what: &str) -> Outcome {
        let mut left = PATIENCE;
        while !done(self.window.upcast_ref()) {
            if left.is_zero() {
                return Err(format!("“{what}” did not appear"));
            }
            glib::timeout_future(STEP).await;
            left = left.saturating_sub(STEP);
        }
        Ok(())
    }
}

/// The last widget that can be seen and fits: what lies on top comes last.
fn find(from: &gtk::Widget, fits: &impl Fn(&gtk::Widget) -> bool) -> Option<gtk::Widget> {
    if !from.is_mapped() || !from.is_child_visible() {
        return None;
    }
    let mut child = from.last_child();
    while let Some(widget) = child {
        if let Some(found) = find(&widget, fits) {
            return Some(found);
        }
        child = widget.prev_sibling();
    }
    fits(from).then(|| from.clone())
}

fn says(widget: &gtk::Widget, text: &str) -> bool {
    let label = widget.downcast_ref::<gtk::Label>();
    label.is_some_and(|label| label.text() == text)
}

fn is_button(widget: &gtk::Widget, text: &str) -> bool {
    let plain = |label: glib::GString| label.replace('_', "");
    let button = widget.downcast_ref::<gtk::Button>();
    let named = |button: &gtk::Button| button.label().is_some_and(|label| plain(label) == text);
    button.is_some_and(|button| named(button) && button.is_sensitive())
        || widget
            .downcast_ref::<adw::ActionRow>()
            .is_some_and(|row| row.is_activatable() && PreferencesRowExt::title(row) == text)
}
