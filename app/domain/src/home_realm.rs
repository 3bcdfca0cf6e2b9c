//! Which provider somebody belongs to: by the domain of their e-mail address, without knowing whether they exist.

use crate::form::{FieldCode, FieldErrors};

/// The most domains of one integration.
const MOST: u32 = 100;
/// The drawings a button may have.
pub const ICONS: [&str; 6] = ["building", "home", "key", "monitor", "shield", "users"];

/// Whether this is a domain as it is written here: lower case, ASCII (`xn--…` for others), at least two labels; with
/// a dot before it, every domain below it is meant.
#[must_use]
pub fn is_domain(text: &str) -> bool {
    let name = text.strip_prefix('.').unwrap_or(text);
    let is_label = |label: &str| {
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(is_label)
}

/// The part of an e-mail address behind its last `@`, in lower case.
#[must_use]
pub fn domain_of(address: &str) -> Option<String> {
    let (local, domain) = address.trim().rsplit_once('@')?;
    let clean = !address.chars().any(|c| c.is_control()) && address.len() <= 254;
    (clean && !local.is_empty() && !domain.is_empty()).then(|| domain.to_lowercase())
}

/// How well these domains fit an address' domain: `None` not at all, else the more the higher. The very domain beats
/// every domain above it; of those the longest wins.
#[must_use]
pub fn fit(domains: &[String], domain: &str) -> Option<usize> {
    let of_one = |one: &String| match one.strip_prefix('.') {
        None => (one == domain).then_some(usize::MAX),
        Some(_) => domain.ends_with(one.as_str()).then_some(one.len()),
    };
    domains.iter().filter_map(of_one).max()
}

pub(crate) fn check(errors: &mut FieldErrors, order: u16, icon: Option<&str>, domains: &[String]) {
    errors.check(order <= 9999, "order", FieldCode::OutOfRange { min: 0, max: 9999 });
    errors.check(icon.is_none_or(|icon| ICONS.contains(&icon)), "icon", FieldCode::UnknownChoice);
    errors.check(domains.iter().all(|one| is_domain(one)), "emailDomains", FieldCode::BadDomain);
    let count = u32::try_from(domains.len()).unwrap_or(u32::MAX);
    errors.check(count <= MOST, "emailDomains", FieldCode::OutOfRange { min: 0, max: MOST });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_lower_case_ascii_with_two_labels_or_more() {
        for good in ["example.com", "a.b.c.d", "xn--bcher-kva.example", ".example.com", "1-2.example"] {
            assert!(is_domain(good), "{good}");
        }
        let long = format!("{}.example", "a".repeat(64));
        for bad in [
            "",
            ".",
            "com",
            "Example.com",
            "bücher.example",
            "a..b",
            "-a.example",
            "a-.example",
            "a@b.c",
            "a b.c",
            "..a.b",
            "a.b.",
            "*.a.b",
            &long,
        ] {
            assert!(!is_domain(bad), "{bad}");
        }
    }

    #[test]
    fn an_address_belongs_to_its_domain_and_to_no_lookalike() {
        assert_eq!(domain_of(" Ada@Example.COM "), Some("example.com".to_owned()));
        assert_eq!(domain_of("\"a@b\"@example.com"), Some("example.com".to_owned()));
        for bad in ["", "ada", "@example.com", "ada@", "ada\n@example.com"] {
            assert_eq!(domain_of(bad), None, "{bad}");
        }
        let domains = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        assert_eq!(fit(&domains(&["example.com"]), "example.com"), Some(usize::MAX));
        for other in ["notexample.com", "a.example.com", "example.com.evil.example", "example.co"] {
            assert_eq!(fit(&domains(&["example.com"]), other), None, "{other}");
        }
        assert_eq!(fit(&domains(&[".example.com"]), "example.com"), None);
        assert_eq!(fit(&domains(&[".example.com"]), "notexample.com"), None);
        let near = fit(&domains(&[".eu.example.com"]), "a.eu.example.com");
        assert!(near > fit(&domains(&[".example.com"]), "a.eu.example.com"));
        assert!(near < fit(&domains(&["a.eu.example.com"]), "a.eu.example.com"));
    }
}
