//! User names: how they are compared, so that `Admin`, `admin ` and look-alikes are one name.

/// Whether a name typed by an administrator is plain: no outer space, no control or invisible characters.
#[must_use]
pub fn is_plain(name: &str) -> bool {
    name == name.trim() && !name.chars().any(is_invisible)
}

/// Control characters, zero-width characters, direction marks, exotic spaces.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        )
        || matches!(c, '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}')
        || matches!(c, '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}')
        || matches!(c, '\u{E0000}'..='\u{E0FFF}')
}

/// The form in which names are unique and failures are counted: the caller passes text after NFKC normalization
/// (its tables live on the server); here case, space, invisible characters and common look-alikes are folded.
#[must_use]
pub fn folded(nfkc: &str) -> String {
    nfkc.chars()
        .filter(|c| !c.is_whitespace() && !is_invisible(*c))
        .flat_map(char::to_lowercase)
        .map(look_alike)
        .collect()
}

/// Cyrillic and Greek letters that look like Latin ones (the commonest of Unicode's confusables, UTS 39).
fn look_alike(c: char) -> char {
    match c {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ё' | 'є' => 'e',
        'һ' => 'h',
        'і' | 'ї' | 'ι' | 'ı' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ⅼ' | 'ӏ' => 'l',
        'м' => 'm',
        'н' => 'h',
        'п' | 'η' => 'n',
        'о' | 'ο' | 'σ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ц' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_of_admin_are_one_name() {
        for name in ["admin", "Admin", " admin ", "аdmin", "admin\u{200b}", "ad\u{00AD}min", "ADMIN"] {
            assert_eq!(folded(name), "admin", "{name:?}");
        }
        assert_ne!(folded("admin1"), "admin");
    }
}
