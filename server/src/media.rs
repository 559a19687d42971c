//! What a file is, by its bytes, its name and what its sender said, and what follows from that: how it is shown and served.

/// Of a type nobody could tell.
pub const BINARY: &str = "application/octet-stream";
/// Bytes from the beginning that suffice to know a file's type.
pub const HEAD: usize = 8192;

/// Sent as plain bytes, because a browser would run what is in them.
const NEVER_AS_THEMSELVES: &[&str] = &[
    "text/html",
    "image/svg+xml",
    "application/postscript",
    "application/x-shockwave-flash",
    "text/xml",
    "application/xml",
    "application/xhtml+xml",
    "application/mathml+xml",
    "text/cache-manifest",
];
/// Shown by a browser in its window; everything else is a download.
const INLINE: &[&str] = &[
    "image/webp",
    "image/avif",
    "image/png",
    "image/gif",
    "image/jpeg",
    "image/tiff",
    "image/bmp",
    "image/vnd.adobe.photoshop",
    "image/vnd.microsoft.icon",
    "application/pdf",
];
const INLINE_AUDIO: &[&str] = &[
    "audio/aac",
    "audio/amr",
    "audio/flac",
    "audio/m4a",
    "audio/mp3",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/opus",
    "audio/wav",
    "audio/webm",
    "audio/x-flac",
    "audio/x-m4a",
    "audio/x-wav",
];
/// Images a thumbnail is offered of.
const RESIZABLE: &[&str] = &[
    "image/png",
    "image/gif",
    "image/jpeg",
    "image/tiff",
    "image/bmp",
    "image/vnd.adobe.photoshop",
    "image/vnd.microsoft.icon",
    "image/webp",
    "image/avif",
    "image/heic",
    "image/heif",
];

/// `file_type` of an attachment: the word of the sender decides and nothing else, to the letter.
pub fn file_type(declared: Option<&str>) -> &'static str {
    match declared.unwrap_or_default() {
        "image/jpeg" | "image/jpg" | "image/png" | "image/gif" | "image/bmp" | "image/webp" => "image",
        "video/ogg" | "video/mp4" | "video/webm" | "video/quicktime" => "video",
        other if other.contains("audio/") => "audio",
        _ => "file",
    }
}

/// `content_type` of a file: what the bytes say, unless the sender or the name knows a special kind of just that.
pub fn content_type(head: &[u8], declared: Option<&str>, name: &str) -> String {
    let mut found = sniffed(head).map(str::to_owned);
    for other in [
        declared.and_then(media_type),
        by_extension(name).map(str::to_owned),
    ]
    .into_iter()
    .flatten()
    {
        match &found {
            Some(known) if !is_kind_of(&other, known) => {}
            _ => found = Some(other),
        }
    }
    found.unwrap_or_else(|| BINARY.to_owned())
}

/// The part before any parameter in lower case; None for what says nothing or is no type.
fn media_type(declared: &str) -> Option<String> {
    let lower = declared.to_ascii_lowercase();
    let word = lower.split([';', ',', ' ', '\t']).next().unwrap_or_default();
    let (kind, special) = word.split_once('/')?;
    let token = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    (token(kind) && token(special) && word != BINARY).then(|| word.to_owned())
}

fn sniffed(head: &[u8]) -> Option<&'static str> {
    let text = head.trim_ascii_start();
    let begins = |with: &str| {
        text.get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
    };
    // An image of this kind is text and may begin like any XML document.
    if begins("<svg") || (begins("<?xml") && contains(head, b"<svg")) {
        return Some("image/svg+xml");
    }
    match infer::get(head)?.mime_type() {
        "audio/m4a" => Some("audio/mp4"),
        "text/x-shellscript" => Some("application/x-sh"),
        other => Some(other),
    }
}

fn contains(head: &[u8], wanted: &[u8]) -> bool {
    head.windows(wanted.len()).any(|window| window == wanted)
}

/// Whether a type is a special kind of another, as a spreadsheet is a kind of archive and CSV a kind of text.
fn is_kind_of(special: &str, general: &str) -> bool {
    let archive = [
        "vnd.openxmlformats",
        "vnd.oasis.opendocument",
        "epub+zip",
        "java-archive",
    ];
    match general {
        "application/zip" => archive.iter().any(|word| special.contains(word)) || special.ends_with("+zip"),
        "text/plain" => {
            special != general
                && (special.starts_with("text/")
                    || special.ends_with("+xml")
                    || special.ends_with("+json")
                    || matches!(
                        special,
                        "application/json"
                            | "application/xml"
                            | "application/javascript"
                            | "application/x-sh"
                    ))
        }
        "text/xml" | "application/xml" => special.ends_with("+xml"),
        "application/x-ole-storage" => {
            special.starts_with("application/vnd.ms-") || special == "application/msword"
        }
        "video/mp4" => special == "audio/mp4",
        "audio/ogg" => special == "audio/opus",
        "application/ogg" => special.ends_with("/ogg") || special == "audio/opus",
        _ => false,
    }
}

/// The type that a name's extension stands for.
pub fn by_extension(name: &str) -> Option<&'static str> {
    let extension = extension(name)?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" | "jpe" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "bmp" => "image/bmp",
        "tif" | "tiff" => "image/tiff",
        "heic" => "image/heic",
        "heif" => "image/heif",
        "avif" => "image/avif",
        "svg" => "image/svg+xml",
        "ico" => "image/vnd.microsoft.icon",
        "psd" => "image/vnd.adobe.photoshop",
        "mp3" | "mpga" => "audio/mpeg",
        "wav" => "audio/x-wav",
        "ogg" | "oga" => "audio/ogg",
        "opus" => "audio/opus",
        "m4a" => "audio/mp4",
        "aac" => "audio/x-aac",
        "flac" => "audio/x-flac",
        "amr" => "audio/amr",
        "mid" | "midi" => "audio/midi",
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "mov" | "qt" => "video/quicktime",
        "mkv" => "video/x-matroska",
        "avi" => "video/x-msvideo",
        "ogv" => "video/ogg",
        "mpg" | "mpeg" => "video/mpeg",
        "pdf" => "application/pdf",
        "txt" | "text" | "log" => "text/plain",
        "md" | "markdown" => "text/x-web-markdown",
        "csv" => "text/csv",
        "tsv" => "text/tab-separated-values",
        "html" | "htm" => "text/html",
        "xhtml" => "application/xhtml+xml",
        "css" => "text/css",
        "js" | "mjs" => "text/javascript",
        "json" => "application/json",
        "xml" => "application/xml",
        "ics" => "text/calendar",
        "vcf" => "text/x-vcard",
        "rtf" => "application/rtf",
        "zip" => "application/zip",
        "gz" | "tgz" => "application/gzip",
        "tar" => "application/x-tar",
        "7z" => "application/x-7z-compressed",
        "rar" => "application/x-rar-compressed",
        "doc" => "application/msword",
        "xls" => "application/vnd.ms-excel",
        "ppt" => "application/vnd.ms-powerpoint",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "odp" => "application/vnd.oasis.opendocument.presentation",
        "epub" => "application/epub+zip",
        "ps" | "eps" | "ai" => "application/postscript",
        "swf" => "application/x-shockwave-flash",
        _ => return None,
    })
}

/// What stands behind the last dot, as it is spelled; None without a dot, or with one only at the beginning or end.
pub fn extension(name: &str) -> Option<&str> {
    let (stem, extension) = name.trim_start_matches('.').rsplit_once('.')?;
    (!stem.is_empty() && !extension.is_empty()).then_some(extension)
}

/// A file name as it came, made harmless: without its path, with percent escapes replaced, with what is dangerous in
/// names replaced by a dash. Empty: the part is dropped.
pub fn clean_name(sent: &str) -> String {
    let decoded = crate::params::percent_decode(sent.as_bytes(), false).map_or_else(
        || sent.to_owned(),
        |bytes| String::from_utf8_lossy(&bytes).into_owned(),
    );
    let last = decoded
        .split(['/', '\\'])
        .rfind(|part| !part.is_empty())
        .unwrap_or_default();
    let dangerous = |c: char| matches!(c, '\u{202e}' | '%' | '$' | '|' | ':' | ';' | '\t' | '\r' | '\n');
    last.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\0')
        .chars()
        .map(|c| if dangerous(c) { '-' } else { c })
        .collect()
}

/// Whether thumbnails of the type are offered.
pub fn is_resizable(content_type: &str) -> bool {
    RESIZABLE.contains(&content_type)
}

/// The type and extension of a thumbnail: that of the image where browsers know it, else PNG.
pub fn thumbnail_format(content_type: &str) -> (&'static str, &'static str) {
    match content_type {
        "image/jpeg" => ("image/jpeg", "jpg"),
        "image/gif" => ("image/gif", "gif"),
        _ => ("image/png", "png"),
    }
}

/// The type a file is sent with.
pub fn served_type(content_type: &str) -> &str {
    if NEVER_AS_THEMSELVES.contains(&content_type) {
        BINARY
    } else {
        content_type
    }
}

/// Whether a browser may show a file in its window; audio only where that version does so.
pub fn may_be_inline(content_type: &str, audio: bool) -> bool {
    INLINE.contains(&content_type) || (audio && INLINE_AUDIO.contains(&content_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x02";
    const WAV: &[u8] = b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0";

    #[test]
    fn the_kind_is_what_the_sender_calls_it() {
        for (declared, kind) in [
            (Some("image/png"), "image"),
            (Some("image/svg+xml"), "file"),
            (Some("image/heic"), "file"),
            (Some("image/png; charset=x"), "file"),
            (Some("audio/x-anything"), "audio"),
            (Some("video/quicktime"), "video"),
            (Some("video/x-matroska"), "file"),
            (None, "file"),
        ] {
            assert_eq!(file_type(declared), kind, "{declared:?}");
        }
    }

    #[test]
    fn the_type_is_found_from_bytes_then_word_then_name() {
        for (head, declared, name, found) in [
            (PNG, Some("text/plain"), "a.txt", "image/png"),
            (b"no image", Some("image/png"), "a.png", "image/png"),
            (b"x", None, "thing.bin", BINARY),
            (b"x", Some(BINARY), "a.csv", "text/csv"),
            (b"x", Some("text/plain"), "a.csv", "text/csv"),
            (b"x", Some("TEXT/Plain; charset=utf-8"), "a", "text/plain"),
            (b"x", Some("nonsense"), "noname", BINARY),
            (b"x", Some("text/ht<ml"), "noname", BINARY),
            (WAV, Some("audio/wav"), "a.wav", "audio/x-wav"),
            (b"<svg xmlns='x'>", Some("image/png"), "a.png", "image/svg+xml"),
            (b"<?xml version='1.0'?>\n<svg>", None, "a", "image/svg+xml"),
            (b"<!DOCTYPE html><p>", Some("image/png"), "a.png", "text/html"),
            (b"", Some("text/plain"), "a.txt", "text/plain"),
        ] as [(&[u8], _, _, _); 13]
        {
            assert_eq!(content_type(head, declared, name), found, "{declared:?} {name}");
        }
    }

    #[test]
    fn names_lose_their_path_and_what_deceives() {
        for (sent, name) in [
            ("../../etc/passwd.png", "passwd.png"),
            ("C:\\Users\\kim\\a.png", "a.png"),
            ("..%2F..%2Fa.png", "a.png"),
            ("100%.png", "100-.png"),
            ("a\u{202e}gnp.exe", "a-gnp.exe"),
            ("a\r\nSet-Cookie: x", "a--Set-Cookie- x"),
            ("  a.png ", "a.png"),
            ("/", ""),
            ("", ""),
        ] {
            assert_eq!(clean_name(sent), name, "{sent:?}");
        }
    }

    #[test]
    fn extensions_are_what_stands_behind_the_last_dot() {
        for (name, found) in [
            ("a.PNG", Some("PNG")),
            ("a.tar.gz", Some("gz")),
            (".profile", None),
            ("a.", None),
            ("plain", None),
        ] {
            assert_eq!(extension(name), found);
        }
    }

    #[test]
    fn what_a_browser_would_run_is_bytes_to_download() {
        for kind in NEVER_AS_THEMSELVES {
            assert_eq!(served_type(kind), BINARY);
            assert!(!may_be_inline(kind, true));
        }
        assert!(may_be_inline("image/png", false) && may_be_inline("audio/x-wav", true));
        assert!(!may_be_inline("audio/x-wav", false) && !may_be_inline("text/javascript", true));
    }
}
