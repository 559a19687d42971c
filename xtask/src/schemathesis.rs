//! `schemathesis`: requests made up from the server's own description, sent to every route it names.

use crate::counts::{Counts, Runner};
use crate::place::{cache, root};
use crate::run::{about, answer, counted, on_path, program, step, succeed};
use crate::served::Served;
use crate::{Result, server};
use std::fs;
use std::path::{Path, PathBuf};

/// What it is and what it needs, each with its version.
const PACKAGES: &str = "tests/openapi/requirements.txt";
/// Real ids for paths, and the check that a failure is a named one.
const HOOKS: &str = "tests/openapi";
/// Besides, what the description says of statuses, types and documents has to be true.
const CHECKS: &str =
    "only_named_failures,status_code_conformance,content_type_conformance,response_schema_conformance";

/// The command: every phase, as many cases a route as asked for.
pub fn command(words: &[&str]) -> Result<bool> {
    let cases = match words {
        [] => "40",
        [number] if number.parse::<u32>().is_ok() => number,
        _ => {
            return Err(format!(
                "schemathesis takes the number of cases alone, not `{}`",
                words.join(" ")
            ));
        }
    };
    let counts = play(
        &server::build("dev")?,
        &installed()?,
        "examples,coverage,fuzzing",
        cases,
    )?;
    Ok(counts.failed == 0)
}

/// What `cargo xtask test` plays; nothing where it can neither be found nor installed.
pub fn short(server: &Path) -> Result<Counts> {
    match installed() {
        Ok(program) => play(server, &program, "examples,fuzzing", "4"),
        Err(reason) => {
            println!("    going on without schemathesis: {reason}");
            Ok(Counts::default())
        }
    }
}

fn play(server: &Path, schemathesis: &Path, phases: &str, cases: &str) -> Result<Counts> {
    let mut play = program(schemathesis);
    let running = Served::start(server, &[], &mut play)?;
    let of = |variable: &str| {
        let found = play.get_envs().find(|(name, _)| *name == variable);
        found
            .and_then(|(_, value)| value?.to_str())
            .map(str::to_owned)
            .ok_or_else(|| format!("the server told no {variable}"))
    };
    let description = format!("{}/openapi.json", of("CONFAB_BASE")?);
    let token = format!("api_access_token: {}", of("CONFAB_ADMIN_TOKEN")?);
    play.arg("run").args([&description, "--header", &token]);
    play.args(["--checks", CHECKS, "--phases", phases, "--max-examples", cases]);
    play.args(["--seed", "1", "--workers", "1", "--continue-on-failure"]);
    play.args(["--warnings", "off", "--no-color"]);
    play.env("PYTHONPATH", root().join(HOOKS))
        .env("SCHEMATHESIS_HOOKS", "hooks");
    // It leaves its notes of examples and reports where it is started.
    play.env("PYTHONDONTWRITEBYTECODE", "1").current_dir(home()?);
    let counts = counted(&mut play, Runner::Schemathesis);
    drop(running);
    counts
}

fn home() -> Result<PathBuf> {
    Ok(cache()?.join("tools").join("schemathesis"))
}

/// The program, installed into an environment of its own unless what is there was made from this very list.
fn installed() -> Result<PathBuf> {
    let (home, list) = (home()?, root().join(PACKAGES));
    let wanted = fs::read(&list).map_err(about(&list))?;
    let (stamp, schemathesis) = (home.join("installed.txt"), home.join("bin/schemathesis"));
    if schemathesis.is_file() && fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(schemathesis);
    }
    environments()?;
    step(
        &format!("installing schemathesis into {}", home.display()),
        || {
            succeed(program("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
            let quiet = [
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--requirement",
            ];
            succeed(program(home.join("bin/pip")).args(quiet).arg(&list))?;
            fs::write(&stamp, &wanted).map_err(about(&stamp))
        },
    )?;
    Ok(schemathesis)
}

/// Python with what makes environments; Debian has it in a package of its own.
fn environments() -> Result<()> {
    let ready = || answer("python3", &["-c", "import venv, ensurepip"]).is_some();
    if ready() {
        return Ok(());
    }
    let install = "apt-get install --yes --no-install-recommends python3-venv";
    if answer("id", &["-u"]).as_deref() != Some("0") || on_path("apt-get").is_none() {
        return Err(format!(
            "there is no python3 with venv. On Debian: sudo {install}"
        ));
    }
    step("installing Python's venv", || {
        succeed(program("apt-get").args(["update", "--quiet"]))?;
        let mut words = install.split_whitespace();
        let mut apt = program(words.next().unwrap_or_default());
        succeed(apt.args(words).env("DEBIAN_FRONTEND", "noninteractive"))
    })?;
    if ready() {
        Ok(())
    } else {
        Err("python3-venv was installed, and python3 still makes no environment".to_owned())
    }
}
