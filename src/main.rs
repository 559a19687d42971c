//! The program that `index.html` and the chat in foreign pages load. It does nothing by itself: `confab::embed::boot` is what
//! it exports.

fn main() {
    // Nothing else of the library is named here, and what is not named is not linked.
    #[cfg(target_arch = "wasm32")]
    let _ = confab::embed::boot::page;
}
