//! The loop of the service: it takes messages, answers what is quick, hands the rest to threads, and ends when nobody
//! needs it. What a call means is in `call`, what it does in `work`.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use gangway_protocol::ErrorName;
use gangway_protocol::names::{INTROSPECTION, PROTOCOL, SERVICE};
use gangway_protocol::wire::{Tagged, Values};
use zbus::export::futures_core::Stream as _;
use zbus::message::{Flags, Type};
use zbus::{Connection, Message, MessageStream};
use zruntime::SharedRuntime;

use crate::call::{Call, Unwanted, Wanted};
use crate::caller::{BUS, Sender};
use crate::lock;
use crate::log::log;
use crate::notify;
use crate::refused::Refused;
use crate::work::Work;

/// The most calls that wait for an answer, and of one sender.
const WAITING: usize = 48;
const WAITING_OF_ONE: usize = 4;

/// The most calls of one user that are worked on, over however many connections. Root is never kept out.
const WORKED_ON_OF_ONE: usize = 8;

/// How long nothing happens before the service ends.
pub const IDLE: Duration = Duration::from_secs(30);

/// How long a call may take that is under way when the name is given up.
const LAST_CALLS: Duration = Duration::from_millis(200);

/// The answer to a call.
#[derive(Debug)]
pub(crate) enum Reply {
    Version(u32, &'static str),
    Text(String),
    Tagged(Tagged),
    Records(Vec<Values>),
    Job(u32),
}

/// The service on one connection.
#[derive(Debug)]
pub struct Service {
    connection: Connection,
    work: Work,
    on_bus: bool,
    waiting: Mutex<HashMap<String, usize>>,
    users: Mutex<HashMap<u32, usize>>,
}

impl Service {
    /// The service that answers on this connection.
    pub fn new(connection: Connection, work: Work) -> Arc<Self> {
        let on_bus = connection.is_bus();
        Arc::new(Self { connection, work, on_bus, waiting: Mutex::default(), users: Mutex::default() })
    }

    /// Answers until nothing happened for a while, or until the connection ends. Blocks; work that was begun is finished.
    ///
    /// # Errors
    /// The bus failed.
    pub fn run(self: &Arc<Self>, mut messages: MessageStream, idle: Duration) -> zbus::Result<()> {
        let outcome = zbus::block_on(self.answer_all(&mut messages, idle));
        // Whoever asked for it may be gone; what was begun is brought to its end.
        while self.work.is_busy() {
            thread::sleep(Duration::from_millis(20));
        }
        outcome
    }

    async fn answer_all(self: &Arc<Self>, messages: &mut MessageStream, idle: Duration) -> zbus::Result<()> {
        let runtime = SharedRuntime::current().map_err(|error| zbus::Error::InputOutput(Arc::new(error)))?;
        let mut last = Instant::now();
        loop {
            let rest = idle.saturating_sub(last.elapsed()).max(Duration::from_millis(10));
            match runtime.timeout(rest, next(messages)).await {
                Ok(None) => return Ok(()),
                Ok(Some(message)) => {
                    if self.take(message?).await {
                        last = Instant::now();
                    }
                }
                Err(_) if self.is_needed() => last = Instant::now(),
                Err(_) => break,
            }
        }
        if self.on_bus {
            // A call that arrives from now on starts a new service; one that is here already is still answered.
            notify::stopping();
            self.connection.release_name(SERVICE).await?;
            while let Ok(Some(message)) = runtime.timeout(LAST_CALLS, next(messages)).await {
                self.take(message?).await;
            }
            while !lock(&self.waiting).is_empty() {
                runtime.sleep(Duration::from_millis(10)).await;
            }
        }
        Ok(())
    }

    fn is_needed(&self) -> bool {
        // Over a private socket the other end decides, by closing it.
        !self.on_bus || self.work.is_busy() || !lock(&self.waiting).is_empty()
    }

    /// Takes a message; says whether it was one for us.
    async fn take(self: &Arc<Self>, message: Message) -> bool {
        match message.message_type() {
            Type::MethodCall => {
                self.called(message).await;
                true
            }
            Type::Signal => {
                self.heard(&message).await;
                false
            }
            Type::MethodReturn | Type::Error => false,
        }
    }

    /// A signal of the bus: a sender that waits may have gone.
    async fn heard(&self, message: &Message) {
        let header = message.header();
        let of_bus = header.sender().is_some_and(|sender| sender.as_str() == BUS);
        let member = header.member().is_some_and(|member| member.as_str() == "NameOwnerChanged");
        if !of_bus || !member {
            return;
        }
        let body = message.body();
        if let Ok((name, _, "")) = body.deserialize::<(&str, &str, &str)>() {
            self.work.authority.vanished(name).await;
        }
    }

    async fn called(self: &Arc<Self>, message: Message) {
        match Wanted::of(&message) {
            Ok(Wanted::Ping) => self.reply(&message, &()).await,
            Ok(Wanted::Introspect) => self.reply(&message, &INTROSPECTION).await,
            Ok(Wanted::Call(Call::Version)) => {
                self.answer(&message, Ok(Reply::Version(PROTOCOL, env!("CARGO_PKG_VERSION")))).await;
            }
            Ok(Wanted::Call(Call::Job(number))) => {
                let header = message.header();
                let name = header.sender().map_or("", |name| name.as_str());
                match self.work.state_at_once(number, name) {
                    Some(state) => self.answer(&message, state.map(Reply::Tagged)).await,
                    None => self.hand_over(message.clone(), Call::Job(number)).await,
                }
            }
            Ok(Wanted::Call(call)) => self.hand_over(message, call).await,
            Err(unwanted) => self.refuse(&message, unwanted).await,
        }
    }

    /// Gives a call to a thread, unless too many wait already.
    async fn hand_over(self: &Arc<Self>, message: Message, call: Call) {
        let sender = message.header().sender().map(ToString::to_string).unwrap_or_default();
        if !self.may_wait(&sender) {
            let refused = Refused::new(ErrorName::TooMany, "too many calls wait for an answer");
            return self.refuse(&message, refused.into()).await;
        }
        let service = Arc::clone(self);
        let waits = Waits { service: Arc::clone(self), sender };
        let copy = message.clone();
        let spawned = thread::Builder::new().name("call".to_owned()).spawn(move || {
            let answer = service.do_call(&message, call);
            zbus::block_on(service.answer(&message, answer));
            drop(waits);
        });
        if let Err(error) = spawned {
            let refused =
                Refused::new(ErrorName::TooMany, format_args!("no thread could be started: {error}"));
            self.refuse(&copy, refused.into()).await;
        }
    }

    /// Counts a call of a sender as waiting, unless too many do.
    fn may_wait(&self, sender: &str) -> bool {
        let mut waiting = lock(&self.waiting);
        let of_one = waiting.get(sender).copied().unwrap_or_default();
        let fits = of_one < WAITING_OF_ONE && waiting.values().sum::<usize>() < WAITING;
        if fits {
            waiting.insert(sender.to_owned(), of_one + 1);
        }
        fits
    }

    fn do_call(&self, message: &Message, call: Call) -> Result<Reply, Refused> {
        let header = message.header();
        let sender = if self.on_bus { Sender::on_bus(&self.connection, &header)? } else { Sender::private() };
        let _one_of_user = OneOfUser::of(&self.users, sender.uid)?;
        self.work.carry_out(&self.connection, &sender, call)
    }

    async fn answer(&self, message: &Message, answer: Result<Reply, Refused>) {
        match answer {
            Ok(Reply::Version(protocol, program)) => self.reply(message, &(protocol, program)).await,
            Ok(Reply::Text(text)) => self.reply(message, &text).await,
            // One value that is a structure: the tuple around it is the list of values.
            Ok(Reply::Tagged(tagged)) => self.reply(message, &(tagged,)).await,
            Ok(Reply::Records(records)) => self.reply(message, &records).await,
            Ok(Reply::Job(number)) => self.reply(message, &number).await,
            Err(refused) => self.refuse(message, refused.into()).await,
        }
    }

    async fn reply<B: serde::Serialize + zbus::DynamicType>(&self, message: &Message, body: &B) {
        let header = message.header();
        if !header.primary().flags().contains(Flags::NO_REPLY_EXPECTED)
            && let Err(error) = self.connection.reply(&header, body).await
        {
            log(format_args!("An answer could not be sent: {error}"));
        }
    }

    async fn refuse(&self, message: &Message, unwanted: Unwanted) {
        let header = message.header();
        if header.primary().flags().contains(Flags::NO_REPLY_EXPECTED) {
            return;
        }
        let Unwanted { name, text, wait } = unwanted;
        let sent = match wait {
            Some(seconds) => self.connection.reply_error(&header, name, &(text, seconds)).await,
            None => self.connection.reply_error(&header, name, &text).await,
        };
        if let Err(error) = sent {
            log(format_args!("An answer could not be sent: {error}"));
        }
    }
}

/// A call of a user that is worked on.
struct OneOfUser<'a> {
    users: &'a Mutex<HashMap<u32, usize>>,
    uid: u32,
}

impl<'a> OneOfUser<'a> {
    fn of(users: &'a Mutex<HashMap<u32, usize>>, uid: u32) -> Result<Self, Refused> {
        let mut counts = lock(users);
        let count = counts.entry(uid).or_default();
        if *count >= WORKED_ON_OF_ONE && uid != 0 {
            return Err(Refused::new(ErrorName::TooMany, "too many calls of this user wait for an answer"));
        }
        *count += 1;
        Ok(Self { users, uid })
    }
}

impl Drop for OneOfUser<'_> {
    fn drop(&mut self) {
        let mut counts = lock(self.users);
        if let Some(count) = counts.get_mut(&self.uid) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.uid);
            }
        }
    }
}

/// A call that waits for its answer.
struct Waits {
    service: Arc<Service>,
    sender: String,
}

impl Drop for Waits {
    fn drop(&mut self) {
        let mut waiting = lock(&self.service.waiting);
        if let Some(count) = waiting.get_mut(&self.sender) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(&self.sender);
            }
        }
    }
}

/// The next message; none once the connection ended.
async fn next(messages: &mut MessageStream) -> Option<zbus::Result<Message>> {
    poll_fn(|context| Pin::new(&mut *messages).poll_next(context)).await
}
