//! Texts and icons that were laid out before. The same words stand on many rows of a long list, and each row comes into
//! sight again and again while it scrolls: laying a text out takes longer than all else that is done for a row then.

use std::cell::{RefCell, RefMut};
use std::collections::HashMap;

use relm4::gtk::prelude::*;
use relm4::gtk::{self, pango};

/// How many texts of a font are kept: those of some hundred rows.
const MOST: usize = 2000;
/// And for how many settings: that of rows, and that of headers.
const SETTINGS: usize = 2;
/// As much smaller as the style sheet says of what is small.
const SMALL: f64 = 0.86;

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Font {
    Plain,
    Bold,
    Small,
    SmallMonospace,
}

/// A text of one line, as wide as it wants to be.
#[derive(Debug, Clone)]
pub struct LaidOut {
    /// Others may draw the same: who needs another width takes a copy.
    pub layout: pango::Layout,
    pub width: i32,
    pub height: i32,
}

/// What was laid out, for widgets of few fonts.
#[derive(Debug, Default)]
pub struct Texts {
    kept: RefCell<Vec<Kept>>,
}

#[derive(Debug)]
struct Kept {
    setting: Setting,
    texts: HashMap<Font, HashMap<String, LaidOut>>,
    icons: HashMap<(&'static str, i32), gtk::IconPaintable>,
}

impl Kept {
    fn new(setting: Setting) -> Self {
        Self { setting, texts: HashMap::new(), icons: HashMap::new() }
    }
}

/// What some that is kept was made for.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    font: Option<pango::FontDescription>,
    /// That of the fonts, which follows the desktop's size of text.
    resolution: f64,
    scale: i32,
    direction: gtk::TextDirection,
}

impl Setting {
    /// What a widget has.
    pub fn of(widget: &gtk::Widget) -> Self {
        let context = widget.pango_context();
        Self {
            font: context.font_description(),
            resolution: pangocairo::functions::context_get_resolution(&context),
            scale: widget.scale_factor(),
            direction: widget.direction(),
        }
    }
}

impl Texts {
    /// Forgets everything, as where the desktop's icons changed.
    pub fn forget(&self) {
        self.kept.borrow_mut().clear();
    }

    /// For laying out what stands on a widget: its setting is asked for once, which takes longer than finding a text.
    pub fn for_widget<'a>(&'a self, widget: &'a gtk::Widget) -> Pen<'a> {
        let setting = Setting::of(widget);
        let mut all = self.kept.borrow_mut();
        let known = all.iter().position(|kept| kept.setting == setting).map(|index| all.remove(index));
        if all.len() >= SETTINGS {
            all.remove(0);
        }
        all.push(known.unwrap_or_else(|| Kept::new(setting)));
        Pen { kept: RefMut::filter_map(all, |all| all.last_mut()).ok().map(RefCell::new), widget }
    }
}

/// Lays out for one widget, and finds again what was laid out before. Only one at a time.
#[derive(Debug)]
pub struct Pen<'a> {
    kept: Option<RefCell<RefMut<'a, Kept>>>,
    widget: &'a gtk::Widget,
}

impl Pen<'_> {
    /// Lays a text out.
    pub fn text(&self, text: &str, font: Font) -> LaidOut {
        let Some(mut kept) = self.kept.as_ref().map(RefCell::borrow_mut) else {
            return lay_out(self.widget, text, font);
        };
        let texts = kept.texts.entry(font).or_default();
        if let Some(known) = texts.get(text) {
            return known.clone();
        }
        if texts.len() >= MOST {
            texts.clear();
        }
        let made = lay_out(self.widget, text, font);
        texts.insert(text.to_owned(), made.clone());
        made
    }

    /// Looks an icon up.
    pub fn icon(&self, name: &'static str, size: i32) -> gtk::IconPaintable {
        let find = || {
            let theme = gtk::IconTheme::for_display(&self.widget.display());
            let (scale, direction) = (self.widget.scale_factor(), self.widget.direction());
            theme.lookup_icon(name, &[], size, scale, direction, gtk::IconLookupFlags::PRELOAD)
        };
        match self.kept.as_ref().map(RefCell::borrow_mut) {
            Some(mut kept) => kept.icons.entry((name, size)).or_insert_with(find).clone(),
            None => find(),
        }
    }
}

fn lay_out(widget: &gtk::Widget, text: &str, font: Font) -> LaidOut {
    // Addresses and drivers are read from left to right everywhere: a mark keeps “01:00.0–3” from being turned around.
    let marked = (font == Font::SmallMonospace && !text.is_empty()).then(|| format!("\u{200e}{text}"));
    let layout = widget.create_pango_layout(Some(marked.as_deref().unwrap_or(text)));
    if font != Font::Plain
        && let Some(mut description) = layout.context().font_description()
    {
        match font {
            Font::Bold => description.set_weight(pango::Weight::Bold),
            Font::SmallMonospace => description.set_family("monospace"),
            Font::Plain | Font::Small => {}
        }
        if font != Font::Bold {
            description.set_absolute_size(f64::from(description.size()) * SMALL);
        }
        layout.set_font_description(Some(&description));
    }
    layout.set_single_paragraph_mode(true);
    layout.set_ellipsize(pango::EllipsizeMode::End);
    let (width, height) = layout.pixel_size();
    LaidOut { layout, width, height }
}
