//! The widget's own files beside `index.html`: the configuration and the languages.

/// Fetches a file named relative to the page and hands over its text, or nothing when it is not there.
pub fn read(name: &str, done: impl FnOnce(Option<String>) + 'static) {
    let request = web_sys::Request::new_with_str(name);
    super::spawn(async move {
        done(match request {
            Ok(request) => text(request).await,
            Err(_) => None,
        });
    });
}

async fn text(request: web_sys::Request) -> Option<String> {
    let response = gloo_net::http::Request::from(request).send().await.ok()?;
    let text = if response.ok() {
        response.text().await.ok()?
    } else {
        return None;
    };
    // Some static hosts answer every address with a page.
    (!text.trim_start().starts_with('<')).then_some(text)
}
