//! `csp`: the exact policy lines of a set-up, for the site and for the host of the widget's files.

use crate::Result;

/// How the command is called.
const USAGE: &str =
    "cargo xtask csp --widget URL --base URL [--cable URL] [--site URL]... [--mode frame|shadow]";

/// Who is involved; all of them origins.
#[derive(Debug, Default)]
struct Setup {
    widget: String,
    base: String,
    /// Where the WebSocket is.
    socket: String,
    sites: Vec<String>,
    is_inside: bool,
}

/// The command.
pub fn command(words: &[&str]) -> Result<bool> {
    print!("{}", printed(words)?);
    Ok(true)
}

/// What the command prints for these words.
fn printed(words: &[&str]) -> Result<String> {
    let setup = read(words)?;
    let lines = if setup.is_inside { lines_inside } else { lines };
    Ok(lines(&setup))
}

fn read(words: &[&str]) -> Result<Setup> {
    let (mut widget, mut base, mut cable, mut mode) = (None, None, None, None);
    let mut sites = Vec::new();
    for pair in words.chunks(2) {
        let name = pair.first().copied().unwrap_or_default();
        let mut site = None;
        let place = match name {
            "--mode" => &mut mode,
            "--widget" => &mut widget,
            "--base" => &mut base,
            "--cable" => &mut cable,
            "--site" => &mut site,
            word => return Err(format!("csp knows no `{word}`: {USAGE}")),
        };
        let value = match (name, pair.get(1)) {
            ("--mode", Some(&word @ ("frame" | "shadow"))) => Ok(word.to_owned()),
            ("--mode", _) => return Err("--mode is frame or shadow".to_owned()),
            (_, None) => return Err(format!("{name} needs an address: {USAGE}")),
            ("--cable", Some(url)) => origin(url, &["wss://", "ws://"]),
            (_, Some(url)) => origin(url, &["https://", "http://"]),
        };
        let value = value.map_err(|reason| format!("{name}: {reason}"))?;
        if place.replace(value).is_some() {
            return Err(format!("{name} is given twice; only --site may be: {USAGE}"));
        }
        sites.extend(site);
    }
    let missing = |name: &str| format!("{name} is missing: {USAGE}");
    let widget = widget.ok_or_else(|| missing("--widget"))?;
    let base = base.ok_or_else(|| missing("--base"))?;
    Ok(Setup {
        widget,
        socket: cable.unwrap_or_else(|| base.replacen("http", "ws", 1)),
        base,
        sites,
        is_inside: mode.as_deref() == Some("shadow"),
    })
}

impl Setup {
    /// Those who send the first lines.
    fn who(&self) -> String {
        if self.sites.is_empty() {
            return "the website".to_owned();
        }
        self.sites.join(" and ")
    }
}

/// The same for a chat inside the page, which is under the page's policy altogether.
fn lines_inside(setup: &Setup) -> String {
    let Setup {
        widget, base, socket, ..
    } = setup;
    let who = setup.who();
    // The header names one origin or all: the files are the same for everybody.
    let readers = match &setup.sites[..] {
        [site] => site,
        _ => "*",
    };
    format!(
        "{who}, with every page (add to the policy that is there; pictures of other hosts need these, too):\n\
         Content-Security-Policy: script-src {widget} 'wasm-unsafe-eval'; connect-src {widget} {base} {socket}; \
         img-src {base} {widget} data: blob:; media-src {base} blob:\n\
         \n\
         {widget}, with every file:\n\
         Access-Control-Allow-Origin: {readers}\n\
         Cross-Origin-Resource-Policy: cross-origin\n",
    )
}

/// What to send from where.
fn lines(setup: &Setup) -> String {
    let Setup {
        widget, base, socket, ..
    } = setup;
    let who = setup.who();
    // Without a list of sites any may frame the chat; a policy that says nothing allows that, too.
    let ancestors = if setup.sites.is_empty() {
        String::new()
    } else {
        format!("; frame-ancestors {}", setup.sites.join(" "))
    };
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
fn origin(url: &str, schemes: &[&str]) -> Result<String> {
    let (scheme, rest) = schemes
        .iter()
        .find_map(|scheme| Some((*scheme, url.strip_prefix(scheme)?)))
        .ok_or_else(|| format!("`{url}` does not begin with {}", schemes.join(" or ")))?;
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

    const WEB: &[&str] = &["https://", "http://"];

    #[test]
    fn only_the_origin_of_an_address_is_named() {
        assert_eq!(
            origin("https://Chat.example.com:8443/widget/?a#b", WEB),
            Ok("https://chat.example.com:8443".to_owned())
        );
        assert_eq!(
            origin("http://127.0.0.1:3000", WEB),
            Ok("http://127.0.0.1:3000".to_owned())
        );
        for wrong in [
            "chat.example.com",
            "ftp://a",
            "wss://a",
            "https://",
            "https:///x",
            "https://a;b",
            "https://me@a",
            "https://a b",
        ] {
            assert!(origin(wrong, WEB).is_err(), "{wrong}");
        }
    }

    fn printed_for(words: &str) -> String {
        printed(&words.split(' ').collect::<Vec<_>>()).unwrap()
    }

    const BOTH: &str = "--widget https://chat.example.com --base https://api.example.com/desk/";

    #[test]
    fn the_lines_name_each_origin_where_it_belongs() {
        let text = printed_for(&format!(
            "{BOTH} --site https://www.example.com/shop --mode frame"
        ));
        for line in [
            "https://www.example.com, with every page",
            "\nContent-Security-Policy: script-src https://chat.example.com; frame-src https://chat.example.com\n",
            "\nContent-Security-Policy: connect-src 'self' https://api.example.com wss://api.example.com; frame-ancestors https://www.example.com\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
        let open = printed_for("--widget http://chat.localhost --base http://127.0.0.1:3000");
        assert!(
            open.contains("ws://127.0.0.1:3000\n") && !open.contains("frame-ancestors"),
            "{open}"
        );
    }

    #[test]
    fn several_sites_and_a_socket_elsewhere_are_named_each() {
        let more = format!(
            "{BOTH} --cable wss://live.example.com/cable --site https://a.example --site https://b.example"
        );
        let text = printed_for(&more);
        for line in [
            "https://a.example and https://b.example, with every page",
            " https://api.example.com wss://live.example.com; frame-ancestors https://a.example https://b.example\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
        let inside = printed_for(&format!("{more} --mode shadow"));
        for line in [
            "connect-src https://chat.example.com https://api.example.com wss://live.example.com;",
            "\nAccess-Control-Allow-Origin: *\n",
        ] {
            assert!(inside.contains(line), "{inside}");
        }
    }

    #[test]
    fn inside_a_page_everything_is_under_its_policy() {
        let text = printed_for(&format!("--mode shadow {BOTH} --site https://www.example.com"));
        for line in [
            "\nContent-Security-Policy: script-src https://chat.example.com 'wasm-unsafe-eval'; connect-src https://chat.example.com https://api.example.com wss://api.example.com; img-src https://api.example.com https://chat.example.com data: blob:; media-src https://api.example.com blob:\n",
            "\nAccess-Control-Allow-Origin: https://www.example.com\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
        assert!(printed_for(&format!("{BOTH} --mode shadow")).contains("Allow-Origin: *\n"));
    }

    #[test]
    fn a_missing_doubled_or_unknown_word_is_told() {
        for (words, told) in [
            ("--widget https://a.example", "--base is missing"),
            ("--widget", "--widget needs an address"),
            ("--what x", "knows no `--what`"),
            ("--mode other", "frame or shadow"),
            ("--mode frame --mode shadow", "--mode is given twice"),
            (
                "--widget https://a.example --widget https://b.example",
                "--widget is given twice",
            ),
            (
                "--base ftp://a",
                "--base: `ftp://a` does not begin with https:// or http://",
            ),
            (
                "--cable https://a.example",
                "--cable: `https://a.example` does not begin with wss:// or ws://",
            ),
        ] {
            let error = printed(&words.split(' ').collect::<Vec<_>>()).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
