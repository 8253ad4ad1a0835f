//! A PackageKit that knows a few packages, tells what they bring, and remembers what it was asked to install.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zbus::{Connection, OwnedObjectPath, interface};

use super::Bus;

const TRANSACTION: &str = "/1_transaction";
const INTERFACE: &str = "org.freedesktop.PackageKit.Transaction";
const SIMULATE: u64 = 1 << 2;
const INSTALLING: u32 = 12;
const STATUS_INSTALL: u32 = 9;
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// What it is like.
#[derive(Debug, Default)]
pub struct State {
    /// The packages that it knows, by id.
    pub known: Vec<String>,
    /// What comes along with whatever is installed: a number of PackageKit's for what becomes of it, and an id.
    pub along: Vec<(u32, String)>,
    /// Whether it refuses to install.
    pub refuses: bool,
    /// Whether it goes away in the middle of installing.
    pub goes_away: bool,
    /// What it was asked to install.
    pub installed: Vec<Vec<String>>,
    /// The hints that it was given.
    pub hints: Vec<String>,
}

type Shared = Arc<Mutex<State>>;

struct Service;

struct Transaction(Shared);

#[interface(name = "org.freedesktop.PackageKit")]
impl Service {
    async fn create_transaction(&self) -> OwnedObjectPath {
        OwnedObjectPath::try_from(TRANSACTION).expect("a path")
    }
}

#[interface(name = "org.freedesktop.PackageKit.Transaction")]
impl Transaction {
    async fn set_hints(&self, hints: Vec<String>) {
        lock(&self.0).hints = hints;
    }

    async fn resolve(&self, _filter: u64, names: Vec<String>, #[zbus(connection)] bus: &Connection) {
        let known = lock(&self.0).known.clone();
        let asked = |id: &&String| names.iter().any(|name| id.split(';').next() == Some(name));
        for id in known.iter().filter(asked) {
            tell(bus, "Package", &(2_u32, id, "")).await;
        }
        tell(bus, "Finished", &(1_u32, 0_u32)).await;
    }

    async fn install_packages(&self, flags: u64, ids: Vec<String>, #[zbus(connection)] bus: &Connection) {
        let (along, refuses) = {
            let state = lock(&self.0);
            (state.along.clone(), state.refuses)
        };
        if flags & SIMULATE == 0 {
            if refuses {
                tell(bus, "ErrorCode", &(48_u32, "not authorized")).await;
                tell(bus, "Finished", &(2_u32, 0_u32)).await;
                return;
            }
            for id in &ids {
                tell(bus, "ItemProgress", &(id, STATUS_INSTALL, 50_u32)).await;
            }
            for percentage in [101_u32, 60] {
                let changed = HashMap::from([("Percentage", zbus::Variant::from(percentage))]);
                let body = (INTERFACE, changed, Vec::<String>::new());
                let sent = bus.emit_signal(None::<&str>, TRANSACTION, PROPERTIES, "PropertiesChanged", &body);
                sent.await.expect("the bus is there");
            }
            if lock(&self.0).goes_away {
                // Its name is gone with its connection, before it told how it ended.
                bus.clone().close().await.expect("the bus is there");
                return;
            }
            lock(&self.0).installed.push(ids.clone());
        }
        let own = ids.iter().map(|id| (INSTALLING, id.clone()));
        for (info, id) in along.into_iter().chain(own) {
            tell(bus, "Package", &(info, id, "")).await;
        }
        tell(bus, "Finished", &(1_u32, 0_u32)).await;
    }
}

async fn tell<B: serde::Serialize + zbus::DynamicType>(bus: &Connection, signal: &str, body: &B) {
    bus.emit_signal(None::<&str>, TRANSACTION, INTERFACE, signal, body).await.expect("the bus is there");
}

fn lock(state: &Shared) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The PackageKit of a bus; gone when this is dropped.
#[derive(Debug)]
pub struct PackageKit {
    state: Shared,
    _connection: Connection,
}

impl PackageKit {
    /// The PackageKit of a bus.
    ///
    /// # Panics
    /// When the name is taken.
    pub fn start(bus: &Bus, state: State) -> Self {
        let state = Arc::new(Mutex::new(state));
        let builder = zbus::connection::Builder::address(bus.address.as_str())
            .serve_at("/org/freedesktop/PackageKit", Service)
            .serve_at(TRANSACTION, Transaction(Arc::clone(&state)))
            .name("org.freedesktop.PackageKit");
        Self { state, _connection: zbus::block_on(builder.build()).unwrap() }
    }

    /// How it is now; to be looked at and changed.
    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
