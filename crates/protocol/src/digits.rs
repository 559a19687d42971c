//! Whole numbers in decimals: the library's formatting would cost the widget a kilobyte.

/// A whole number in decimals.
pub fn digits(number: i64) -> String {
    let mut text = String::new();
    let mut rest = number.unsigned_abs();
    loop {
        let last = u32::try_from(rest % 10).unwrap_or_default();
        text.insert(0, char::from_digit(last, 10).unwrap_or('0'));
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        text.insert(0, '-');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn numbers_are_written_as_the_library_writes_them() {
        for number in [0, 7, 10, -1, 1_024, -90_071, i64::MAX, i64::MIN] {
            assert_eq!(digits(number), number.to_string());
        }
    }
}
