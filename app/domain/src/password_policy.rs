//! What a password must keep: length and commonness, no composition rules (OWASP ASVS 5.0, 6.2).

use crate::form::FieldCode;

/// The least, in characters.
pub const MIN: u32 = 8;
/// The most, in bytes; longer ones are refused, never cut.
pub const MAX_BYTES: u32 = 1024;

/// Passwords that are tried first by everybody; lower case.
const COMMON: &str = include_str!("common_passwords.txt");

/// Checks a new password.
///
/// # Errors
/// The one thing to change.
pub fn check(password: &str, username: &str) -> Result<(), FieldCode> {
    if password.is_empty() {
        return Err(FieldCode::Required);
    }
    if password.chars().count() < MIN as usize {
        return Err(FieldCode::TooShort { min: MIN });
    }
    if password.len() > MAX_BYTES as usize {
        return Err(FieldCode::TooLong { max: MAX_BYTES });
    }
    let lower = password.to_lowercase();
    let name = username.trim().to_lowercase();
    let like_name =
        name.len() >= 4 && lower.trim_end_matches(|c: char| c.is_ascii_digit() || c == '!') == name;
    let like_product = lower.contains("latchkey") && lower.len() <= 12;
    if like_name || like_product || COMMON.lines().any(|line| line == lower) {
        return Err(FieldCode::CommonPassword);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_long_and_common_passwords_are_refused() {
        assert_eq!(check("", "a"), Err(FieldCode::Required));
        assert_eq!(check("seven77", "a"), Err(FieldCode::TooShort { min: 8 }));
        assert_eq!(check(&"é".repeat(513), "a"), Err(FieldCode::TooLong { max: 1024 }));
        for common in ["password1", "Password123", "12345678", "qwertyuiop", "latchkey1"] {
            assert_eq!(check(common, "a"), Err(FieldCode::CommonPassword), "{common}");
        }
        assert_eq!(check("administrator1", "Administrator"), Err(FieldCode::CommonPassword));
    }

    #[test]
    fn any_unicode_of_eight_characters_will_do() {
        assert_eq!(check("пароль-для-входа", "a"), Ok(()));
        assert_eq!(check("correct horse battery", "a"), Ok(()));
        assert_eq!(check(&"x y".repeat(300), "a"), Ok(()));
    }
}
