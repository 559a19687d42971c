//! The hosted page, and the frame that the script tag opens: `index.html` starts this.

fn main() {
    #[cfg(target_arch = "wasm32")]
    confab::embed::boot();
}
