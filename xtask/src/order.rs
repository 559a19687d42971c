//! The functions of the wasm in an order that compresses better: alike ones stand side by side.
//!
//! Where a function stands changes nothing for those who run it. Of 349 kB of wasm this spares 2.5 kB of brotli.

use crate::Result;
use std::convert::Infallible;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{BinaryReaderError, CodeSectionReader, FunctionSectionReader, Parser, Payload, TypeRef};

/// The module with its own functions sorted by their type, those of one type by their locals and code.
pub fn sorted(module: &[u8]) -> Result<Vec<u8>> {
    let refused = |error: &dyn std::fmt::Display| format!("the wasm file: {error}");
    let mut order = Order::of(module).map_err(|error| refused(&error))?;
    let mut sorted = Module::new();
    order
        .parse_core_module(&mut sorted, Parser::new(0), module)
        .map_err(|error| refused(&error))?;
    Ok(sorted.finish())
}

struct Order {
    imported: u32,
    /// The module's own functions in their new order, by their old places.
    old: Vec<usize>,
    /// The same turned round: the new places.
    new: Vec<u32>,
}

impl Order {
    fn of(module: &[u8]) -> std::result::Result<Self, BinaryReaderError> {
        let (mut imported, mut types, mut bodies) = (0, Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(section) => {
                    types = section.into_iter().collect::<std::result::Result<Vec<_>, _>>()?;
                }
                Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
                _ => {}
            }
        }
        let mut functions: Vec<_> = types.into_iter().zip(bodies).zip(0_usize..).collect();
        functions.sort_unstable();
        let old: Vec<usize> = functions.into_iter().map(|(_, place)| place).collect();
        let mut turned: Vec<(usize, u32)> = old.iter().copied().zip(0..).collect();
        turned.sort_unstable();
        let new = turned.into_iter().map(|(_, place)| place).collect();
        Ok(Self { imported, old, new })
    }

    /// What the module held in the old order, in the new one.
    fn arranged<T>(&self, all: &[T]) -> impl Iterator<Item = T>
    where
        T: Clone,
    {
        self.old.iter().filter_map(|&place| all.get(place).cloned())
    }
}

impl Reencode for Order {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> std::result::Result<u32, Error<Infallible>> {
        let own = function
            .checked_sub(self.imported)
            .and_then(|own| self.new.get(usize::try_from(own).ok()?));
        Ok(own.map_or(function, |new| self.imported + new))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> std::result::Result<(), Error<Infallible>> {
        let types: Vec<u32> = section.into_iter().collect::<std::result::Result<_, _>>()?;
        for kind in self.arranged(&types) {
            functions.function(kind);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> std::result::Result<(), Error<Infallible>> {
        let bodies: Vec<_> = section.into_iter().collect::<std::result::Result<_, _>>()?;
        let bodies: Vec<_> = self.arranged(&bodies).collect();
        for body in bodies {
            utils::parse_function_body(self, code, body)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One imported function; `f` (type 1) calls `h`, `g` (type 0) calls the import, `h` (type 1) calls `g`; `f` is exported.
    const MODULE: &[u8] = &[
        0, b'a', b's', b'm', 1, 0, 0, 0, // header
        1, 8, 2, 0x60, 0, 0, 0x60, 0, 1, 0x7f, // types: () and () -> i32
        2, 7, 1, 1, b'a', 1, b'b', 0, 0, // function 0
        3, 4, 3, 1, 0, 1, // functions 1, 2, 3
        7, 5, 1, 1, b'f', 0, 1, // export
        10, 19, 3, 4, 0, 0x10, 3, 0x0b, 4, 0, 0x10, 0, 0x0b, 7, 0, 0x10, 2, 0x41, 7, 0x0f, 0x0b,
    ];

    #[test]
    fn functions_are_sorted_and_called_at_their_new_places() {
        let sorted = sorted(MODULE).unwrap();
        let code = [
            10, 19, 3, 4, 0, 0x10, 0, 0x0b, 7, 0, 0x10, 1, 0x41, 7, 0x0f, 0x0b, 4, 0, 0x10, 2, 0x0b,
        ];
        assert!(sorted.ends_with(&code), "{sorted:?}");
        for part in [&[3, 4, 3, 0, 1, 1][..], &[7, 5, 1, 1, b'f', 0, 3]] {
            assert!(sorted.windows(part.len()).any(|own| own == part), "{sorted:?}");
        }
    }

    #[test]
    fn what_is_sorted_stays_and_what_is_no_module_is_refused() {
        let once = sorted(MODULE).unwrap();
        assert_eq!(once.len(), MODULE.len());
        assert!(sorted(&MODULE[..MODULE.len() - 3]).is_err());
    }
}
