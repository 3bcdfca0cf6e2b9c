use domain::secret::Secret;
use store::{Aad, KeyError, Keys, Sealed};

const HERE: Aad<'static> = Aad { table: "integration", row: "1", column: "secret" };

#[test]
fn a_sealed_value_opens_only_in_its_place() {
    let (keys, _) = Keys::generate();
    let sealed = keys.seal(&Secret::new("hunter2"), &HERE);
    assert_eq!(keys.open(&sealed, &HERE).unwrap().expose(), "hunter2");
    for other in
        [Aad { row: "2", ..HERE }, Aad { column: "other", ..HERE }, Aad { table: "login_attempt", ..HERE }]
    {
        assert_eq!(keys.open(&sealed, &other).unwrap_err(), KeyError::DoesNotOpen, "{other:?}");
    }
    assert_ne!(keys.seal(&Secret::new("hunter2"), &HERE), sealed, "each sealing has its own nonce");
}

#[test]
fn another_key_is_named_and_a_forged_key_id_does_not_help() {
    let (ours, _) = Keys::generate();
    let (theirs, _) = Keys::generate();
    let sealed = theirs.seal(&Secret::new("hunter2"), &HERE);
    let error = ours.open(&sealed, &HERE).unwrap_err();
    assert_eq!(error, KeyError::UnknownKey(theirs.current_id().to_owned()));
    assert!(error.to_string().contains("previous keys"), "{error}");
    let forged = Sealed::new(sealed.as_str().replace(theirs.current_id(), ours.current_id()));
    assert_eq!(ours.open(&forged, &HERE).unwrap_err(), KeyError::DoesNotOpen);
}

#[test]
fn a_previous_key_opens_and_the_current_one_seals() {
    let (old, old_text) = Keys::generate();
    let (_, new_text) = Keys::generate();
    let both = Keys::from_base64(&new_text, &[old_text]).unwrap();
    let sealed = old.seal(&Secret::new("hunter2"), &HERE);
    assert_eq!(both.open(&sealed, &HERE).unwrap().expose(), "hunter2");
    assert_eq!(both.seal(&Secret::new("x"), &HERE).key_id().unwrap(), both.current_id());
}

#[test]
fn every_changed_character_is_noticed() {
    let (keys, _) = Keys::generate();
    let sealed = keys.seal(&Secret::new("hunter2"), &HERE).as_str().to_owned();
    for i in 0..sealed.len() {
        let mut bytes = sealed.clone().into_bytes();
        bytes[i] = if bytes[i] == b'A' { b'B' } else { b'A' };
        let changed = Sealed::new(String::from_utf8(bytes).unwrap());
        assert!(keys.open(&changed, &HERE).is_err(), "character {i}");
    }
    for text in ["", "v1", "v1.", "v1..", "v2.00000000.AAAA", "hunter2"] {
        assert!(keys.open(&Sealed::new(text), &HERE).is_err(), "{text:?}");
    }
}

#[test]
fn a_key_is_32_bytes_in_any_base64() {
    for good in [
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n",
        "-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_8=",
    ] {
        assert!(Keys::from_base64(&Secret::new(good), &[]).is_ok(), "{good}");
    }
    for bad in ["", "hunter2", "AAEC", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIQ=="] {
        let error = Keys::from_base64(&Secret::new(bad), &[]).unwrap_err();
        assert_eq!(error, KeyError::NotAKey, "{bad}");
        assert!(bad.is_empty() || !error.to_string().contains(bad), "{error}");
    }
    let (keys, text) = Keys::generate();
    assert_eq!(Keys::from_base64(&text, &[]).unwrap().mac("a", b"x"), keys.mac("a", b"x"));
    assert_ne!(keys.mac("a", b"x"), keys.mac("b", b"x"));
    assert!(!format!("{keys:?}").contains(text.expose()));
}
