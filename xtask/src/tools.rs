//! The pinned tools: what PATH holds in the right version is used, the rest is installed into the user's cache.

use crate::Result;
use crate::place::{cache, root};
use crate::run::{about, answer, cargo, on_path, program, step, succeed, with_path};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the widget: runs cargo for wasm, then wasm-bindgen.
const TRUNK: CargoTool = CargoTool {
    package: "trunk",
    program: "trunk",
    version: "0.21.14",
    locked: true,
};
/// Runs tests in a browser.
const WASM_PACK: CargoTool = CargoTool {
    package: "wasm-pack",
    program: "wasm-pack",
    version: "0.15.1",
    locked: true,
};
/// Changes code to see whether tests notice.
const MUTANTS: CargoTool = CargoTool {
    package: "cargo-mutants",
    program: "cargo-mutants",
    version: "27.1.0",
    locked: true,
};
/// Optimises wasm for size.
const BINARYEN: NpmTool = NpmTool {
    package: "binaryen",
    program: "wasm-opt",
    version: "132.0.0",
    says: "132",
};
/// Minifies JavaScript and CSS.
const ESBUILD: NpmTool = NpmTool {
    package: "esbuild",
    program: "esbuild",
    version: "0.28.2",
    says: "0.28.2",
};

/// The platform of the widget.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The tools that were found or installed.
pub struct Tools {
    folders: Vec<PathBuf>,
    wasm_opt: Option<Found>,
    esbuild: Option<Found>,
}

/// Where an optional tool was found.
enum Found {
    Program(PathBuf),
    Script(PathBuf),
}

impl Found {
    fn path(&self) -> &Path {
        match self {
            Self::Program(path) | Self::Script(path) => path,
        }
    }

    fn command(&self) -> Command {
        match self {
            Self::Program(path) => program(path),
            Self::Script(path) => {
                let mut node = program("node");
                node.arg(path);
                node
            }
        }
    }
}

impl Tools {
    /// What building the widget needs. Without npm the two tools that only make files smaller are missing.
    pub fn for_dist() -> Result<Self> {
        wasm_target()?;
        let bindgen = wasm_bindgen_version()?;
        let bindgen = CargoTool {
            package: "wasm-bindgen-cli",
            program: "wasm-bindgen",
            version: &bindgen,
            locked: false,
        };
        let folders = install_cargo_tools(&[TRUNK, bindgen])?;
        Ok(Self {
            folders,
            wasm_opt: BINARYEN.find(),
            esbuild: ESBUILD.find(),
        })
    }

    /// What the browser tests need besides.
    pub fn for_tests() -> Result<Self> {
        let mut tools = Self::for_dist()?;
        tools.folders.extend(install_cargo_tools(&[WASM_PACK])?);
        Ok(tools)
    }

    /// What `mutants` needs.
    pub fn for_mutants() -> Result<Self> {
        Ok(Self {
            folders: install_cargo_tools(&[MUTANTS])?,
            wasm_opt: None,
            esbuild: None,
        })
    }

    /// A program that finds the tools on PATH.
    pub fn program(&self, name: &str) -> Result<Command> {
        let found = self
            .folders
            .iter()
            .map(|folder| folder.join(name))
            .find(|path| path.is_file());
        let mut command = program(found.unwrap_or_else(|| name.into()));
        with_path(&mut command, &self.folders)?;
        Ok(command)
    }

    /// Binaryen's optimiser, where there is one.
    pub fn wasm_opt(&self) -> Option<Command> {
        self.wasm_opt.as_ref().map(Found::command)
    }

    /// Binaryen's remover of what nothing reaches, where there is one: it lies beside the optimiser.
    pub fn wasm_metadce(&self) -> Option<Command> {
        let found = match self.wasm_opt.as_ref()? {
            Found::Program(path) => {
                Found::Program(path.with_file_name(format!("wasm-metadce{}", std::env::consts::EXE_SUFFIX)))
            }
            Found::Script(path) => Found::Script(path.with_file_name("wasm-metadce")),
        };
        found.path().is_file().then(|| found.command())
    }

    /// The minifier, where there is one.
    pub fn esbuild(&self) -> Option<Command> {
        self.esbuild.as_ref().map(Found::command)
    }
}

/// A program from the crate registry.
struct CargoTool<'a> {
    package: &'a str,
    program: &'a str,
    version: &'a str,
    /// Whether the package's own lock file builds with today's Rust.
    locked: bool,
}

impl CargoTool<'_> {
    /// The folder of a ready program; `None` when it has to be installed.
    fn find(&self) -> Result<Option<PathBuf>> {
        if let Some(path) = on_path(self.program) {
            let version = answer(&path.to_string_lossy(), &["--version"]).unwrap_or_default();
            if says(&version, self.version) {
                return Ok(path.parent().map(Path::to_path_buf));
            }
        }
        let folder = self.home()?.join("bin");
        let file = folder.join(format!("{}{}", self.program, std::env::consts::EXE_SUFFIX));
        Ok(file.is_file().then_some(folder))
    }

    fn home(&self) -> Result<PathBuf> {
        Ok(cache()?
            .join("tools")
            .join(format!("{}-{}", self.package, self.version)))
    }

    fn install(&self, build: &Path) -> Result<PathBuf> {
        let home = self.home()?;
        let mut install = cargo(&["install", self.package, "--version", self.version, "--root"]);
        install.arg(&home).env("CARGO_TARGET_DIR", build);
        // They run for seconds; what counts is how soon they are built.
        install
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_LTO", "off");
        install
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "false");
        if self.locked {
            install.arg("--locked");
        }
        step(
            &format!(
                "installing {} {} into {}",
                self.package,
                self.version,
                home.display()
            ),
            || succeed(&mut install),
        )?;
        Ok(home.join("bin"))
    }
}

/// Installs what is missing, sharing one build folder, which is removed afterwards.
fn install_cargo_tools(tools: &[CargoTool]) -> Result<Vec<PathBuf>> {
    let build = cache()?.join("build");
    let mut folders = Vec::new();
    let mut installed = false;
    for tool in tools {
        let found = tool.find()?;
        installed |= found.is_none();
        folders.push(found.map_or_else(|| tool.install(&build), Ok)?);
    }
    if installed && build.is_dir() {
        fs::remove_dir_all(&build).map_err(about(&build))?;
    }
    Ok(folders)
}

/// A program that comes as an npm package, and that the build can do without.
struct NpmTool {
    package: &'static str,
    program: &'static str,
    version: &'static str,
    /// How the program itself spells the version.
    says: &'static str,
}

impl NpmTool {
    fn find(&self) -> Option<Found> {
        if let Some(path) = on_path(self.program) {
            let version = answer(&path.to_string_lossy(), &["--version"]).unwrap_or_default();
            if says(&version, self.says) {
                return Some(Found::Program(path));
            }
        }
        match self.installed() {
            Ok(script) => Some(Found::Script(script)),
            Err(reason) => {
                println!("    going on without {}: {reason}", self.program);
                None
            }
        }
    }

    fn installed(&self) -> Result<PathBuf> {
        let home = cache()?
            .join("tools")
            .join(format!("{}-{}", self.package, self.version));
        let script = home
            .join("node_modules")
            .join(self.package)
            .join("bin")
            .join(self.program);
        if script.is_file() {
            return Ok(script);
        }
        let npm = on_path("npm").ok_or("there is no npm")?;
        let package = format!("{}@{}", self.package, self.version);
        step(&format!("installing {package} into {}", home.display()), || {
            fs::create_dir_all(&home).map_err(about(&home))?;
            let quiet = [
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--no-save",
                "--loglevel=error",
            ];
            succeed(
                program(npm)
                    .arg("install")
                    .arg("--prefix")
                    .arg(&home)
                    .args(quiet)
                    .arg(package),
            )
        })?;
        Ok(script)
    }
}

fn wasm_target() -> Result<()> {
    let folder = answer("rustc", &["--print", "target-libdir", "--target", WASM_TARGET]);
    if folder.is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    if on_path("rustup").is_none() {
        return Err(format!(
            "Rust's {WASM_TARGET} target is missing, and rustup, which would install it, too"
        ));
    }
    step(&format!("installing Rust's {WASM_TARGET} target"), || {
        succeed(program("rustup").args(["target", "add", WASM_TARGET]))
    })
}

/// A part of Rust: there when the program answers.
pub fn component(name: &str, proof: &str) -> Result<()> {
    if answer(proof, &["--version"]).is_some() {
        return Ok(());
    }
    step(&format!("installing Rust's {name}"), || {
        succeed(program("rustup").args(["component", "add", name]))
    })
}

/// wasm-bindgen's program and crate must be of one version; Cargo.lock says which.
fn wasm_bindgen_version() -> Result<String> {
    let path = root().join("Cargo.lock");
    let lock = fs::read_to_string(&path).map_err(about(&path))?;
    locked_version(&lock, "wasm-bindgen").ok_or_else(|| format!("{} names no wasm-bindgen", path.display()))
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    after.split_once('"').map(|(version, _)| version.to_owned())
}

fn says(answer: &str, version: &str) -> bool {
    answer.split_whitespace().any(|word| word == version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_gives_the_version_of_exactly_this_package() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n\n\
            [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.9\"\nsource = \"x\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.9"));
        assert_eq!(locked_version(lock, "bindgen"), None);
    }

    #[test]
    fn another_version_is_not_the_right_one() {
        assert!(says("wasm-opt version 132 (version_132)", "132"));
        assert!(!says("trunk 0.21.140", "0.21.14"));
    }
}
