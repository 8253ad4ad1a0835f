//! The gaps between two effects: named points where a test can stop the program, in order to see that nothing is lost.
//!
//! A watcher is given by whoever makes a [`Root`](crate::write::Root), so a test. The service gives none, and no variable
//! of the environment leads here. What a watcher does on its point (note it, end the process) is its own business.

use std::fmt;
use std::sync::Arc;

type Watcher = dyn Fn(&str, &str) + Send + Sync;

/// Who is told of every gap; nobody by default.
#[derive(Clone, Default)]
pub struct Gaps(Option<Arc<Watcher>>);

impl Gaps {
    /// Tells a watcher of each gap: its name, and what it is about (a path, or the number of a step).
    pub fn told(watcher: impl Fn(&str, &str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(watcher)))
    }

    /// This gap is reached; imitated tools say so in the middle of their work, too.
    pub fn reached(&self, name: &str, about: &str) {
        if let Some(watcher) = &self.0 {
            watcher(name, about);
        }
    }
}

impl fmt::Debug for Gaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Gaps(watched)" } else { "Gaps" })
    }
}
