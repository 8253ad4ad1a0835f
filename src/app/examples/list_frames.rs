//! How long frames take while the list of devices of a large machine is scrolled, beside a plain list of as many labels,
//! and how long it takes from the activation of a row to its painted details. Prints a line of figures a round.
//!
//! Both lists are scrolled in turns and by the same steps. A frame's time is that from the frame clock's first phase to
//! its last one: what the display does with a frame afterwards, and the wait for the next one, do not count. Beside it
//! stands the processor time that this thread took for it, which a busy computer stretches less.
//!
//! `list_frames ROOT own` or `plain` scrolls that list alone, for a profiler, and prints beside both figures what each phase of a
//! frame took (the ticks, the layout, the paint), half of the frames and 95 of 100.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use gangway_app::pages::devices::known::Known;
use gangway_app::pages::devices::{DevicesInput, DevicesPage};
use gangway_app::situation::Snapshot;
use gangway_client::target::{HostChoice, Target};
use gangway_core::devices::Devices;
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::prelude::*;
use relm4::{adw, gtk};
use rustix::time::{ClockId, clock_gettime};

/// Frames a round and list, and pixels a frame: a quick turn of the wheel.
const FRAMES: usize = 150;
const STEP: f64 = 90.0;
const ROUNDS: usize = 8;
const SIZE: (i32, i32) = (1280, 800);
const PATIENCE: Duration = Duration::from_secs(60);

#[expect(clippy::print_stdout, reason = "printing the figures is what this program is for")]
fn main() {
    let Some(root) = std::env::args_os().nth(1) else { return };
    assert!(adw::init().is_ok(), "a display");
    assert!(gangway_app::theme::load().is_ok(), "the style sheets");
    let target = Target { host: HostChoice::Folder(root.into()), connect: None };
    let Ok(snapshot) = Snapshot::read(&target) else { return };
    let Ok(source) = target.source() else { return };
    let known = Known::of(&snapshot, Devices::read(&source, &snapshot.host), &source);
    let count = snapshot.devices.rows.len();

    let page = DevicesPage::builder().launch(Some(snapshot)).detach();
    let ours = window(page.widget().upcast_ref());
    let (labels, list) = plain(count);
    let theirs = window(labels.upcast_ref());
    page.emit(DevicesInput::Known(known));
    let rows = || find_list(page.widget().upcast_ref()).and_then(|list| list.model());
    spin(|| rows().is_some_and(|model| usize::try_from(model.n_items()) == Ok(count)));
    pause();

    let Some(own_list) = find_list(page.widget().upcast_ref()) else { return };
    if let Some(only) = std::env::args().nth(2) {
        for _ in 0..=ROUNDS {
            let frames = if only == "own" { scroll(&ours, &own_list) } else { scroll(&theirs, &list) };
            let phases =
                frames.phases.iter().map(|phase| format!("{:.2} {:.2}", at(phase, 0.5), at(phase, 0.95)));
            let phases: Vec<String> = phases.collect();
            println!("{only} {:.2} {:.2}; {}", frames.wall(0.95), frames.processor(0.95), phases.join("; "));
        }
        return;
    }
    for round in 0..=ROUNDS {
        let own = scroll(&ours, &own_list);
        let plain = scroll(&theirs, &list);
        // The first one is for the caches.
        if round > 0 {
            let of = |figure: fn(&Frames, f64) -> f64, part: f64| [figure(&own, part), figure(&plain, part)];
            let figures = [
                of(Frames::wall, 0.95),
                of(Frames::wall, 0.5),
                of(Frames::processor, 0.95),
                of(Frames::processor, 0.5),
            ];
            let texts: Vec<String> = figures.concat().iter().map(|figure| format!("{figure:.2}")).collect();
            println!("frames {}", texts.join(" "));
        }
    }
    for round in 0..20 {
        let position = (u32::try_from(count).unwrap_or(0) / 21) * (round + 1);
        own_list.scroll_to(position, gtk::ListScrollFlags::FOCUS, None);
        pause();
        println!("details {:.2}", activate(&ours, &own_list, position));
    }
}

fn window(child: &gtk::Widget) -> adw::Window {
    let window = adw::Window::builder().default_width(SIZE.0).default_height(SIZE.1).build();
    window.set_content(Some(child));
    window.present();
    window
}

/// A plain list of labels, in the same room as ours.
fn plain(count: usize) -> (gtk::ScrolledWindow, gtk::ListView) {
    let texts: Vec<String> = (0..count).map(|number| format!("Device {number}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let factory = gtk::SignalListItemFactory::new();
    factory.connect_setup(|_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            item.set_child(Some(&gtk::Label::builder().xalign(0.0).height_request(55).build()));
        }
    });
    factory.connect_bind(|_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>()
            && let Some(label) = item.child().and_downcast::<gtk::Label>()
            && let Some(text) = item.item().and_downcast::<gtk::StringObject>()
        {
            label.set_label(&text.string());
        }
    });
    let list = gtk::ListView::new(
        Some(gtk::SingleSelection::new(Some(gtk::StringList::new(&texts)))),
        Some(factory),
    );
    let scrolled = gtk::ScrolledWindow::builder().child(&list).vexpand(true).build();
    (scrolled, list)
}

/// How long frames took, in milliseconds each.
#[derive(Default)]
struct Frames {
    wall: Vec<f64>,
    processor: Vec<f64>,
    /// The ticks, the layout, and the paint. What listens here hears of each phase after GTK has done its part.
    phases: [Vec<f64>; 3],
}

impl Frames {
    fn wall(&self, part: f64) -> f64 {
        at(&self.wall, part)
    }

    fn processor(&self, part: f64) -> f64 {
        at(&self.processor, part)
    }
}

/// The processor time of this thread until now, in milliseconds.
fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1000.0 + time.tv_nsec as f64 / 1_000_000.0
}

/// Scrolls a list frame by frame.
fn scroll(window: &adw::Window, list: &gtk::ListView) -> Frames {
    window.present();
    let (Some(adjustment), Some(clock)) = (list.vadjustment(), window.frame_clock()) else {
        return Frames::default();
    };
    adjustment.set_value(0.0);
    pause();
    let times: Rc<RefCell<Frames>> = Rc::default();
    let begun = Rc::new(Cell::new(None));
    let start = begun.clone();
    let before = clock.connect_before_paint(move |_| start.set(Some((Instant::now(), processor_time()))));
    let reached: Rc<Cell<[Option<Instant>; 3]>> = Rc::default();
    let at = reached.clone();
    let update = clock.connect_update(move |_| at.set([Some(Instant::now()), None, None]));
    let at = reached.clone();
    let layout = clock.connect_layout(move |_| at.set([at.get()[0], Some(Instant::now()), None]));
    let at = reached.clone();
    let paint = clock.connect_paint(move |_| at.set([at.get()[0], at.get()[1], Some(Instant::now())]));
    let kept = times.clone();
    let after = clock.connect_after_paint(move |_| {
        if let Some((begun, used)) = begun.take() {
            let mut kept = kept.borrow_mut();
            kept.wall.push(begun.elapsed().as_secs_f64() * 1000.0);
            kept.processor.push(processor_time() - used);
            if let [Some(update), Some(layout), Some(paint)] = reached.take() {
                let spans = [update - begun, layout - update, paint - layout];
                for (phase, span) in kept.phases.iter_mut().zip(spans) {
                    phase.push(span.as_secs_f64() * 1000.0);
                }
            }
        }
    });
    let tick = list.add_tick_callback(move |_, _| {
        adjustment.set_value(adjustment.value() + STEP);
        glib::ControlFlow::Continue
    });
    spin(|| times.borrow().wall.len() >= FRAMES);
    tick.remove();
    clock.disconnect(before);
    clock.disconnect(after);
    clock.disconnect(update);
    clock.disconnect(layout);
    clock.disconnect(paint);
    pause();
    times.take()
}

/// Milliseconds from the activation of a row to the frame that shows its details.
fn activate(window: &adw::Window, list: &gtk::ListView, position: u32) -> f64 {
    let painted = Rc::new(Cell::new(None));
    let begun = Instant::now();
    if let Some(selection) = list.model() {
        selection.select_item(position, true);
    }
    list.emit_by_name::<()>("activate", &[&position]);
    let at = painted.clone();
    // Not before the page heard of it, which has the same priority.
    let window = window.clone();
    glib::idle_add_local_full(glib::Priority::DEFAULT, move || {
        let at = at.clone();
        gangway_app::measure::after_next_frame(window.upcast_ref(), move || at.set(Some(begun.elapsed())));
        glib::ControlFlow::Break
    });
    spin(|| painted.get().is_some());
    painted.get().unwrap_or(PATIENCE).as_secs_f64() * 1000.0
}

fn find_list(from: &gtk::Widget) -> Option<gtk::ListView> {
    from.downcast_ref::<gtk::ListView>().cloned().or_else(|| {
        std::iter::successors(from.first_child(), WidgetExt::next_sibling).find_map(|child| find_list(&child))
    })
}

/// Lets the main loop run until something is so.
fn spin(until: impl Fn() -> bool) {
    let (context, end) = (glib::MainContext::default(), Instant::now() + PATIENCE);
    while !until() && Instant::now() < end {
        if !context.iteration(false) {
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

fn pause() {
    let end = Instant::now() + Duration::from_millis(300);
    spin(|| Instant::now() > end);
}

/// The figure below which such a part of all is.
fn at(figures: &[f64], part: f64) -> f64 {
    let mut figures = figures.to_vec();
    figures.sort_unstable_by(f64::total_cmp);
    let index = (figures.len().saturating_sub(1)) as f64 * part;
    figures.get(index as usize).copied().unwrap_or(f64::NAN)
}
