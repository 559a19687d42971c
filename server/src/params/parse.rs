//! From bytes to the parameter tree: JSON, urlencoded and multipart bodies, query strings, percent escapes.

use bytes::Bytes;
use serde_json::Value;

use super::{Param, Params};
use crate::error::ApiError;

/// A request's body with what its header says it is.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// All of it.
    pub bytes: Bytes,
}

/// Reads query and body into one tree, the query winning. A body of a type that is not known is left unread.
pub fn read(query: &str, body: &Body) -> Result<Params, ApiError> {
    let kind = body.content_type.as_deref().unwrap_or_default();
    let media = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let params = match media.as_str() {
        "application/json" | "application/vnd.api+json" => json(&body.bytes)?,
        "application/x-www-form-urlencoded" => urlencoded(&body.bytes)?,
        _ => Params::default(),
    };
    with_query(params, query)
}

/// What a body said, with the query winning over it.
pub fn with_query(params: Params, query: &str) -> Result<Params, ApiError> {
    let mut params = params;
    params.merge(urlencoded(query.as_bytes())?);
    Ok(params)
}

/// Text with its percent escapes replaced. None: an escape that is none.
pub fn percent_decode(text: &[u8], plus_is_blank: bool) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let high = char::from(rest.next()?).to_digit(16)?;
                let low = char::from(rest.next()?).to_digit(16)?;
                out.push(u8::try_from(high * 16 + low).ok()?);
            }
            b'+' if plus_is_blank => out.push(b' '),
            other => out.push(other),
        }
    }
    Some(out)
}

/// An object gives its members; an array or a bare value is accepted and ignored.
fn json(bytes: &[u8]) -> Result<Params, ApiError> {
    if bytes.is_empty() {
        return Ok(Params::default());
    }
    if values(bytes) > MOST_VALUES {
        return Err(ApiError::BadRequest);
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(map)) => Ok(Params::from(map)),
        Ok(_) => Ok(Params::default()),
        Err(_) => Err(ApiError::BadRequest),
    }
}

/// More values than any request needs. Each takes fifty times the memory of the two bytes that it is written with.
const MOST_VALUES: usize = 200_000;

/// About how many values a JSON text has: what stands outside of strings begins one.
fn values(bytes: &[u8]) -> usize {
    let (mut values, mut quoted, mut escaped) = (0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' | b'[' | b'{' if !quoted => values += 1,
            _ => {}
        }
    }
    values
}

/// As many names and values as Rack takes of a query or a form.
const MOST_PAIRS: usize = 4096;

fn urlencoded(bytes: &[u8]) -> Result<Params, ApiError> {
    let decode = |part: &[u8]| {
        // Rack refuses a query or form with a broken escape as a whole.
        let decoded = percent_decode(part, true).ok_or(ApiError::BadRequest)?;
        String::from_utf8(decoded).map_err(|_| ApiError::BadRequest)
    };
    let mut params = Params::default();
    let pairs = bytes.split(|&b| b == b'&').filter(|pair| !pair.is_empty());
    for (before, pair) in pairs.enumerate() {
        if before == MOST_PAIRS {
            return Err(ApiError::BadRequest);
        }
        let mut halves = pair.splitn(2, |&b| b == b'=');
        let name = decode(halves.next().unwrap_or_default())?;
        let value = halves
            .next()
            .map(decode)
            .transpose()?
            .map_or(Param::Null, Param::Text);
        insert(&mut params, &name, value)?;
    }
    Ok(params)
}

/// See [`Params::insert`].
pub fn insert(params: &mut Params, name: &str, value: Param) -> Result<(), ApiError> {
    const DEEPEST: usize = 32;
    let (root, mut rest) = match name.find('[') {
        Some(0) | None => (name, ""),
        Some(at) => name.split_at(at),
    };
    let mut path = Vec::new();
    while let Some(inner) = rest.strip_prefix('[') {
        let Some(end) = inner.find(']') else { break };
        let (key, after) = inner.split_at(end);
        path.push(key);
        rest = after.get(1..).unwrap_or_default();
    }
    if path.len() > DEEPEST {
        return Err(ApiError::BadRequest);
    }
    let slot = params.entry(root).ok_or(ApiError::BadRequest)?;
    put(slot, &path, value)
}

fn put(slot: &mut Param, path: &[&str], value: Param) -> Result<(), ApiError> {
    let Some((&key, rest)) = path.split_first() else {
        *slot = value;
        return Ok(());
    };
    if key.is_empty() {
        if *slot == Param::Null {
            *slot = Param::List(Vec::new());
        }
        let Param::List(list) = slot else {
            return Err(ApiError::BadRequest);
        };
        // `a[][x]=1&a[][y]=2` is one element until a key comes a second time.
        let open = match (rest.first(), list.last()) {
            (Some(next), Some(Param::Tree(newest))) => newest.get(next).is_none(),
            _ => false,
        };
        if !open {
            list.push(Param::Null);
        }
        let element = list.last_mut().ok_or(ApiError::BadRequest)?;
        return put(element, rest, value);
    }
    if *slot == Param::Null {
        *slot = Param::Tree(Params::default());
    }
    let Param::Tree(tree) = slot else {
        return Err(ApiError::BadRequest);
    };
    put(tree.entry(key).ok_or(ApiError::BadRequest)?, rest, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(kind: &str, text: &str) -> Body {
        Body {
            content_type: Some(kind.to_owned()),
            bytes: Bytes::copy_from_slice(text.as_bytes()),
        }
    }

    fn as_json(params: &Params) -> Value {
        Value::Object(params.json())
    }

    #[test]
    fn the_query_wins_over_the_body() {
        let params = read(
            "name=Query&x=1",
            &body("application/json", r#"{"name":"Body","y":null}"#),
        )
        .unwrap();
        assert_eq!(as_json(&params), json!({"name": "Query", "y": null, "x": "1"}));
    }

    #[test]
    fn brackets_nest() {
        let form = "a[b]=1&a[c][]=2&a[c][]=3&v[][t]=x&v[][u]=y&v[][t]=z&plus=a+b%26";
        let params = read("", &body("application/x-www-form-urlencoded", form)).unwrap();
        assert_eq!(
            as_json(&params),
            json!({"a": {"b": "1", "c": ["2", "3"]}, "v": [{"t": "x", "u": "y"}, {"t": "z"}], "plus": "a b&"})
        );
        for broken in ["a=1&a[b]=2", "a=%zz", "%=1", "a=%ff"] {
            assert!(
                read("", &body("application/x-www-form-urlencoded", broken)).is_err(),
                "{broken}"
            );
            assert!(read(broken, &Body::default()).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_query_or_form_takes_as_many_pairs_as_rack_does() {
        let form = |pairs: usize| {
            (0..pairs)
                .map(|n| format!("a{n}=1"))
                .collect::<Vec<_>>()
                .join("&")
        };
        let kind = "application/x-www-form-urlencoded";
        assert_eq!(
            as_json(&read("", &body(kind, &form(4096))).unwrap())
                .as_object()
                .unwrap()
                .len(),
            4096
        );
        assert!(read("", &body(kind, &form(4097))).is_err());
        assert!(read(&form(4097), &Body::default()).is_err());
    }

    #[test]
    fn json_of_very_many_values_is_refused_and_a_long_text_is_not() {
        let list = |length: usize| format!(r#"{{"a":[{}0]}}"#, "0,".repeat(length));
        assert!(read("", &body("application/json", &list(MOST_VALUES))).is_err());
        assert!(read("", &body("application/json", &list(1000))).is_ok());
        let text = format!(r#"{{"a":"\"{}"}}"#, ",".repeat(2 * MOST_VALUES));
        assert_eq!(
            read("", &body("application/json", &text))
                .unwrap()
                .text("a")
                .unwrap()
                .len(),
            2 * MOST_VALUES + 1
        );
    }

    #[test]
    fn arrays_scalars_and_unknown_types_are_ignored_and_broken_json_is_not() {
        for text in ["[1,2]", "\"hello\"", "null", ""] {
            assert_eq!(
                read("", &body("application/json; charset=utf-8", text)).unwrap(),
                Params::default()
            );
        }
        assert_eq!(
            read("", &body("text/plain", "{\"a\":1}")).unwrap(),
            Params::default()
        );
        for text in ["{\"a\":", "{\"a\":\"\\ud800\"}"] {
            assert!(matches!(
                read("", &body("application/json", text)),
                Err(ApiError::BadRequest)
            ));
        }
    }

    #[test]
    fn percent_escapes() {
        assert_eq!(
            percent_decode(b"a%2Eb+c", false).as_deref(),
            Some(b"a.b+c".as_slice())
        );
        assert_eq!(percent_decode(b"%zz", false), None);
        assert_eq!(percent_decode(b"%2", false), None);
    }
}
