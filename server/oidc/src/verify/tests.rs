use serde_json::json;

use super::*;

fn token(header: &Value, payload: &str) -> String {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    format!(
        "{}.{}.{}",
        encode(header.to_string().as_bytes()),
        encode(payload.as_bytes()),
        encode(b"signature")
    )
}

fn header_error(header: Value) -> Option<VerifyError> {
    Unverified::parse(&token(&header, "{}"), &SigningAlgorithm::DEFAULT).err()
}

#[test]
fn a_header_chooses_only_an_accepted_algorithm() {
    assert_eq!(header_error(json!({"alg": "RS256", "typ": "JWT", "kid": "k"})), None);
    assert_eq!(
        header_error(json!({"alg": "ES256", "typ": null, "jku": "https://evil.example", "jwk": {}})),
        None
    );
    for alg in ["none", "None", "HS256", "HS512", "RS384", "ES512", "rs256", "RS256 ", ""] {
        assert_eq!(
            header_error(json!({"alg": alg})),
            Some(VerifyError::Algorithm { alg: alg.to_owned() }),
            "{alg:?}"
        );
    }
    assert_eq!(header_error(json!({"alg": ["RS256"]})), Some(VerifyError::Header));
    assert_eq!(header_error(json!({})), Some(VerifyError::Header));
}

#[test]
fn critical_extensions_and_other_kinds_of_tokens_are_refused() {
    for crit in [json!(["b64"]), json!([]), json!(null)] {
        assert_eq!(header_error(json!({"alg": "RS256", "crit": crit})), Some(VerifyError::Critical));
    }
    for typ in [json!("logout+jwt"), json!("at+jwt"), json!("application/LOGOUT+JWT"), json!(7)] {
        assert_eq!(header_error(json!({"alg": "RS256", "typ": typ})), Some(VerifyError::TokenType), "{typ}");
    }
    assert_eq!(header_error(json!({"alg": "RS256", "kid": 7})), Some(VerifyError::Header));
    assert_eq!(header_error(json!({"alg": "RS256", "kid": "k".repeat(1025)})), Some(VerifyError::Header));
}

#[test]
fn s_31_what_is_no_compact_jwt_or_is_too_large_is_refused() {
    let parse = |text: &str| Unverified::parse(text, &SigningAlgorithm::DEFAULT).err();
    let good = token(&json!({"alg": "RS256"}), "{}");
    for bad in ["", ".", "a.b", "*.*.*", &format!("{good}."), &format!("{good}.x.y"), &format!(" {good}")] {
        assert_eq!(parse(bad), Some(VerifyError::NotAJwt), "{bad}");
    }
    assert_eq!(parse(".."), Some(VerifyError::Header));
    assert_eq!(parse(&token(&json!({"alg": "RS256"}), &"x".repeat(700_000))), None);
    assert_eq!(parse(&token(&json!({"alg": "RS256"}), &"x".repeat(1_000_000))), Some(VerifyError::TooLarge));
    assert_eq!(header_error(json!({"alg": "RS256", "x": "y".repeat(20_000)})), Some(VerifyError::NotAJwt));
}

#[test]
fn dates_may_have_a_fraction_but_must_be_numbers_of_this_age() {
    let read = |value: Value| date(json!({"exp": value}).as_object().unwrap(), "exp");
    assert_eq!(read(json!(1_700_000_000)), Ok(Some(1_700_000_000)));
    assert_eq!(read(json!(1_700_000_000.9)), Ok(Some(1_700_000_000)));
    assert_eq!(read(json!(null)), Ok(None));
    for value in [json!(-1), json!(9e18), json!(u64::MAX), json!(i64::MAX), json!(1e300)] {
        assert_eq!(read(value.clone()), Err(VerifyError::OutOfRange { claim: "exp" }), "{value}");
    }
    for value in [json!("1700000000"), json!([1]), json!(true)] {
        assert_eq!(read(value.clone()), Err(VerifyError::WrongType { claim: "exp" }), "{value}");
    }
}

#[test]
fn audiences_of_every_shape_are_judged() {
    let judge = |claims: Value| audience(claims.as_object().unwrap(), "rp");
    for good in [json!({"aud": "rp"}), json!({"aud": ["rp"]}), json!({"aud": ["rp", "rp"], "azp": "rp"})] {
        assert_eq!(judge(good.clone()), Ok(()), "{good}");
    }
    for (bad, error) in [
        (json!({"aud": "RP"}), VerifyError::Audience),
        (json!({"aud": "rp other"}), VerifyError::Audience),
        (json!({"aud": []}), VerifyError::Audience),
        (json!({"aud": ["rp", 7]}), VerifyError::SecondaryAudience),
        (json!({"aud": ["rp", "other"], "azp": "rp"}), VerifyError::SecondaryAudience),
        (json!({"aud": {"rp": 1}}), VerifyError::WrongType { claim: "aud" }),
        (json!({}), VerifyError::Missing { claim: "aud" }),
        (json!({"aud": "rp", "azp": "other"}), VerifyError::AuthorizedParty),
        (json!({"aud": "rp", "azp": ["rp"]}), VerifyError::AuthorizedParty),
    ] {
        assert_eq!(judge(bad.clone()), Err(error), "{bad}");
    }
}

#[test]
fn an_attempt_without_a_nonce_fits_no_token() {
    for claims in [json!({"nonce": ""}), json!({})] {
        assert!(nonce(claims.as_object().unwrap(), "").is_err());
    }
}
