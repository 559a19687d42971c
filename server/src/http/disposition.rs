//! `Content-Disposition`: a file name in ASCII for old readers, then in full, as RFC 6266 and RFC 5987 have it.

use crate::links::escaped;

/// What a browser does with the file, and under which name it saves it. `kind` is `inline` or `attachment`.
pub fn disposition(kind: &str, name: &str) -> String {
    let mut old = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii() {
            old.push(c);
        } else {
            old.push_str(plain(c));
        }
    }
    let old = escaped(&old, |byte| {
        byte.is_ascii_alphanumeric() || b" !#$+.^_`|~-".contains(&byte)
    });
    let full = escaped(name, |byte| {
        byte.is_ascii_alphanumeric() || b"!#$&+.^_`|~-".contains(&byte)
    });
    format!("{kind}; filename=\"{old}\"; filename*=UTF-8''{full}")
}

/// Latin letters without what they carry, pairs for ligatures; a question mark for every other character.
fn plain(c: char) -> &'static str {
    const TABLE: &[(&str, &str)] = &[
        ("ÀÁÂÃÄÅĀĂĄ", "A"),
        ("Æ", "AE"),
        ("ÇĆĈĊČ", "C"),
        ("ÐĎĐ", "D"),
        ("ÈÉÊËĒĔĖĘĚ", "E"),
        ("ĜĞĠĢ", "G"),
        ("ĤĦ", "H"),
        ("ÌÍÎÏĨĪĬĮİ", "I"),
        ("Ĳ", "IJ"),
        ("Ĵ", "J"),
        ("Ķ", "K"),
        ("ĹĻĽĿŁ", "L"),
        ("ÑŃŅŇŊ", "N"),
        ("ÒÓÔÕÖØŌŎŐ", "O"),
        ("Œ", "OE"),
        ("ŔŖŘ", "R"),
        ("ŚŜŞŠ", "S"),
        ("ŢŤŦ", "T"),
        ("Þ", "Th"),
        ("ÙÚÛÜŨŪŬŮŰŲ", "U"),
        ("Ŵ", "W"),
        ("ÝŶŸ", "Y"),
        ("ŹŻŽ", "Z"),
        ("àáâãäåāăą", "a"),
        ("æ", "ae"),
        ("çćĉċč", "c"),
        ("ðďđ", "d"),
        ("èéêëēĕėęě", "e"),
        ("ĝğġģ", "g"),
        ("ĥħ", "h"),
        ("ìíîïĩīĭįı", "i"),
        ("ĳ", "ij"),
        ("ĵ", "j"),
        ("ķĸ", "k"),
        ("ĺļľŀł", "l"),
        ("ñńņň", "n"),
        ("ŉ", "'n"),
        ("ŋ", "ng"),
        ("òóôõöøōŏő", "o"),
        ("œ", "oe"),
        ("ŕŗř", "r"),
        ("śŝşš", "s"),
        ("ß", "ss"),
        ("ţťŧ", "t"),
        ("þ", "th"),
        ("ùúûüũūŭůűų", "u"),
        ("ŵ", "w"),
        ("×", "x"),
        ("ýÿŷ", "y"),
        ("źżž", "z"),
    ];
    TABLE
        .iter()
        .find(|(letters, _)| letters.contains(c))
        .map_or("?", |(_, plain)| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_twice_and_cannot_leave_their_quotes() {
        for (name, wanted) in [
            (
                "pixel.png",
                "inline; filename=\"pixel.png\"; filename*=UTF-8''pixel.png",
            ),
            (
                "Büro plan (1) 日本.png",
                "inline; filename=\"Buro plan %281%29 %3F%3F.png\"; filename*=UTF-8''B%C3%BCro%20plan%20%281%29%20%E6%97%A5%E6%9C%AC.png",
            ),
            (
                "a\"; x=\"\r\nb",
                "inline; filename=\"a%22%3B x%3D%22%0D%0Ab\"; filename*=UTF-8''a%22%3B%20x%3D%22%0D%0Ab",
            ),
            ("Œß", "inline; filename=\"OEss\"; filename*=UTF-8''%C5%92%C3%9F"),
        ] {
            assert_eq!(disposition("inline", name), wanted);
        }
        assert!(disposition("attachment", &"é".repeat(400)).is_ascii());
    }
}
