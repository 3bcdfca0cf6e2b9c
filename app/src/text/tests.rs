use std::collections::BTreeSet;

use domain::login_failure::LoginFailure;

use super::*;

#[test]
fn every_login_failure_has_its_own_words() {
    let mut sentences = BTreeSet::new();
    let mut titles = BTreeSet::new();
    for failure in LoginFailure::ALL {
        let text = login_failure(*failure);
        for part in [text.title, text.sentence, text.person, text.administrator] {
            assert!(!part.trim().is_empty(), "{failure}");
            assert!(!part.to_lowercase().contains("please"), "{failure}: {part}");
        }
        for sentence in [text.sentence, text.person, text.administrator] {
            assert!(sentence.ends_with('.'), "{failure}: {sentence}");
        }
        assert!(!text.title.ends_with('.'), "{failure}");
        assert!(sentences.insert(text.sentence), "{failure}: {}", text.sentence);
        assert!(titles.insert(text.title), "{failure}: {}", text.title);
    }
    assert!(!sentences.contains(UNKNOWN_FAILURE.sentence));
}

#[test]
fn a_person_never_reads_a_code_or_a_claim() {
    for failure in LoginFailure::ALL {
        let text = login_failure(*failure);
        for part in [text.title, text.sentence, text.person] {
            for word in ["nonce", "issuer", "claim", "jwks", "token endpoint", "id token", "_"] {
                assert!(!part.to_lowercase().contains(word), "{failure}: {part}");
            }
        }
    }
}

#[test]
fn only_what_can_be_a_reference_is_shown() {
    assert_eq!(reference("01JD-abc"), Some("01JD-abc"));
    for bad in ["", "call 555 1234", "<b>", "a/b", "ü", &"a".repeat(65)] {
        assert_eq!(reference(bad), None, "{bad}");
    }
}
