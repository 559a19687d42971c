//! Every state of the panel side by side, to be looked at: `stories.html` shows them, built by `stories.mjs`.

#[cfg(target_arch = "wasm32")]
mod eg;
#[cfg(target_arch = "wasm32")]
mod scenes;

#[cfg(target_arch = "wasm32")]
fn main() {
    stories::show();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {}

#[cfg(target_arch = "wasm32")]
mod stories {
    use std::cell::RefCell;

    use confab::ui::{Look, Mode};
    use confab_session::View;
    use wasm_bindgen::JsCast;
    use web_sys::HtmlElement;

    use super::eg::{Stage, look, view};
    use super::scenes::{away, dark, home, kinds, right_to_left, states, talk, trouble};

    thread_local! {
        static STAGES: RefCell<Vec<Stage>> = const { RefCell::new(Vec::new()) };
    }

    /// Mounts a story into every element that names one in `data-story`.
    pub fn show() {
        let Some(document) = web_sys::window().and_then(|window| window.document()) else {
            return;
        };
        // Mounting gives the place its class.
        while let Ok(Some(place)) = document.query_selector("[data-story]:not(.cf)") {
            let Ok(place) = place.dyn_into::<HtmlElement>() else {
                return;
            };
            let (look, view) = story(&place.get_attribute("data-story").unwrap_or_default());
            STAGES.with_borrow_mut(|stages| stages.push(Stage::set(place, look, view)));
        }
    }

    fn story(name: &str) -> (Look, View) {
        match name {
            "home" => home(),
            "talk" => talk(),
            "dark" => dark(),
            "rtl" => right_to_left(),
            "kinds" => kinds(),
            "trouble" => trouble(),
            "away" => away(),
            "states" => states(),
            _ => (look(Mode::Page), view(Vec::new())),
        }
    }
}
