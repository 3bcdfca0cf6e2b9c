use sha2::{Digest, Sha256};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(HEX.get(usize::from(digit)).copied().unwrap_or(b'0')))
        .collect()
}

/// Hex SHA-256 of the exact bytes: what stands in a `<name>_key` column. The databases' own comparison of
/// text ignores case or outer spaces; this does not.
#[must_use]
pub fn text_key(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Hex SHA-256 of several texts together; their lengths are hashed too, so that `ab`, `c` is not `a`, `bc`.
#[must_use]
pub fn joined_key(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hex(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::{hex, joined_key, text_key};

    #[test]
    fn keys_tell_case_spaces_and_borders_apart() {
        assert_eq!(hex(&[0, 0xAB, 0xFF]), "00abff");
        assert_eq!(text_key(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_ne!(text_key("Admins"), text_key("admins"));
        assert_ne!(text_key("Admins"), text_key("Admins "));
        assert_ne!(joined_key(&["ab", "c"]), joined_key(&["a", "bc"]));
    }
}
