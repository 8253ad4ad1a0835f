//! Sentences about what cannot be heard of udev.

use gettextrs::gettext;

use super::fill;
use crate::udev::Deaf;

/// Why devices that come and go are not noticed. The way around it, to look again, is a button beside the sentence.
pub fn deaf(deaf: &Deaf) -> String {
    match deaf {
        Deaf::NoSocket(errno) => fill(
            &gettext(
                "Devices that come or go are not noticed, because udev cannot be listened to: {reason}.",
            ),
            &[("reason", &std::io::Error::from(*errno).to_string())],
        ),
        Deaf::NoDaemon => {
            gettext("Devices that come or go are not noticed, because no udev can be heard here.")
        }
        Deaf::Stranger => gettext(
            "Devices that come or go are not noticed, because udev’s word cannot be trusted in this container.",
        ),
    }
}
