//! libvirt's library, loaded when the first connection is opened instead of with the program: it and the
//! sixty libraries below it take some ten milliseconds, which most commands and the first frame of the
//! window do not need. The functions that we call are defined here and go on to the library, so that the
//! linker asks for it no more. One that is missing in this list still works: it binds the library again.
#![allow(
    unsafe_code,
    reason = "functions of a library are found and called by C's rules; the macro says why it holds"
)]

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::ptr::{null, null_mut};
use std::sync::OnceLock;

use libloading::Library;
use virt::sys::{
    self, virConnectCloseFunc, virConnectDomainEventGenericCallback,
    virConnectNodeDeviceEventGenericCallback, virConnectPtr, virDomainInfoPtr, virDomainPtr, virErrorFunc,
    virErrorPtr, virFreeCallback, virNetworkPtr, virNodeDevicePtr,
};

/// The library's name for as long as its interface stays compatible.
const NAME: &str = "libvirt.so.0";

/// Whether the library is there; else the loader's words. To be asked before anything of libvirt is called.
pub(super) fn load() -> Result<(), &'static str> {
    library().as_ref().map(|_| ()).map_err(String::as_str)
}

fn library() -> &'static Result<Library, String> {
    static LIBRARY: OnceLock<Result<Library, String>> = OnceLock::new();
    // SAFETY: libvirt runs no code of ours while it is loaded, and it is never unloaded.
    LIBRARY.get_or_init(|| unsafe { Library::new(NAME) }.map_err(|error| error.to_string()))
}

/// Defines functions of libvirt that call the loaded library's function of the same name.
macro_rules! forward {
    ($(fn $name:ident($($argument:ident: $type:ty),*) -> $result:ty, else $otherwise:expr;)*) => { $(
        // The signature is the one that `virt-sys` made of libvirt's header, or this does not compile.
        const _: unsafe extern "C" fn($($type),*) -> $result = sys::$name;

        // SAFETY: the name is libvirt's own, which is the purpose; nothing else in our programs has it.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($argument: $type),*) -> $result {
            type Function = unsafe extern "C" fn($($type),*) -> $result;
            static FUNCTION: OnceLock<Option<Function>> = OnceLock::new();
            let function = FUNCTION.get_or_init(|| {
                // SAFETY: the type is that of libvirt's header, as checked above.
                let found = unsafe { library().as_ref().ok()?.get::<Function>(stringify!($name).as_bytes()) };
                found.ok().map(|function| *function)
            });
            match function {
                // SAFETY: the caller keeps to libvirt's rules for this function, and so do we.
                Some(function) => unsafe { function($($argument),*) },
                None => $otherwise,
            }
        }
    )*
        /// Their names.
        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

forward! {
    fn virConnectClose(conn: virConnectPtr) -> c_int, else -1;
    fn virConnectDomainEventDeregisterAny(conn: virConnectPtr, id: c_int) -> c_int, else -1;
    fn virConnectDomainEventRegisterAny(conn: virConnectPtr, dom: virDomainPtr, event: c_int, cb: virConnectDomainEventGenericCallback, opaque: *mut c_void, free: virFreeCallback) -> c_int, else -1;
    fn virConnectGetURI(conn: virConnectPtr) -> *mut c_char, else null_mut();
    fn virConnectIsAlive(conn: virConnectPtr) -> c_int, else -1;
    fn virConnectListAllDomains(conn: virConnectPtr, domains: *mut *mut virDomainPtr, flags: c_uint) -> c_int, else -1;
    fn virConnectListAllNodeDevices(conn: virConnectPtr, devices: *mut *mut virNodeDevicePtr, flags: c_uint) -> c_int, else -1;
    fn virConnectNodeDeviceEventDeregisterAny(conn: virConnectPtr, id: c_int) -> c_int, else -1;
    fn virConnectNodeDeviceEventRegisterAny(conn: virConnectPtr, dev: virNodeDevicePtr, event: c_int, cb: virConnectNodeDeviceEventGenericCallback, opaque: *mut c_void, free: virFreeCallback) -> c_int, else -1;
    fn virConnectOpen(name: *const c_char) -> virConnectPtr, else null_mut();
    fn virConnectOpenReadOnly(name: *const c_char) -> virConnectPtr, else null_mut();
    fn virConnectRef(conn: virConnectPtr) -> c_int, else -1;
    fn virConnectRegisterCloseCallback(conn: virConnectPtr, cb: virConnectCloseFunc, opaque: *mut c_void, free: virFreeCallback) -> c_int, else -1;
    fn virConnectSetKeepAlive(conn: virConnectPtr, interval: c_int, count: c_uint) -> c_int, else -1;
    fn virConnectUnregisterCloseCallback(conn: virConnectPtr, cb: virConnectCloseFunc) -> c_int, else -1;
    fn virDomainCreate(domain: virDomainPtr) -> c_int, else -1;
    fn virDomainDefineXMLFlags(conn: virConnectPtr, xml: *const c_char, flags: c_uint) -> virDomainPtr, else null_mut();
    fn virDomainFree(domain: virDomainPtr) -> c_int, else -1;
    fn virDomainGetInfo(domain: virDomainPtr, info: virDomainInfoPtr) -> c_int, else -1;
    fn virDomainGetName(domain: virDomainPtr) -> *const c_char, else null();
    fn virDomainGetUUIDString(domain: virDomainPtr, text: *mut c_char) -> c_int, else -1;
    fn virDomainGetXMLDesc(domain: virDomainPtr, flags: c_uint) -> *mut c_char, else null_mut();
    fn virDomainIsPersistent(domain: virDomainPtr) -> c_int, else -1;
    fn virDomainLookupByName(conn: virConnectPtr, name: *const c_char) -> virDomainPtr, else null_mut();
    fn virDomainLookupByUUIDString(conn: virConnectPtr, uuid: *const c_char) -> virDomainPtr, else null_mut();
    fn virEventRegisterDefaultImpl() -> c_int, else -1;
    fn virEventRunDefaultImpl() -> c_int, else -1;
    fn virGetLastError() -> virErrorPtr, else null_mut();
    fn virNetworkCreate(network: virNetworkPtr) -> c_int, else -1;
    fn virNetworkDefineXML(conn: virConnectPtr, xml: *const c_char) -> virNetworkPtr, else null_mut();
    fn virNetworkDestroy(network: virNetworkPtr) -> c_int, else -1;
    fn virNetworkFree(network: virNetworkPtr) -> c_int, else -1;
    fn virNetworkGetAutostart(network: virNetworkPtr, on: *mut c_int) -> c_int, else -1;
    fn virNetworkGetXMLDesc(network: virNetworkPtr, flags: c_uint) -> *mut c_char, else null_mut();
    fn virNetworkIsActive(network: virNetworkPtr) -> c_int, else -1;
    fn virNetworkLookupByName(conn: virConnectPtr, name: *const c_char) -> virNetworkPtr, else null_mut();
    fn virNetworkSetAutostart(network: virNetworkPtr, on: c_int) -> c_int, else -1;
    fn virNetworkUndefine(network: virNetworkPtr) -> c_int, else -1;
    fn virNodeDeviceFree(dev: virNodeDevicePtr) -> c_int, else -1;
    fn virNodeDeviceGetXMLDesc(dev: virNodeDevicePtr, flags: c_uint) -> *mut c_char, else null_mut();
    fn virSetErrorFunc(data: *mut c_void, handler: virErrorFunc) -> (), else ();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_in_the_library() {
        load().unwrap();
        let library = library().as_ref().unwrap();
        for name in NAMES {
            // SAFETY: the function is looked for and not called.
            assert!(unsafe { library.get::<*const c_void>(name.as_bytes()) }.is_ok(), "{name}");
        }
    }

    #[test]
    fn a_call_reaches_the_library() {
        // SAFETY: the address is none, which libvirt answers with an error and no connection.
        let none = unsafe { sys::virConnectOpen(c"nonsense:///".as_ptr()) };
        assert!(none.is_null());
        // SAFETY: this function has no conditions; what it points to belongs to this thread.
        assert!(unsafe { sys::virGetLastError().as_ref() }.is_some_and(|error| error.code != 0));
    }
}
