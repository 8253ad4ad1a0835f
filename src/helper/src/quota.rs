//! How much of the service's time a user without rights may take. A question is planning: it reads the whole machine.
//!
//! Each user has a purse of questions that fills slowly, and one question of a user is worked on at a time, two of all users
//! together; the others wait in the order in which they came. Root is not counted, and may do worse.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use gangway_protocol::ErrorName;

use crate::caller::Sender;
use crate::lock;
use crate::refused::Refused;

/// How many questions a user may ask at once who has asked none for a while.
pub(crate) const PURSE: u32 = 30;
/// How long it takes until one more may be asked.
pub(crate) const EVERY: Duration = Duration::from_secs(1);
/// How many users' questions are worked on at once.
const AT_ONCE: usize = 2;
/// How long a question waits for its turn.
const PATIENCE: Duration = Duration::from_secs(60);
/// Purses that are remembered before full ones are forgotten: a user can have tens of thousands of numbers.
const REMEMBERED: usize = 1024;

/// The quota of everybody.
#[derive(Debug, Default)]
pub(crate) struct Quota {
    inner: Mutex<Inner>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    /// What each user has spent, as the time until the purse is full again.
    spent: HashMap<u32, Instant>,
    working: Vec<u32>,
    waiting: VecDeque<(u64, u32)>,
    next: u64,
}

/// A question that is worked on, until this is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    quota: Option<&'a Quota>,
    uid: u32,
}

impl Quota {
    /// Takes a question out of the sender's purse.
    ///
    /// # Errors
    /// It is empty; the error says for how long.
    pub(crate) fn spend(&self, sender: &Sender) -> Result<(), Refused> {
        if is_free(sender) { Ok(()) } else { lock(&self.inner).spend(sender.uid, Instant::now()) }
    }

    /// Waits for the sender's turn.
    ///
    /// # Errors
    /// It did not come.
    pub(crate) fn turn(&self, sender: &Sender) -> Result<Turn<'_>, Refused> {
        let uid = sender.uid;
        if is_free(sender) {
            return Ok(Turn { quota: None, uid });
        }
        let mut inner = lock(&self.inner);
        let number = inner.next;
        inner.next = inner.next.wrapping_add(1);
        inner.waiting.push_back((number, uid));
        let until = Instant::now() + PATIENCE;
        while inner.first() != Some(number) {
            let rest = until.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                inner.waiting.retain(|(other, _)| *other != number);
                self.ended.notify_all();
                return Err(later(EVERY));
            }
            inner = match self.ended.wait_timeout(inner, rest) {
                Ok((inner, _)) => inner,
                // What is in it is right whatever panicked: each change is one call.
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        inner.waiting.retain(|(other, _)| *other != number);
        inner.working.push(uid);
        // There may be room for one more.
        self.ended.notify_all();
        Ok(Turn { quota: Some(self), uid })
    }
}

impl Inner {
    fn spend(&mut self, uid: u32, now: Instant) -> Result<(), Refused> {
        if self.spent.len() >= REMEMBERED {
            self.spent.retain(|_, full| *full > now);
        }
        let full = self.spent.get(&uid).copied().unwrap_or(now).max(now) + EVERY;
        let over = full.saturating_duration_since(now).saturating_sub(EVERY * PURSE);
        if !over.is_zero() {
            return Err(later(over));
        }
        self.spent.insert(uid, full);
        Ok(())
    }

    /// The question whose turn it is: the first of a user who has none that is worked on.
    fn first(&self) -> Option<u64> {
        let free = |(_, uid): &&(u64, u32)| !self.working.contains(uid);
        (self.working.len() < AT_ONCE).then(|| self.waiting.iter().find(free)).flatten().map(|first| first.0)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let Some(quota) = self.quota else { return };
        let mut inner = lock(&quota.inner);
        if let Some(at) = inner.working.iter().position(|uid| *uid == self.uid) {
            inner.working.swap_remove(at);
        }
        drop(inner);
        quota.ended.notify_all();
    }
}

/// Root, and the other end of a private socket, whose service this is.
fn is_free(sender: &Sender) -> bool {
    sender.uid == 0 || sender.name.is_none()
}

fn later(wait: Duration) -> Refused {
    let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1);
    let text = format!("too many questions; ask again in {seconds} s");
    Refused { wait: Some(seconds), ..Refused::new(ErrorName::TooMany, text) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    fn user(uid: u32) -> Sender {
        Sender { name: Some(":1.7".to_owned()), uid, interactive: false }
    }

    #[test]
    fn a_purse_empties_at_once_and_fills_slowly() {
        let mut inner = Inner::default();
        let now = Instant::now();
        for _ in 0..PURSE {
            inner.spend(1000, now).unwrap();
        }
        let refused = inner.spend(1000, now).unwrap_err();
        assert_eq!((refused.name, refused.wait), (ErrorName::TooMany, Some(1)));
        inner.spend(1001, now).unwrap();
        // What was refused costs nothing.
        let soon = now + EVERY;
        inner.spend(1000, soon).unwrap();
        assert!(inner.spend(1000, soon).is_err());
        let much_later = soon + 10 * EVERY * PURSE;
        for _ in 0..PURSE {
            inner.spend(1000, much_later).unwrap();
        }
        assert!(inner.spend(1000, much_later).is_err(), "it holds so much and no more");
    }

    #[test]
    fn users_without_number_are_forgotten_when_their_purses_are_full() {
        let mut inner = Inner::default();
        let now = Instant::now();
        for uid in 0..10 * u32::try_from(REMEMBERED).unwrap() {
            inner.spend(uid, now + EVERY * (uid / 100)).unwrap();
        }
        assert!(inner.spent.len() <= REMEMBERED, "{}", inner.spent.len());
    }

    #[test]
    fn one_question_of_a_user_at_a_time_two_of_all_and_nobody_is_passed_over() {
        let quota = Arc::new(Quota::default());
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let ask = |uid| {
            let (quota, now, most) = (Arc::clone(&quota), Arc::clone(&now), Arc::clone(&most));
            thread::spawn(move || {
                let turn = quota.turn(&user(uid)).unwrap();
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                assert_eq!(lock(&quota.inner).working.iter().filter(|one| **one == uid).count(), 1);
                thread::sleep(Duration::from_millis(5));
                now.fetch_sub(1, Ordering::SeqCst);
                drop(turn);
            })
        };
        let asked: Vec<_> = (0..24).map(|number| ask(1000 + number % 3)).collect();
        asked.into_iter().for_each(|one| one.join().unwrap());
        assert_eq!(most.load(Ordering::SeqCst), AT_ONCE);
        assert!(quota.turn(&user(0)).unwrap().quota.is_none(), "root is not counted");
        let inner = lock(&quota.inner);
        assert!(inner.working.is_empty() && inner.waiting.is_empty());
    }
}
