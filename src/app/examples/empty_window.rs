//! An empty `AdwApplicationWindow`, the measure of our own start: prints `first-frame MS` and ends.

use gangway_app::measure::ProcessStart;
use relm4::adw;
use relm4::gtk::prelude::*;

#[expect(clippy::print_stdout, reason = "printing the figure is what this program is for")]
fn main() -> relm4::gtk::glib::ExitCode {
    let start = ProcessStart::read();
    let application = adw::Application::builder().application_id("org.gangway.EmptyWindow").build();
    application.connect_activate(move |application| {
        let window = adw::ApplicationWindow::builder()
            .application(application)
            .default_width(1280)
            .default_height(800)
            .build();
        let quit = application.clone();
        gangway_app::measure::after_first_frame(window.upcast_ref(), move || {
            if let Some(start) = start {
                println!("first-frame {:.1}", start.elapsed_ms());
            }
            quit.quit();
        });
        window.present();
    });
    application.run()
}
