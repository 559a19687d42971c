//! Making the wasm smaller: binaryen's optimiser, short names, and leaving out what only debuggers read.

use crate::Result;
use crate::glue::{self, Names};
use crate::lean;
use crate::run::{about, printed};
use crate::tools::Tools;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What every browser with reference types (Safari 15.4, Chrome 96, Firefox 79) understands, and rustc emits unasked.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// How the optimiser is told to work; what is smallest when compressed was measured. Tiny functions are worth more in
/// their callers' place than a call, and the blocks and loops are built anew from the flow.
const PASSES: [&str; 9] = [
    "--always-inline-max-function-size=5",
    "--one-caller-inline-max-function-size=20",
    "-Oz",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--coalesce-locals-learning",
    "--reorder-locals",
];

/// Makes the wasm and its glue smaller in place; says so and leaves them alone where there is no binaryen.
pub fn optimise(wasm: &Path, glue: &Path, tools: &Tools) -> Result<()> {
    let (Some(mut dead_code), Some(mut optimise), Some(mut rename)) =
        (tools.wasm_metadce(), tools.wasm_opt(), tools.wasm_opt())
    else {
        println!("    no binaryen (it comes with npm): the wasm stays larger than it could be");
        return Ok(());
    };
    let text = fs::read_to_string(glue).map_err(about(glue))?;
    let text = lean::lean(&glue::without_classes(&text)?)?;
    let graph = wasm.with_extension("reached.json");
    fs::write(&graph, glue::reached(&text)).map_err(about(&graph))?;
    dead_code.arg("--graph-file").arg(&graph);
    rewritten(&mut dead_code, wasm)?;
    fs::remove_file(&graph).map_err(about(&graph))?;
    rewritten(optimise.args(PASSES), wasm)?;
    // Once more from the written file: the second choice of locals compresses better by a quarter of a kilobyte.
    rename.args([
        "--coalesce-locals-learning",
        "--reorder-locals",
        "--minify-imports-and-exports-and-modules",
    ]);
    let names = rewritten(&mut rename, wasm)?;
    let text = glue::renamed(&text, &Names::read(&names)?)?;
    fs::write(glue, text).map_err(about(glue))
}

/// Runs one of binaryen's programs on the file in place; what it printed.
fn rewritten(program: &mut Command, file: &Path) -> Result<String> {
    let smaller = file.with_extension("smaller");
    let said = printed(program.args(FEATURES).arg(file).arg("-o").arg(&smaller))?;
    fs::rename(&smaller, file).map_err(about(file))?;
    Ok(said)
}

/// The module without its custom sections (names, producers): nothing of them is read when it runs.
pub fn without_custom_sections(module: &[u8]) -> Result<Vec<u8>> {
    let (header, mut rest) = module
        .split_at_checked(8)
        .ok_or("the wasm file is shorter than its header")?;
    let mut kept = header.to_vec();
    while let Some((&id, after_id)) = rest.split_first() {
        let (length, after_length) = leb128(after_id).ok_or("a section of the wasm file has no length")?;
        let (_, next) = after_length
            .split_at_checked(length)
            .ok_or("the wasm file ends inside a section")?;
        let (section, _) = rest.split_at(rest.len() - next.len());
        if id != 0 {
            kept.extend_from_slice(section);
        }
        rest = next;
    }
    Ok(kept)
}

/// An unsigned LEB128 number and what follows it.
fn leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_usize;
    let mut rest = bytes;
    for shift in (0..35).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        value |= usize::from(byte & 0x7f).checked_shl(shift)?;
        rest = after;
        if byte & 0x80 == 0 {
            return Some((value, rest));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn custom_sections_go_and_the_others_stay() {
        let long = [&[1, 0x80, 0x01][..], &[7; 128]].concat();
        let module = [HEADER, &[0, 3, 1, b'x', 9], &long, &[0, 0], &[3, 1, 5]].concat();
        let kept = without_custom_sections(&module).unwrap();
        assert_eq!(kept, [HEADER, &long, &[3, 1, 5]].concat());
    }

    #[test]
    fn a_broken_module_is_an_error() {
        for broken in [
            &HEADER[..4],
            &[HEADER, &[1, 5, 0]].concat(),
            &[HEADER, &[1, 0x80]].concat(),
        ] {
            assert!(without_custom_sections(broken).is_err(), "{broken:?}");
        }
    }
}
