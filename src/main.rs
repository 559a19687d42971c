//! The hosted page.
fn main() {}
