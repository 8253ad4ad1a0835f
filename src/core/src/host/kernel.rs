//! The kernel command line, read as the kernel reads it.
//!
//! Parsing only; what an argument does is known where it matters. Source: kernel, `lib/cmdline.c` (`next_arg`) and
//! `Documentation/admin-guide/kernel-parameters.rst`.

/// What the kernel was started with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KernelCommandLine {
    /// The arguments for the kernel, in order.
    arguments: Vec<Argument>,
    /// What stands after `--`, for the first process.
    init: Vec<String>,
}

/// One argument: a name, and a value where there is a `=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The name as given.
    pub name: String,
    /// The value without its quotes.
    pub value: Option<String>,
}
