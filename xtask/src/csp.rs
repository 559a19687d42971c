//! `csp`: the exact policy lines of a set-up, for the site and for the host of the widget's files.

use crate::Result;

/// The command.
pub fn command(words: &[&str]) -> Result<bool> {
    let (mut widget, mut base, mut site, mut is_inside) = (None, None, None, false);
    for pair in words.chunks(2) {
        let (name, place) = match pair.first() {
            Some(&"--mode") => {
                is_inside = match pair.get(1) {
                    Some(&"frame") => false,
                    Some(&"shadow") => true,
                    _ => return Err("--mode is frame or shadow".to_owned()),
                };
                continue;
            }
            Some(&"--widget") => ("--widget", &mut widget),
            Some(&"--base") => ("--base", &mut base),
            Some(&"--site") => ("--site", &mut site),
            word => return Err(format!("csp knows no `{}`", word.unwrap_or(&""))),
        };
        let url = pair.get(1).ok_or_else(|| format!("{name} needs an address"))?;
        *place = Some(origin(url).map_err(|reason| format!("{name}: {reason}"))?);
    }
    let missing = |name: &str| {
        format!(
            "{name} is missing: cargo xtask csp --widget URL --base URL [--site URL] [--mode frame|shadow]"
        )
    };
    let widget = widget.ok_or_else(|| missing("--widget"))?;
    let base = base.ok_or_else(|| missing("--base"))?;
    let lines = if is_inside { lines_inside } else { lines };
    print!("{}", lines(&widget, &base, site.as_deref()));
    Ok(true)
}

/// The same for a chat inside the page, which is under the page's policy altogether.
fn lines_inside(widget: &str, base: &str, site: Option<&str>) -> String {
    let socket = base.replacen("http", "ws", 1);
    let who = site.unwrap_or("the website");
    format!(
        "{who}, with every page (add to the policy that is there; pictures of other hosts need these, too):\n\
         Content-Security-Policy: script-src {widget} 'wasm-unsafe-eval'; connect-src {widget} {base} {socket}; \
         img-src {base} {widget} data: blob:; media-src {base} blob:\n\
         \n\
         {widget}, with every file:\n\
         Access-Control-Allow-Origin: {}\n\
         Cross-Origin-Resource-Policy: cross-origin\n",
        site.unwrap_or("*")
    )
}

/// What to send from where; all of them origins.
fn lines(widget: &str, base: &str, site: Option<&str>) -> String {
    let socket = base.replacen("http", "ws", 1);
    let who = site.unwrap_or("the website");
    // Without a list of sites any may frame the chat; a policy that says nothing allows that, too.
    let ancestors = site.map_or(String::new(), |site| format!("; frame-ancestors {site}"));
    format!(
        "{who}, with every page (add to the policy that is there):\n\
         Content-Security-Policy: script-src {widget}; frame-src {widget}\n\
         \n\
         {widget}, with index.html:\n\
         Content-Security-Policy: connect-src 'self' {base} {socket}{ancestors}\n\
         \n\
         {widget}, with every file, where a website is cross-origin isolated:\n\
         Cross-Origin-Embedder-Policy: require-corp\n\
         Cross-Origin-Resource-Policy: cross-origin\n"
    )
}

/// Scheme, host and port of an address: a policy with a path would forbid what lies beside it.
fn origin(url: &str) -> Result<String> {
    let (scheme, rest) = ["https://", "http://"]
        .iter()
        .find_map(|scheme| Some((*scheme, url.strip_prefix(scheme)?)))
        .ok_or_else(|| format!("`{url}` does not begin with https:// or http://"))?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_host = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    if host.is_empty() || !host.chars().all(is_host) {
        return Err(format!("`{url}` has no host that a policy could name"));
    }
    Ok(format!("{scheme}{}", host.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_origin_of_an_address_is_named() {
        assert_eq!(
            origin("https://Chat.example.com:8443/widget/?a#b"),
            Ok("https://chat.example.com:8443".to_owned())
        );
        assert_eq!(
            origin("http://127.0.0.1:3000"),
            Ok("http://127.0.0.1:3000".to_owned())
        );
        for wrong in [
            "chat.example.com",
            "ftp://a",
            "https://",
            "https:///x",
            "https://a;b",
            "https://me@a",
            "https://a b",
        ] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_lines_name_each_origin_where_it_belongs() {
        let text = lines(
            "https://chat.example.com",
            "https://api.example.com",
            Some("https://www.example.com"),
        );
        for line in [
            "\nContent-Security-Policy: script-src https://chat.example.com; frame-src https://chat.example.com\n",
            "\nContent-Security-Policy: connect-src 'self' https://api.example.com wss://api.example.com; frame-ancestors https://www.example.com\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
        let open = lines("http://chat.localhost", "http://127.0.0.1:3000", None);
        assert!(
            open.contains("ws://127.0.0.1:3000\n") && !open.contains("frame-ancestors"),
            "{open}"
        );
    }

    #[test]
    fn inside_a_page_everything_is_under_its_policy() {
        let text = lines_inside(
            "https://chat.example.com",
            "https://api.example.com",
            Some("https://www.example.com"),
        );
        for line in [
            "\nContent-Security-Policy: script-src https://chat.example.com 'wasm-unsafe-eval'; connect-src https://chat.example.com https://api.example.com wss://api.example.com; img-src https://api.example.com https://chat.example.com data: blob:; media-src https://api.example.com blob:\n",
            "\nAccess-Control-Allow-Origin: https://www.example.com\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
        assert!(lines_inside("https://a.example", "https://b.example", None).contains("Allow-Origin: *\n"));
        assert!(
            command(&["--mode", "other"])
                .unwrap_err()
                .contains("frame or shadow")
        );
    }

    #[test]
    fn a_missing_or_unknown_word_is_told() {
        assert!(
            command(&["--widget", "https://a.example"])
                .unwrap_err()
                .contains("--base")
        );
        assert!(command(&["--widget"]).unwrap_err().contains("needs an address"));
        assert!(command(&["--what", "x"]).unwrap_err().contains("--what"));
    }
}
