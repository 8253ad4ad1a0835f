//! How long the window took to appear, counted from the process's start by the kernel's clock.
//!
//! The kernel tells a process's start only in ticks of 10 ms (`/proc/self/stat`, field 22). The processor time
//! that the process had used at its first line narrows that down: the start cannot be later than "now less that
//! time", and where nothing had to be waited for, it is exactly that.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use relm4::gtk;
use relm4::gtk::prelude::*;
use rustix::time::{ClockId, Timespec, clock_gettime};

/// When the process was made, on the kernel's clock that also counts sleep.
#[derive(Debug, Clone, Copy)]
pub struct ProcessStart {
    since_boot: Duration,
}

impl ProcessStart {
    /// To be called as the first line of `main`: the later, the coarser. `None` where `/proc` cannot be read.
    pub fn read() -> Option<Self> {
        let now = duration(clock_gettime(ClockId::Boottime));
        let used = duration(clock_gettime(ClockId::ProcessCPUTime));
        let stat = own_stat()?;
        let ticks = start_ticks(&stat)?;
        let per_second = rustix::param::clock_ticks_per_second();
        Some(Self { since_boot: narrow(ticks, per_second, now.saturating_sub(used)) })
    }

    /// Milliseconds from the process's start until now.
    pub fn elapsed_ms(self) -> f64 {
        let now = duration(clock_gettime(ClockId::Boottime));
        now.saturating_sub(self.since_boot).as_secs_f64() * 1000.0
    }
}

/// Runs `then` once, when the next frame of `window` has been painted; the window need not be shown yet.
pub fn after_first_frame(window: &gtk::Widget, then: impl FnOnce() + 'static) {
    let then = Cell::new(Some(then));
    if window.is_mapped() {
        after_next_paint(window, then);
    } else {
        let then = Rc::new(then);
        window.connect_map(move |window| {
            let then = Cell::new(then.take());
            after_next_paint(window, then);
        });
    }
}

/// Runs `then` once, when the next frame of a window that is shown has been painted.
pub fn after_next_frame(window: &gtk::Widget, then: impl FnOnce() + 'static) {
    after_next_paint(window, Cell::new(Some(then)));
    window.queue_draw();
}

fn after_next_paint(window: &gtk::Widget, then: Cell<Option<impl FnOnce() + 'static>>) {
    if let Some(clock) = window.frame_clock() {
        let display = window.display();
        let handler = Rc::new(Cell::new(None));
        let own = handler.clone();
        handler.set(Some(clock.connect_after_paint(move |clock| {
            if let Some(handler) = own.take() {
                clock.disconnect(handler);
            }
            if let Some(then) = then.take() {
                // What was painted may still lie on our side of the connection.
                display.flush();
                then();
            }
        })));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is about our own process, not about the machine looked at"
)]
fn own_stat() -> Option<String> {
    std::fs::read_to_string("/proc/self/stat").ok()
}

/// The start lies within one tick, and not after `latest`.
fn narrow(ticks: u64, per_second: u64, latest: Duration) -> Duration {
    let per_second = per_second.max(1);
    let at = |ticks: u64| Duration::from_nanos(ticks.saturating_mul(1_000_000_000 / per_second));
    latest.clamp(at(ticks), at(ticks.saturating_add(1)))
}

/// Field 22 of `/proc/PID/stat`; the second one is a name in parentheses that may hold anything.
fn start_ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(19)?.parse().ok()
}

fn duration(time: Timespec) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_blanks_does_not_shift_the_fields() {
        let stat = "12 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20";
        assert_eq!(start_ticks(stat), Some(4711));
        assert_eq!(start_ticks("12 (cut"), None);
    }

    #[test]
    fn the_start_stays_within_its_tick() {
        let ms = Duration::from_millis;
        assert_eq!(narrow(100, 100, ms(1_004)), ms(1_004));
        assert_eq!(narrow(100, 100, ms(990)), ms(1_000));
        assert_eq!(narrow(100, 100, ms(2_000)), ms(1_010));
    }

    #[test]
    fn a_process_has_been_running_for_less_than_it_has_existed() {
        let start = ProcessStart::read().expect("/proc");
        assert!(start.elapsed_ms() >= 0.0);
        assert!(start.elapsed_ms() < 600_000.0);
    }
}
