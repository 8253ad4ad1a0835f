//! The one file that asks polkit: whether a sender may do something, by the name that the bus gave it.
//!
//! Everything but a clear yes is a no: an error, silence, a closed question, a sender that went away meanwhile.
//! Source: polkit, `org.freedesktop.PolicyKit1.Authority` (CheckAuthorization); CVE-2013-4311 and CVE-2017-7572 (why the
//! subject is the name on the bus and no process), CVE-2021-3560 (why a sender that went away has no rights).

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use gangway_protocol::{Action, ErrorName};
use zbus::{Connection, Message, Variant};

use crate::caller::{BUS, BUS_PATH, Sender};
use crate::lock;
use crate::refused::Refused;

const POLKIT: &str = "org.freedesktop.PolicyKit1";
const POLKIT_PATH: &str = "/org/freedesktop/PolicyKit1/Authority";
const AUTHORITY: &str = "org.freedesktop.PolicyKit1.Authority";

/// The user may be asked.
const ALLOW_USER_INTERACTION: u32 = 1;

/// The longest text in a question, in characters.
const SUMMARY_LIMIT: usize = 300;

/// polkit's answer: whether it is authorised, whether it would be after a question, and more.
type Answer = (bool, bool, HashMap<String, String>);

/// Who decides.
#[derive(Debug)]
pub enum Authority {
    /// polkit.
    Polkit(Polkit),
    /// Nobody is asked: the other end of the private socket is the user whose files these are.
    Private,
}

/// polkit, with the questions that it was asked.
#[derive(Debug)]
pub struct Polkit {
    connection: Connection,
    next: AtomicU64,
    waiting: Mutex<HashMap<String, Question>>,
}

#[derive(Debug)]
struct Question {
    sender: String,
    gone: bool,
}

impl Authority {
    /// polkit on this connection.
    pub fn polkit(connection: Connection) -> Self {
        Self::Polkit(Polkit { connection, next: AtomicU64::new(0), waiting: Mutex::default() })
    }

    /// Whether a sender may do something. `summary` names in the question what it is about.
    ///
    /// # Errors
    /// It may not, for one reason or another.
    pub fn check(&self, sender: &Sender, action: Action, summary: &str) -> Result<(), Refused> {
        match self {
            Self::Polkit(polkit) => polkit.check(sender, action, summary),
            Self::Private => Ok(()),
        }
    }

    /// A sender left the bus: what it was asked is no longer worth an answer.
    pub(crate) async fn vanished(&self, name: &str) {
        if let Self::Polkit(polkit) = self {
            polkit.vanished(name).await;
        }
    }
}

impl Polkit {
    fn check(&self, sender: &Sender, action: Action, summary: &str) -> Result<(), Refused> {
        let Some(name) = &sender.name else {
            return Err(Refused::new(ErrorName::NotAuthorized, "the sender has no name"));
        };
        let question = format!("gangway-{}", self.next.fetch_add(1, Ordering::Relaxed));
        lock(&self.waiting).insert(question.clone(), Question { sender: name.clone(), gone: false });
        let answer = zbus::block_on(self.ask(name, sender.interactive, action, summary, &question));
        let gone = lock(&self.waiting).remove(&question).is_none_or(|question| question.gone);
        if gone {
            return Err(Refused::new(ErrorName::CallerGone, "the sender left the bus"));
        }
        judge(action, answer)
    }

    async fn ask(
        &self,
        name: &str,
        interactive: bool,
        action: Action,
        summary: &str,
        question: &str,
    ) -> Result<Answer, zbus::Error> {
        let rule = format!("type='signal',sender='{BUS}',member='NameOwnerChanged',arg0='{name}'");
        let bus = |method: &'static str, argument: String| async move {
            self.connection.call_method(Some(BUS), BUS_PATH, Some(BUS), method, &argument).await
        };
        bus("AddMatch", rule.clone()).await?;
        // From here on its going is heard of; it may have gone before.
        let there: bool = bus("NameHasOwner", name.to_owned()).await?.body().deserialize()?;
        let answer = if there {
            self.ask_polkit(name, interactive, action, summary, question).await
        } else {
            self.mark_gone(question);
            Err(zbus::Error::Failure("the sender left the bus".to_owned()))
        };
        let _ = bus("RemoveMatch", rule).await;
        answer
    }

    async fn ask_polkit(
        &self,
        name: &str,
        interactive: bool,
        action: Action,
        summary: &str,
        question: &str,
    ) -> Result<Answer, zbus::Error> {
        let subject = ("system-bus-name", HashMap::from([("name", Variant::from(name))]));
        let summary = shown(summary);
        let details = HashMap::from([("summary", summary.as_str())]);
        let flags = if interactive { ALLOW_USER_INTERACTION } else { 0 };
        let arguments = (subject, action.id(), details, flags, question);
        let asked = self.connection.call_method(
            Some(POLKIT),
            POLKIT_PATH,
            Some(AUTHORITY),
            "CheckAuthorization",
            &arguments,
        );
        match asked.await {
            Ok(reply) => reply.body().deserialize(),
            Err(error) => {
                // After the time limit the question is still on the screen.
                self.cancel(question).await;
                Err(error)
            }
        }
    }

    async fn vanished(&self, name: &str) {
        let questions: Vec<String> = lock(&self.waiting)
            .iter_mut()
            .filter(|(_, question)| question.sender == name)
            .map(|(id, question)| {
                question.gone = true;
                id.clone()
            })
            .collect();
        for question in questions {
            self.cancel(&question).await;
        }
    }

    fn mark_gone(&self, question: &str) {
        if let Some(question) = lock(&self.waiting).get_mut(question) {
            question.gone = true;
        }
    }

    /// Takes a question back, without waiting for what polkit says to that.
    async fn cancel(&self, question: &str) {
        let message = Message::method_call(POLKIT_PATH, "CancelCheckAuthorization")
            .destination(POLKIT)
            .interface(AUTHORITY)
            .with_flags(zbus::message::Flags::NO_REPLY_EXPECTED)
            .build(&question);
        if let Ok(message) = message {
            let _ = self.connection.send(&message).await;
        }
    }
}

/// A text as it may stand in a question: without what changes how the rest of it reads, and not so long that the question
/// itself is not seen. What is left out is not left out silently.
fn shown(text: &str) -> String {
    // Direction marks are no control characters to Unicode.
    let direction =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut plain = text.chars().filter(|c| !c.is_control() && !direction(*c));
    let mut shown: String = plain.by_ref().take(SUMMARY_LIMIT).collect();
    if plain.next().is_some() {
        shown.push('…');
    }
    shown
}

/// What an answer comes to.
fn judge(action: Action, answer: Result<Answer, zbus::Error>) -> Result<(), Refused> {
    let id = action.id();
    match answer {
        Ok((true, _, _)) => Ok(()),
        Ok((false, _, details)) if details.contains_key("polkit.dismissed") => {
            Err(Refused::new(ErrorName::Cancelled, format!("{id}: the question was closed")))
        }
        Ok((false, true, _)) => Err(Refused::new(ErrorName::NoAgent, format!("{id}: nobody could be asked"))),
        Ok((false, false, _)) => Err(Refused::new(ErrorName::NotAuthorized, id)),
        Err(error) => Err(Refused::new(ErrorName::NoAuthority, format!("{id}: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_change_how_the_question_reads() {
        assert_eq!(shown("a\nb\u{202e}c\u{2066}d\u{1b}[2J"), "abcd[2J");
        let long = shown(&"ä".repeat(2 * SUMMARY_LIMIT));
        assert_eq!((long.chars().count(), long.ends_with('…')), (SUMMARY_LIMIT + 1, true));
        assert_eq!(shown(&"ä".repeat(SUMMARY_LIMIT)), "ä".repeat(SUMMARY_LIMIT));
    }

    #[test]
    fn only_a_clear_yes_is_one() {
        let judged = |yes, challenge, dismissed: bool| {
            let details =
                dismissed.then(|| ("polkit.dismissed".to_owned(), "true".to_owned())).into_iter().collect();
            judge(Action::Undo, Ok((yes, challenge, details))).map_err(|refused| refused.name)
        };
        assert_eq!(judged(true, false, false), Ok(()));
        assert_eq!(judged(false, false, false), Err(ErrorName::NotAuthorized));
        assert_eq!(judged(false, true, false), Err(ErrorName::NoAgent));
        assert_eq!(judged(false, false, true), Err(ErrorName::Cancelled));
        let error = judge(Action::Undo, Err(zbus::Error::InvalidReply)).unwrap_err();
        assert_eq!(error.name, ErrorName::NoAuthority);
    }
}
