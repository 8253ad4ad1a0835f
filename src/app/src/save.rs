//! Writing what the user saves to the file that was chosen for it; what came of that in one sentence.

use gangway_client::text::fill;
use gettextrs::gettext;
use relm4::gtk::gio;
use relm4::gtk::prelude::*;

/// Writes `bytes` in place of what the file holds. `saved` is the sentence where that works, with the file's `{name}`.
pub async fn save_as(file: &gio::File, bytes: Vec<u8>, saved: &str) -> String {
    let name = file.basename().unwrap_or_default().display().to_string();
    let written =
        file.replace_contents_future(bytes, None, false, gio::FileCreateFlags::REPLACE_DESTINATION).await;
    match written {
        Ok(_) => fill(saved, &[("name", &name)]),
        Err((_, error)) => fill(
            &gettext("“{name}” could not be written: {reason}."),
            &[("name", &name), ("reason", error.message())],
        ),
    }
}
