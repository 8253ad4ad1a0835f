//! A system bus of its own for tests: a dbus-daemon in a temporary folder, a polkit that answers what a test wants, and the
//! root service on a machine in a folder. Nothing of this computer's bus, polkit or settings is touched.

pub mod machine;
pub mod packagekit;
pub mod polkit;
pub mod scene;

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use gangway_helper::engine::Engine;
use gangway_helper::gap::Gaps;
use gangway_helper::private::ImitatedKernel;
use gangway_helper::system;
use gangway_helper::write::Root;
use gangway_protocol::names::{INTERFACE, Method, PATH, SERVICE};
use tempfile::TempDir;
use zbus::connection::Builder;
use zbus::message::Flags;
use zbus::{Connection, Message};

/// The longest that anything here is waited for.
pub const LIMIT: Duration = Duration::from_secs(20);

/// A bus of its own; ends with this.
#[derive(Debug)]
pub struct Bus {
    daemon: Child,
    /// Its address.
    pub address: String,
    _folder: TempDir,
}

/// A user who calls, and another one: accounts that every Debian, Fedora and Arch has, where the tests run as root, since
/// the bus knows no others. Else whoever runs the tests is both.
///
/// # Panics
/// Never.
pub fn users() -> (u32, u32) {
    let own = rustix::process::getuid();
    if own.is_root() { (1, 2) } else { (own.as_raw(), own.as_raw()) }
}

/// A configuration that lets everybody do everything: who may own and call what is asked of the installed files elsewhere.
const OPEN: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><keep_umask/><auth>EXTERNAL</auth>
<listen>unix:path=@socket@</listen>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/></policy></busconfig>"#;

impl Bus {
    /// Starts a bus, or None after a note that this system has none.
    ///
    /// # Panics
    /// When the daemon is there and does not start.
    #[expect(clippy::disallowed_methods, reason = "starts a bus of its own, in a temporary folder")]
    pub fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let socket = folder.path().join("bus");
        let configuration = folder.path().join("bus.conf");
        fs::write(&configuration, OPEN.replace("@socket@", socket.to_str().unwrap())).unwrap();
        let started = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", configuration.display()))
            .args(["--nofork", "--print-address=1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut daemon) = started else {
            crate::skip("dbus-daemon is not installed");
            return None;
        };
        let mut output = BufReader::new(daemon.stdout.take().unwrap());
        let (sender, line) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let _ = output.read_line(&mut line);
            let _ = sender.send(line);
            let _ = output.read_to_string(&mut String::new());
        });
        let address = line.recv_timeout(LIMIT).unwrap().trim().to_owned();
        assert!(!address.is_empty(), "dbus-daemon did not start");
        Some(Self { daemon, address, _folder: folder })
    }

    /// A connection to it.
    ///
    /// # Panics
    /// When it cannot be reached.
    pub fn connect(&self) -> Connection {
        let builder = Builder::address(self.address.as_str()).method_timeout(LIMIT);
        zbus::block_on(builder.build()).unwrap()
    }

    /// A connection of another user, where the tests run as root; else one of whoever runs them.
    ///
    /// # Panics
    /// When it cannot be reached.
    pub fn connect_as(&self, uid: u32) -> Connection {
        if !rustix::process::getuid().is_root() {
            return self.connect();
        }
        let address = self.address.clone();
        let connected = thread::spawn(move || {
            let user = rustix::process::Uid::from_raw(uid);
            // Of this thread alone, which ends with its task: the bus is told by the kernel who it was.
            rustix::thread::set_thread_res_uid(user, user, user).unwrap();
            let builder = Builder::address(address.as_str()).user_id(uid).method_timeout(LIMIT);
            zbus::block_on(builder.build()).unwrap()
        });
        connected.join().unwrap()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// The service in a thread, on a bus and a machine. It ends when the bus does, or when nothing happens.
#[derive(Debug)]
pub struct Running {
    thread: Option<thread::JoinHandle<Result<(), String>>>,
}

/// Where the engine is held, and what it waits for: told of every gap between two effects.
pub type Watcher = Box<dyn Fn(&str, &str) + Send + Sync>;

impl Running {
    /// Starts the service, and waits until it has its name.
    ///
    /// # Panics
    /// When it does not come.
    pub fn start(bus: &Bus, root: &Path, idle: Duration, watcher: Option<Watcher>) -> Self {
        let (address, root) = (bus.address.clone(), root.to_owned());
        let thread = thread::spawn(move || {
            let gaps = watcher.map(Gaps::told).unwrap_or_default();
            let kernel = ImitatedKernel::below(&root, rustix::process::getuid().as_raw());
            let folder = Root::open(&root, gaps).map_err(|error| error.to_string())?;
            let engine = Engine::new(folder, Box::new(kernel));
            system::serve_on(Builder::address(address.as_str()), &root, engine, idle)
                .map_err(|error| format!("{error:#}"))
        });
        let running = Self { thread: Some(thread) };
        let client = bus.connect();
        until("the service has its name", || has_owner(&client, SERVICE) || running.has_ended());
        running
    }

    /// Whether it ended.
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(thread::JoinHandle::is_finished)
    }

    /// Waits for its end, and tells how it ended.
    ///
    /// # Panics
    /// When it does not end.
    pub fn end(&mut self) -> Result<(), String> {
        until("the service ends", || self.has_ended());
        self.thread.take().map_or(Ok(()), |thread| thread.join().unwrap())
    }
}

/// Whether somebody owns a name.
///
/// # Panics
/// When the bus does not answer.
pub fn has_owner(client: &Connection, name: &str) -> bool {
    let bus = "org.freedesktop.DBus";
    let asked = client.call_method(Some(bus), "/org/freedesktop/DBus", Some(bus), "NameHasOwner", &name);
    zbus::block_on(asked).unwrap().body().deserialize().unwrap()
}

/// Waits until something is so.
///
/// # Panics
/// When it does not become so.
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + LIMIT;
    while !is_so() {
        assert!(Instant::now() < end, "{what}: not within {} s", LIMIT.as_secs());
        thread::sleep(Duration::from_millis(10));
    }
}

/// Calls a method of the service as a user would who may be asked; the name of the error where it is one.
///
/// # Errors
/// The error's name and text.
///
/// # Panics
/// When nothing answers.
pub fn call<B>(client: &Connection, method: Method, body: &B) -> Result<Message, (String, String)>
where
    B: zbus::DynamicType + serde::Serialize,
{
    call_named(client, INTERFACE, method.name(), body)
}

/// The same, for any interface and method.
///
/// # Errors
/// The error's name and text.
///
/// # Panics
/// When nothing answers.
pub fn call_named<B>(
    client: &Connection,
    interface: &str,
    method: &str,
    body: &B,
) -> Result<Message, (String, String)>
where
    B: zbus::DynamicType + serde::Serialize,
{
    let message = Message::method_call(PATH, method)
        .destination(SERVICE)
        .interface(interface)
        .with_flags(Flags::ALLOW_INTERACTIVE_AUTH)
        .build(body)
        .unwrap();
    let serial = message.primary_header().serial_num();
    zbus::block_on(async {
        let mut stream = zbus::MessageStream::from(client);
        client.send(&message).await.unwrap();
        loop {
            let reply = next(&mut stream).await.expect("the connection ended").unwrap();
            if reply.header().reply_serial() != Some(serial) {
                continue;
            }
            return match reply.message_type() {
                zbus::message::Type::MethodReturn => Ok(reply),
                _ => {
                    let name = reply.header().error_name().map(ToString::to_string).unwrap_or_default();
                    let body = reply.body();
                    // How long to wait comes after the text.
                    let text = body.deserialize::<String>();
                    let text = text.or_else(|_| body.deserialize::<(String, u32)>().map(|(text, _)| text));
                    let text = text.unwrap_or_default();
                    Err((name, text))
                }
            };
        }
    })
}

/// The next message of a connection; none when it ended.
pub async fn next(stream: &mut zbus::MessageStream) -> Option<zbus::Result<Message>> {
    std::future::poll_fn(|context| {
        zbus::export::futures_core::Stream::poll_next(std::pin::Pin::new(&mut *stream), context)
    })
    .await
}
