//! A polkit that answers what a test wants, and remembers what it was asked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use zbus::{Connection, OwnedVariant, interface};

use super::{Bus, LIMIT};

/// What it answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// The user closed the question.
    Dismissed,
    /// Somebody would have to be asked, and cannot be.
    NoAgent,
    /// An error of its own.
    Broken,
    /// Nothing, until the question is taken back.
    Silence,
    /// Yes, once this is so.
    After(Arc<AtomicBool>),
}

/// What it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The kind of the subject.
    pub subject: String,
    /// The subject's name on the bus.
    pub name: Option<String>,
    /// The action.
    pub action: String,
    /// What the question is about.
    pub details: HashMap<String, String>,
    /// Whether the user may be asked.
    pub interactive: bool,
}

#[derive(Debug, Default)]
struct State {
    answers: HashMap<String, Answer>,
    asked: Vec<Question>,
    cancelled: Vec<String>,
}

/// The polkit of a bus; gone when this is dropped.
#[derive(Debug)]
pub struct Polkit {
    state: Arc<(Mutex<State>, Condvar)>,
    connection: Option<Connection>,
}

struct Authority(Arc<(Mutex<State>, Condvar)>);

type Subject = (String, HashMap<String, OwnedVariant>);

#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.freedesktop.PolicyKit1.Error")]
enum PolkitError {
    Failed(String),
    Cancelled(String),
}

#[interface(name = "org.freedesktop.PolicyKit1.Authority")]
impl Authority {
    async fn check_authorization(
        &self,
        subject: Subject,
        action: String,
        details: HashMap<String, String>,
        flags: u32,
        question: String,
    ) -> Result<(bool, bool, HashMap<String, String>), PolkitError> {
        let answer = {
            let mut state = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
            let name = subject.1.get("name").and_then(|name| String::try_from(name.try_clone().ok()?).ok());
            state.asked.push(Question {
                subject: subject.0,
                name,
                action: action.clone(),
                details,
                interactive: flags == 1,
            });
            self.0.1.notify_all();
            state.answers.get(&action).cloned().unwrap_or(Answer::No)
        };
        let dismissed = || HashMap::from([("polkit.dismissed".to_owned(), "true".to_owned())]);
        match answer {
            Answer::Yes => Ok((true, false, HashMap::new())),
            Answer::No => Ok((false, false, HashMap::new())),
            Answer::Dismissed => Ok((false, true, dismissed())),
            Answer::NoAgent => Ok((false, true, HashMap::new())),
            Answer::Broken => Err(PolkitError::Failed("no such action".to_owned())),
            Answer::Silence => {
                while !self.is_cancelled(&question) {
                    moment().await;
                }
                Err(PolkitError::Cancelled("the question was taken back".to_owned()))
            }
            Answer::After(so) => {
                while !so.load(Ordering::Relaxed) {
                    moment().await;
                }
                Ok((true, false, HashMap::new()))
            }
        }
    }

    async fn cancel_check_authorization(&self, question: String) {
        let mut state = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.cancelled.push(question);
        self.0.1.notify_all();
    }
}

impl Authority {
    fn is_cancelled(&self, question: &str) -> bool {
        let state = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.cancelled.iter().any(|cancelled| cancelled == question)
    }
}

/// A moment, in which other calls are answered.
async fn moment() {
    let runtime = zruntime::SharedRuntime::current().expect("a service runs on a runtime");
    runtime.sleep(Duration::from_millis(10)).await;
}

impl Polkit {
    /// The polkit of a bus. It says no to whatever it was not told to answer.
    ///
    /// # Panics
    /// When the name is taken.
    pub fn start(bus: &Bus) -> Self {
        let state: Arc<(Mutex<State>, Condvar)> = Arc::default();
        let builder = zbus::connection::Builder::address(bus.address.as_str())
            .serve_at("/org/freedesktop/PolicyKit1/Authority", Authority(Arc::clone(&state)))
            .name("org.freedesktop.PolicyKit1");
        let connection = zbus::block_on(builder.build()).unwrap();
        Self { state, connection: Some(connection) }
    }

    /// What it answers to an action from now on.
    pub fn answer(&self, action: &str, answer: Answer) {
        let mut state = self.state.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.answers.insert(action.to_owned(), answer);
    }

    /// What it was asked.
    pub fn asked(&self) -> Vec<Question> {
        self.state.0.lock().unwrap_or_else(PoisonError::into_inner).asked.clone()
    }

    /// Waits until so many questions were asked.
    ///
    /// # Panics
    /// When they are not.
    pub fn wait_asked(&self, number: usize) {
        super::until("polkit is asked", || self.asked().len() >= number);
    }

    /// Waits until a question is taken back.
    ///
    /// # Panics
    /// When none is.
    pub fn wait_cancelled(&self) {
        let state = self.state.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (state, _) = self
            .state
            .1
            .wait_timeout_while(state, LIMIT, |state| state.cancelled.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!state.cancelled.is_empty(), "no question was taken back");
    }

    /// Leaves the bus.
    ///
    /// # Panics
    /// When the bus does not let it go.
    pub fn leave(&mut self) {
        if let Some(connection) = self.connection.take() {
            zbus::block_on(connection.close()).unwrap();
        }
    }
}
