//! libvirt's event loop and its callbacks, which the `virt` crate has no wrapper for: one thread for the
//! process runs the loop, and each connection has one set of callbacks that feeds its listeners.
//! All of it that is `unsafe` is in this file; what an event means to us is decided by `hypervisor`.
#![allow(unsafe_code, reason = "libvirt's callbacks exist as C functions only; each block says why it holds")]

use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use virt::connect::Connect;
use virt::error::Error;
use virt::sys;

use super::{CloseReason, Event, Subscription};

/// Starts the event loop's thread, once for the process; else says in libvirt's or the system's words why not. Must
/// come before the first connection is opened: a connection made earlier never gets events
/// (<https://libvirt.org/html/libvirt-libvirt-event.html>).
pub(super) fn start_loop() -> Result<(), &'static str> {
    static STARTED: OnceLock<Result<(), String>> = OnceLock::new();
    STARTED.get_or_init(start_loop_once).as_ref().map(|_| ()).map_err(String::as_str)
}

fn start_loop_once() -> Result<(), String> {
    // libvirt writes each error to standard error otherwise.
    virt::error::clear_error_callback();
    virt::event::event_register_default_impl().map_err(|error| error.message().to_owned())?;
    let spawned = std::thread::Builder::new().name("libvirt-events".into()).spawn(|| {
        loop {
            if virt::event::event_run_default_impl().is_err() {
                // poll(2) failed; do not let a lasting failure take a whole core.
                std::thread::sleep(std::time::Duration::from_millis(200));
            }
        }
    });
    // Without the thread nothing would ever answer a sign of life, and connections would be cut.
    spawned.map(drop).map_err(|error| error.to_string())
}

/// The operating system's error number that came with libvirt's last error on this thread, where that was
/// a system error (libvirt keeps it in `int1`; <https://libvirt.org/html/libvirt-virterror.html#virError>).
pub(super) fn last_errno() -> Option<i32> {
    // SAFETY: the pointer is null or points to this thread's own error, which lives until this thread's
    // next call to libvirt; it is only read here.
    let error = unsafe { sys::virGetLastError().as_ref() }?;
    (error.code == sys::VIR_ERR_SYSTEM_ERROR as c_int).then_some(error.int1)
}

type Callback = Arc<dyn Fn(Event) + Send + Sync>;

/// Who wants to hear of one connection's events.
#[derive(Default)]
pub(super) struct Listeners {
    list: Mutex<Vec<(u64, Callback)>>,
}

impl Listeners {
    /// Adds one, until the subscription is dropped.
    pub(super) fn add(self: &Arc<Self>, callback: Box<dyn Fn(Event) + Send + Sync>) -> Subscription {
        let mut list = self.lock();
        let id = list.last().map_or(0, |(id, _)| id + 1);
        list.push((id, Arc::from(callback)));
        let weak: Weak<Self> = Arc::downgrade(self);
        Subscription::new(move || {
            if let Some(listeners) = weak.upgrade() {
                listeners.lock().retain(|(other, _)| *other != id);
            }
        })
    }

    /// Tells everyone, outside the lock, so that a listener may end its own subscription.
    pub(super) fn tell(&self, event: &Event) {
        let callbacks: Vec<Callback> = self.lock().iter().map(|(_, callback)| Arc::clone(callback)).collect();
        for callback in callbacks {
            callback(event.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(u64, Callback)>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The callbacks of one connection; dropping it takes them back.
pub(super) struct Callbacks {
    connection: Connect,
    domain: Vec<c_int>,
    node_device: Vec<c_int>,
    close: bool,
}

impl Callbacks {
    /// Registers all callbacks. A driver without node devices or without a connection to lose does without
    /// those; one without domain events is an error, since nothing would ever be seen to change.
    pub(super) fn register(connection: &Connect, listeners: &Arc<Listeners>) -> Result<Self, Error> {
        let mut this = Self {
            connection: connection.clone(),
            domain: Vec::new(),
            node_device: Vec::new(),
            close: false,
        };
        this.register_domain(
            sys::VIR_DOMAIN_EVENT_ID_LIFECYCLE,
            erase_lifecycle(domain_lifecycle),
            listeners,
        )?;
        for id in [sys::VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, sys::VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED] {
            // Live plugging only; drivers without it say so.
            let _unsupported = this.register_domain(id, erase_device(domain_device), listeners);
        }
        this.register_node_device(listeners);
        this.register_close(listeners);
        Ok(this)
    }

    fn register_domain(
        &mut self,
        event: sys::virDomainEventID,
        callback: sys::virConnectDomainEventGenericCallback,
        listeners: &Arc<Listeners>,
    ) -> Result<(), Error> {
        let opaque = into_opaque(listeners);
        // SAFETY: the connection is held by `self.connection`; a null domain means all; `callback` has the
        // signature that libvirt documents for `event`; `opaque` is freed by `free_listeners` when the
        // callback is deregistered, and below where it never was registered.
        let id = unsafe {
            sys::virConnectDomainEventRegisterAny(
                self.connection.as_ptr(),
                std::ptr::null_mut(),
                event as c_int,
                callback,
                opaque,
                Some(free_listeners),
            )
        };
        if id < 0 {
            return Err(registration_failed(opaque));
        }
        self.domain.push(id);
        Ok(())
    }

    fn register_node_device(&mut self, listeners: &Arc<Listeners>) {
        let opaque = into_opaque(listeners);
        // SAFETY: as in `register_domain`; a null device means all.
        let id = unsafe {
            sys::virConnectNodeDeviceEventRegisterAny(
                self.connection.as_ptr(),
                std::ptr::null_mut(),
                sys::VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE as c_int,
                erase_node_device(node_device_lifecycle),
                opaque,
                Some(free_listeners),
            )
        };
        if id < 0 {
            let _unsupported = registration_failed(opaque);
        } else {
            self.node_device.push(id);
        }
    }

    fn register_close(&mut self, listeners: &Arc<Listeners>) {
        let opaque = into_opaque(listeners);
        // SAFETY: as in `register_domain`; a connection has one close callback, and this is the only place
        // that sets one on a connection that nobody else has.
        let done = unsafe {
            sys::virConnectRegisterCloseCallback(
                self.connection.as_ptr(),
                Some(connection_closed),
                opaque,
                Some(free_listeners),
            )
        };
        if done < 0 {
            let _unsupported = registration_failed(opaque);
        } else {
            self.close = true;
        }
    }
}

impl Drop for Callbacks {
    fn drop(&mut self) {
        // SAFETY: the connection is still held by `self.connection`, and each id came from the call that
        // registered it there. Deregistering on a connection that is lost fails, which changes nothing:
        // libvirt then frees the callbacks with the connection.
        unsafe {
            for id in self.domain.drain(..) {
                sys::virConnectDomainEventDeregisterAny(self.connection.as_ptr(), id);
            }
            for id in self.node_device.drain(..) {
                sys::virConnectNodeDeviceEventDeregisterAny(self.connection.as_ptr(), id);
            }
            if self.close {
                sys::virConnectUnregisterCloseCallback(self.connection.as_ptr(), Some(connection_closed));
            }
        }
    }
}

fn into_opaque(listeners: &Arc<Listeners>) -> *mut c_void {
    Box::into_raw(Box::new(Arc::clone(listeners))).cast()
}

/// Frees what a failed registration left with us and gives libvirt's reason.
fn registration_failed(opaque: *mut c_void) -> Error {
    let error = Error::last_error();
    // SAFETY: libvirt takes `opaque` over only when the registration succeeds, so it still is ours alone.
    unsafe { free_listeners(opaque) };
    error
}

/// Tells the listeners behind `opaque`. A panic must not travel into C.
///
/// # Safety
/// `opaque` comes from [`into_opaque`] and is not freed yet.
unsafe fn tell(opaque: *mut c_void, event: &Event) {
    // SAFETY: the caller's promise; libvirt frees it only after the last call of the callback.
    let Some(listeners) = (unsafe { opaque.cast::<Arc<Listeners>>().as_ref() }) else { return };
    let _panicked = catch_unwind(AssertUnwindSafe(|| listeners.tell(event)));
}

unsafe extern "C" fn free_listeners(opaque: *mut c_void) {
    // SAFETY: made by `into_opaque`, and libvirt calls this once.
    drop(unsafe { Box::from_raw(opaque.cast::<Arc<Listeners>>()) });
}

type LifecycleFn =
    unsafe extern "C" fn(sys::virConnectPtr, sys::virDomainPtr, c_int, c_int, *mut c_void) -> c_int;
type DeviceFn =
    unsafe extern "C" fn(sys::virConnectPtr, sys::virDomainPtr, *const std::ffi::c_char, *mut c_void);
type NodeDeviceFn =
    unsafe extern "C" fn(sys::virConnectPtr, sys::virNodeDevicePtr, c_int, c_int, *mut c_void);

unsafe extern "C" fn domain_lifecycle(
    _: sys::virConnectPtr,
    _: sys::virDomainPtr,
    _event: c_int,
    _detail: c_int,
    opaque: *mut c_void,
) -> c_int {
    // SAFETY: libvirt passes what was registered.
    unsafe { tell(opaque, &Event::MachinesChanged) };
    0
}

unsafe extern "C" fn domain_device(
    _: sys::virConnectPtr,
    _: sys::virDomainPtr,
    _alias: *const std::ffi::c_char,
    opaque: *mut c_void,
) {
    // SAFETY: libvirt passes what was registered.
    unsafe { tell(opaque, &Event::MachinesChanged) };
}

unsafe extern "C" fn node_device_lifecycle(
    _: sys::virConnectPtr,
    _: sys::virNodeDevicePtr,
    _event: c_int,
    _detail: c_int,
    opaque: *mut c_void,
) {
    // SAFETY: libvirt passes what was registered.
    unsafe { tell(opaque, &Event::DevicesChanged) };
}

unsafe extern "C" fn connection_closed(_: sys::virConnectPtr, reason: c_int, opaque: *mut c_void) {
    let reason = match u32::try_from(reason) {
        Ok(sys::VIR_CONNECT_CLOSE_REASON_ERROR) => CloseReason::Error,
        Ok(sys::VIR_CONNECT_CLOSE_REASON_EOF) => CloseReason::EndOfFile,
        Ok(sys::VIR_CONNECT_CLOSE_REASON_KEEPALIVE) => CloseReason::KeepAlive,
        Ok(sys::VIR_CONNECT_CLOSE_REASON_CLIENT) => CloseReason::Client,
        _ => CloseReason::Other(reason),
    };
    // SAFETY: libvirt passes what was registered.
    unsafe { tell(opaque, &Event::Closed { reason }) };
}

fn erase_lifecycle(callback: LifecycleFn) -> sys::virConnectDomainEventGenericCallback {
    // SAFETY: libvirt's generic callback type stands for all of them; for this event it calls the pointer
    // with the signature of `LifecycleFn` (virConnectDomainEventCallback).
    Some(unsafe {
        std::mem::transmute::<
            LifecycleFn,
            unsafe extern "C" fn(sys::virConnectPtr, sys::virDomainPtr, *mut c_void),
        >(callback)
    })
}

fn erase_device(callback: DeviceFn) -> sys::virConnectDomainEventGenericCallback {
    // SAFETY: as above, with virConnectDomainEventDeviceAddedCallback, which is the same as that for
    // removed devices.
    Some(unsafe {
        std::mem::transmute::<
            DeviceFn,
            unsafe extern "C" fn(sys::virConnectPtr, sys::virDomainPtr, *mut c_void),
        >(callback)
    })
}

fn erase_node_device(callback: NodeDeviceFn) -> sys::virConnectNodeDeviceEventGenericCallback {
    // SAFETY: as above, with virConnectNodeDeviceEventLifecycleCallback.
    Some(unsafe {
        std::mem::transmute::<
            NodeDeviceFn,
            unsafe extern "C" fn(sys::virConnectPtr, sys::virNodeDevicePtr, *mut c_void),
        >(callback)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_dropped_subscription_hears_nothing_more() {
        let listeners = Arc::new(Listeners::default());
        let heard = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&heard);
        let subscription = listeners.add(Box::new(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
        }));
        listeners.tell(&Event::MachinesChanged);
        drop(subscription);
        listeners.tell(&Event::MachinesChanged);
        assert_eq!(heard.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn subscriptions_do_not_take_each_others_place() {
        let listeners = Arc::new(Listeners::default());
        let heard = Arc::new(AtomicUsize::new(0));
        let add = |amount: usize| {
            let counter = Arc::clone(&heard);
            listeners.add(Box::new(move |_| {
                counter.fetch_add(amount, Ordering::SeqCst);
            }))
        };
        let first = add(1);
        let _second = add(10);
        drop(first);
        let _third = add(100);
        listeners.tell(&Event::DevicesChanged);
        assert_eq!(heard.load(Ordering::SeqCst), 110);
    }
}
