//! The reference server as a child of this program.

use crate::Result;
use crate::place::target;
use crate::run::{cargo, program, step, succeed};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

/// Compiles the server and says where its program lies: `native` is optimised, `dev` is quick to build.
pub fn build(profile: &str) -> Result<PathBuf> {
    step(&format!("building the server ({profile})"), || {
        succeed(&mut cargo(&[
            "build",
            "--quiet",
            "--package",
            "confab-server",
            "--profile",
            profile,
        ]))
    })?;
    // Cargo calls the folder of the profile `dev` by its old name.
    let folder = if profile == "dev" { "debug" } else { profile };
    program_in(folder)
}

/// Compiles the server, and the proxy beside it, as their own tests do, with the features that the tests of the workspace ask of its libraries: after
/// these have been built nothing is left to do.
pub fn build_as_for_tests() -> Result<PathBuf> {
    step("building the server (with the tests)", || {
        succeed(&mut cargo(&[
            "test",
            "--quiet",
            "--workspace",
            "--test",
            "process",
            "--test",
            "lines",
            "--no-run",
        ]))
    })?;
    program_in("debug")
}

fn program_in(folder: &str) -> Result<PathBuf> {
    Ok(target()?
        .join(folder)
        .join(format!("confab-server{}", std::env::consts::EXE_SUFFIX)))
}

/// The command line of a server that listens on this machine alone.
pub fn serve(binary: &Path, port: u16, database: &str) -> Command {
    let mut command = program(binary);
    command
        .args([
            "serve",
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--database",
            database,
        ])
        .stdout(Stdio::piped());
    command
}

/// A server that ends when this value goes.
pub struct Running(Child);

impl Running {
    /// Starts the server.
    pub fn start(serve: &mut Command) -> Result<Self> {
        let child = serve
            .spawn()
            .map_err(|error| format!("cannot start the server: {error}"))?;
        Ok(Self(child))
    }

    /// What the server prints; once.
    pub fn output(&mut self) -> Option<BufReader<ChildStdout>> {
        self.0.stdout.take().map(BufReader::new)
    }

    /// Waits until the server ends by itself.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        self.0.wait().map_err(|error| format!("the server: {error}"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
