//! The map as a file: asks where to, draws it in a worker, and writes it whole or not at all.

use std::rc::Rc;

use gangway_client::map::{Canvas, Fill, Ink, Palette, Point, Rect, draw_legend, svg};
use gangway_client::text::fill;
use gettextrs::gettext;
use relm4::gtk::{self, cairo, gio, glib};

use super::paint::{Fonts, Painter};
use super::scene::{Parts, Scene};
use super::zoom;
use crate::save::save_as;

/// What the map can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Svg,
    Png,
}

impl Format {
    fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    fn label(self) -> String {
        match self {
            Self::Svg => gettext("SVG drawings"),
            Self::Png => gettext("PNG pictures"),
        }
    }
}

/// Asks for a file and writes the map into it; `say` is told how that went.
pub fn ask(
    window: Option<&gtk::Window>,
    scene: &Scene,
    fonts: &Rc<Fonts>,
    palette: Palette,
    format: Format,
    say: impl Fn(String) + 'static,
) {
    let filter = gtk::FileFilter::new();
    filter.set_name(Some(&format.label()));
    filter.add_suffix(format.ending());
    let filters = gio::ListStore::new::<gtk::FileFilter>();
    filters.append(&filter);
    let dialog = gtk::FileDialog::builder()
        .title(gettext("Export Map"))
        .initial_name(format!("{}.{}", gettext("pci-map"), format.ending()))
        .filters(&filters)
        .build();
    let parts = scene.parts();
    let (family, pictures) = (fonts.family().to_owned(), fonts.pictures());
    dialog.save(window, gio::Cancellable::NONE, move |chosen| {
        let Ok(file) = chosen else { return };
        glib::spawn_future_local(async move {
            let drawn = gio::spawn_blocking(move || match format {
                Format::Svg => Ok(document(&parts, palette).into_bytes()),
                Format::Png => picture(parts, &Fonts::new(&family, pictures), palette),
            });
            let sentence = match drawn.await {
                Ok(Ok(bytes)) => save_as(&file, bytes, &gettext("Saved as “{name}”.")).await,
                Ok(Err(reason)) => not_drawn(&reason),
                Err(_) => not_drawn(&gettext("drawing stopped halfway")),
            };
            say(sentence);
        });
    });
}

fn not_drawn(reason: &str) -> String {
    let template = gettext("The map could not be drawn ({reason}): try the other format.");
    fill(&template, &[("reason", reason)])
}

/// The map as SVG.
pub fn document(parts: &Parts, palette: Palette) -> String {
    svg::document(&parts.facts(), palette)
}

/// The map as a PNG picture, sharp on dense screens where it is not too large for that.
///
/// # Errors
/// What cairo could not do.
pub fn picture(parts: Parts, fonts: &Fonts, palette: Palette) -> Result<Vec<u8>, String> {
    const EDGE: f64 = 24.0;
    let scene = Scene::new(parts, fonts);
    let map = &scene.map;
    let width = map.width.max(480.0);
    let failed = |error: cairo::Error| error.to_string();
    // Once on nothing, to know how high the legend is.
    let nothing = cairo::RecordingSurface::create(cairo::Content::ColorAlpha, None).map_err(failed)?;
    let cairo = cairo::Context::new(&nothing).map_err(failed)?;
    let at = Point::new(EDGE, map.height + 4.0);
    let whole = Rect::new(0.0, 0.0, width, map.height);
    let mut painter = Painter { cairo: &cairo, fonts, palette, zoom: 1.0, seen: whole };
    let below = draw_legend(fonts, at, width - 2.0 * EDGE, &mut painter);
    let height = map.height + 4.0 + below + EDGE / 2.0;

    let zoom = zoom::picture(width, height);
    let pixels = |length: f64| (length * zoom).ceil() as i32;
    let surface = cairo::ImageSurface::create(cairo::Format::Rgb24, pixels(width), pixels(height));
    let surface = surface.map_err(failed)?;
    let cairo = cairo::Context::new(&surface).map_err(failed)?;
    cairo.scale(zoom, zoom);
    let whole = Rect::new(0.0, 0.0, width, height);
    let mut painter = Painter { cairo: &cairo, fonts, palette, zoom, seen: whole };
    painter.rect(whole, 0.0, Some(Fill { ink: Ink::Ground, hatch: None }), None);
    painter.map(map);
    draw_legend(fonts, at, width - 2.0 * EDGE, &mut painter);
    let mut bytes = Vec::new();
    surface.write_to_png(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}
