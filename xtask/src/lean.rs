//! The glue of wasm-bindgen without its care for browsers and callers that the widget does not have.
//!
//! Every browser that runs the wasm (`wasm.rs` names them) has `encodeInto` and `FinalizationRegistry`; two gigabytes of
//! texts, after which an old Safari's decoder fails, no chat decodes; and the one caller gives an object with an address.

use crate::Result;

/// How it begins and ends, both as whole lines of the glue, and what takes its place.
const PARTS: [(&str, &str, &str); 6] = [
    ("    if (realloc === undefined) {", "    }", ""),
    (
        "const CLOSURE_DTORS = (typeof FinalizationRegistry === 'undefined')",
        "    : new FinalizationRegistry(state => wasm.__wbindgen_destroy_closure(state.a, state.b));",
        "const CLOSURE_DTORS = new FinalizationRegistry(state => wasm.__wbindgen_destroy_closure(state.a, state.b));\n",
    ),
    (
        "function getDataViewMemory0() {",
        "}",
        "function getDataViewMemory0() {
    if (cachedDataViewMemory0?.buffer !== wasm.memory.buffer) cachedDataViewMemory0 = new DataView(wasm.memory.buffer);
    return cachedDataViewMemory0;
}
",
    ),
    (
        "cachedTextDecoder.decode();",
        "}",
        "function decodeText(bytes) {
    return cachedTextDecoder.decode(bytes);
}
",
    ),
    ("if (!('encodeInto' in cachedTextEncoder)) {", "}", ""),
    (
        "function __wbg_finalize_init(instance, module) {",
        "export { __wbg_init as default };",
        // A host that does not know what wasm is may send it under another name, which streaming refuses.
        "export default async ({ module_or_path }) => {
    const response = await fetch(module_or_path);
    if (!response.ok) throw new Error(`${response.status} ${module_or_path}`);
    const imports = __wbg_get_imports();
    const { instance } = await (response.headers.get('content-type') === 'application/wasm'
        ? WebAssembly.instantiateStreaming(response, imports)
        : WebAssembly.instantiate(await response.arrayBuffer(), imports));
    wasm = instance.exports;
    wasm.__wbindgen_start();
};
",
    ),
];

/// What stands there any number of times, and what takes its place: the classes and the window are there.
const WORDS: [(&str, &str); 6] = [
    (
        "let result;
            try {
                result = ",
        "return ",
    ),
    (
        ";
            } catch (_) {
                result = false;
            }
            const ret = result;
            return ret;",
        ";",
    ),
    (
        "typeof globalThis === 'undefined' ? undefined : globalThis",
        "globalThis",
    ),
    ("typeof global === 'undefined' ? undefined : global", "globalThis"),
    ("typeof self === 'undefined' ? undefined : self", "globalThis"),
    ("typeof window === 'undefined' ? undefined : window", "globalThis"),
];

/// The glue with all of [`PARTS`] and [`WORDS`] replaced; one that has the parts no longer is refused.
pub fn lean(glue: &str) -> Result<String> {
    let mut glue = glue.to_owned();
    for (begin, end, new) in PARTS {
        let lost = || format!("the glue has no `{begin}` as lean.rs knows it");
        let from = place_of(&glue, begin).ok_or_else(lost)?;
        let rest = glue.get(from..).unwrap_or_default();
        let length = place_of(rest, end).ok_or_else(lost)? + end.len();
        glue.replace_range(from..(from + length + 1).min(glue.len()), new);
    }
    for (old, new) in WORDS {
        glue = glue.replace(old, new);
    }
    Ok(glue)
}

/// Where a whole line begins.
fn place_of(text: &str, line: &str) -> Option<usize> {
    let mut at = 0;
    text.split_inclusive('\n').find_map(|own| {
        let here = at;
        at += own.len();
        (own.trim_end_matches('\n') == line).then_some(here)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_replaced_and_what_stands_between_stays() {
        let glue: String = PARTS
            .iter()
            .map(|(begin, end, _)| [begin, "\n    old();\n", end, "\nkept();\n"].concat())
            .collect();
        let new = lean(&(glue + "const ret = typeof self === 'undefined' ? undefined : self;")).unwrap();
        assert!(new.ends_with("const ret = globalThis;"), "{new}");
        assert_eq!(new.matches("kept();\n").count(), PARTS.len());
        assert!(!new.contains("old();"), "{new}");
        assert!(new.contains("export default async") && new.contains("wasm.__wbindgen_start();"));
    }

    #[test]
    fn a_glue_that_changed_is_refused() {
        assert!(lean("nothing of it\n").unwrap_err().contains("realloc"));
    }
}
