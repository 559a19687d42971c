//! The widget's own standard library: built for size, with panics that end in a trap at once and say nothing.
//!
//! It needs the source of Rust's standard library and two switches that only a nightly compiler has officially. Where
//! one of them cannot be had, the widget is built with the standard library that Rust ships: it works the same and is
//! some ten kilobytes larger.

use crate::place::target;
use crate::run::{answer, on_path, program, step, succeed};
use crate::tools::WASM_TARGET;
use std::path::Path;
use std::process::Command;

/// Cargo's and the compiler's switches. Nothing in the widget may depend on `Debug`: it prints nothing.
const FLAGS: &str = "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none";
const SETTINGS: [(&str, &str); 4] = [
    ("RUSTC_BOOTSTRAP", "1"),
    ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
    ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
    ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", FLAGS),
];

/// How the widget's release is built on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// With a standard library of its own.
    Own,
    /// With the one that Rust ships.
    Shipped,
}

impl Library {
    /// Installs the source if it is missing; goes on without it, and says so, where that cannot be done.
    pub fn find() -> Self {
        let missing = source().and_then(|()| switches());
        match missing {
            Ok(()) => Self::Own,
            Err(reason) => {
                println!("    going on with Rust's own standard library, for a larger wasm: {reason}");
                Self::Shipped
            }
        }
    }

    /// Makes a command that runs cargo build this way, in a folder of its own: the switches would have everything else
    /// built again.
    pub fn apply(self, command: &mut Command) -> crate::Result<()> {
        if self == Self::Own {
            command
                .envs(SETTINGS)
                .env("CARGO_TARGET_DIR", target()?.join("slim"));
        }
        Ok(())
    }
}

/// The source of the standard library, which rustup installs as a component.
fn source() -> crate::Result<()> {
    let there = || {
        answer("rustc", &["--print", "sysroot"]).is_some_and(|root| {
            Path::new(&root)
                .join("lib/rustlib/src/rust/library/Cargo.lock")
                .is_file()
        })
    };
    if there() {
        return Ok(());
    }
    if on_path("rustup").is_none() {
        return Err("its source is missing, and rustup, which would install it, too".to_owned());
    }
    step("installing the source of Rust's standard library", || {
        succeed(program("rustup").args(["component", "add", "rust-src"]))
    })?;
    there()
        .then_some(())
        .ok_or_else(|| "rustup installed its source elsewhere".to_owned())
}

/// Whether this compiler knows the switches.
fn switches() -> crate::Result<()> {
    let mut probe = program("rustc");
    probe.args(["--print", "cfg", "--target", WASM_TARGET]);
    probe.args(FLAGS.split(' ')).envs(SETTINGS);
    crate::run::printed(&mut probe).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_own_library_changes_how_cargo_builds() {
        let settings = |library: Library| {
            let mut command = Command::new("cargo");
            library.apply(&mut command).unwrap();
            command.get_envs().count()
        };
        assert_eq!(settings(Library::Shipped), 0);
        assert_eq!(settings(Library::Own), SETTINGS.len() + 1);
    }
}
