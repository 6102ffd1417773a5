//! Barcodes: any short code, or a GTIN with its check digit. A GTIN is a number, however many zeros stand before it: a scanner that reads a UPC-A
//! of 12 digits as an EAN-13 means the same thing.

use crate::kernel::text::{self, InputError};

/// The longest barcode, in characters.
const MAX: usize = 64;

/// How many digits GTINs are written with.
const LENGTHS: [usize; 4] = [8, 12, 13, 14];

/// A barcode: printable ASCII without spaces, 1 to 64 characters. A number of 8, 12, 13 or 14 digits is a GTIN and must end in its check digit.
pub fn barcode(text: &str) -> Result<String, InputError> {
    let code = printed_code(text)?;
    match expected_check_digit(&code) {
        Some(expected) if !code.ends_with(expected) => {
            let rule = format!(
                "a number of {} digits is a GTIN, and the check digit of this one would be {expected}",
                code.len()
            );
            Err(InputError::malformed(rule))
        }
        Some(_) | None => Ok(code),
    }
}

/// The same as it stands in somebody else's data, where check digits may be wrong.
pub fn printed_code(text: &str) -> Result<String, InputError> {
    let code = text::line(text, MAX)?;
    if code.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(code)
    } else {
        Err(InputError::malformed("only printable ASCII characters without spaces are allowed"))
    }
}

/// Every way to write what a scanned code means: the same GTIN with more or fewer zeros before it, or just the code.
pub fn same_codes(code: &str) -> Vec<String> {
    if !expected_check_digit(code).is_some_and(|expected| code.ends_with(expected)) {
        return vec![code.to_owned()];
    }
    let digits = code.trim_start_matches('0');
    LENGTHS.into_iter().filter(|length| *length >= digits.len()).map(|length| format!("{digits:0>length$}")).collect()
}

/// The check digit that a number of a GTIN's length should have; nothing when the code is no such number.
fn expected_check_digit(code: &str) -> Option<char> {
    if !LENGTHS.contains(&code.len()) {
        return None;
    }
    let digits: Option<Vec<u32>> = code.chars().map(|digit| digit.to_digit(10)).collect();
    // From the right, the digits before the last one count three times and once in turn.
    let weights = [3, 1].into_iter().cycle();
    let sum: u32 = digits?.iter().rev().skip(1).zip(weights).map(|(digit, weight)| digit * weight).sum();
    char::from_digit((10 - sum % 10) % 10, 10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    #[test]
    fn barcodes_are_bounded_and_printable() {
        assert!(barcode("40 12").is_err() && barcode("äöü").is_err() && barcode("").is_err());
        assert!(barcode(&"1".repeat(65)).is_err());
        for code in ["4012345678901", "96385074", "036000291452", "10012345678902", "AB-12", "12345", "123456789"] {
            assert_eq!(barcode(code).as_deref(), Ok(code));
        }
    }

    #[test]
    fn a_wrong_check_digit_is_told_with_the_right_one() {
        for (code, expected) in
            [("4012345678902", "1"), ("96385075", "4"), ("036000291453", "2"), ("10012345678901", "2")]
        {
            let message = barcode(code).unwrap_err().to_string();
            assert!(message.ends_with(&format!("would be {expected}")), "{message}");
            assert_eq!(printed_code(code).as_deref(), Ok(code));
            assert_eq!(same_codes(code), [code]);
        }
    }

    #[test]
    fn zeros_before_a_gtin_do_not_matter() {
        assert_eq!(same_codes("036000291452"), ["036000291452", "0036000291452", "00036000291452"]);
        assert_eq!(same_codes("0036000291452"), same_codes("036000291452"));
        assert_eq!(same_codes("96385074"), ["96385074", "000096385074", "0000096385074", "00000096385074"]);
        assert_eq!(same_codes("SHELF-7"), ["SHELF-7"]);
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_seen(
            body in "[0-9]{13}", length in select(LENGTHS.to_vec()), place in 0..8_usize, other in 1..10_u32,
        ) {
            let body: String = body.chars().take(length - 1).collect();
            let check = expected_check_digit(&format!("{body}0")).unwrap();
            let code = format!("{body}{check}");
            prop_assert_eq!(barcode(&code), Ok(code.clone()));
            prop_assert!(same_codes(&code).contains(&code));
            let wrong: String = code.chars().enumerate().map(|(index, digit)| {
                let digit = digit.to_digit(10).unwrap();
                char::from_digit(if index == place { (digit + other) % 10 } else { digit }, 10).unwrap()
            }).collect();
            prop_assert!(barcode(&wrong).is_err());
        }
    }
}
