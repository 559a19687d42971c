//! The widget's own files beside `index.html`: the configuration and the languages.

/// What a server answers for a file that is not there.
pub const ABSENT: u16 = 404;

/// Who waits for a file. In a box: the way there is compiled once.
pub type Done = Box<dyn FnOnce(Result<String, u16>)>;

/// Fetches a file named relative to the page and hands over its text, or the status that it got instead: 0 without an
/// answer.
pub fn read(name: &str, done: Done) {
    let request = web_sys::Request::new_with_str(name);
    super::spawn(async move {
        done(match request {
            Ok(request) => text(request).await,
            Err(_) => Err(ABSENT),
        });
    });
}

async fn text(request: web_sys::Request) -> Result<String, u16> {
    let sent = gloo_net::http::Request::from(request).send().await;
    let response = sent.map_err(|_| 0_u16)?;
    if !response.ok() {
        return Err(response.status());
    }
    let text = response.text().await.map_err(|_| 0_u16)?;
    // Some static hosts answer every address with a page.
    if text.trim_start().starts_with('<') {
        return Err(ABSENT);
    }
    Ok(text)
}
