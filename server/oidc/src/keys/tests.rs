use domain::integration::SigningAlgorithm as Alg;
use serde_json::{Value, json};

use super::*;

fn number(bytes: usize) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(vec![0xFF_u8; bytes])
}

/// A usable RSA key with these members changed; `null` takes one away.
fn rsa(changes: Value) -> Value {
    let mut key = json!({"kty": "RSA", "kid": "k", "n": number(256), "e": "AQAB"});
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            key.as_object_mut().unwrap().remove(name);
        } else {
            key[name] = value.clone();
        }
    }
    key
}

fn set(keys: &[Value]) -> Result<KeySet, KeysError> {
    KeySet::read(json!({"keys": keys}).to_string().as_bytes())
}

fn usable(key: Value) -> bool {
    set(&[key]).is_ok()
}

#[test]
fn l_12_keys_that_are_weak_or_not_for_signatures_are_skipped() {
    assert!(usable(rsa(json!({}))));
    assert!(usable(rsa(json!({"use": "sig", "key_ops": ["verify"], "alg": "PS384", "x5c": 7, "d": "AA"}))));
    for bad in [
        json!({"n": number(255)}),
        json!({"n": number(128)}),
        json!({"n": number(513)}),
        json!({"n": "*"}),
        json!({"n": 7}),
        json!({"n": null}),
        json!({"e": null}),
        json!({"e": "AQ"}),
        json!({"e": "AA"}),
        json!({"e": "Ag"}),
        json!({"e": number(5)}),
        json!({"use": "enc"}),
        json!({"use": 1}),
        json!({"key_ops": ["encrypt"]}),
        json!({"key_ops": "verify"}),
        json!({"alg": "RSA-OAEP"}),
        json!({"alg": "HS256"}),
        json!({"alg": "none"}),
        json!({"kid": 7}),
        json!({"kid": "k".repeat(1025)}),
        json!({"kty": "oct", "k": "c2VjcmV0"}),
        json!({"kty": "future"}),
        json!({"kty": null}),
    ] {
        assert!(!usable(rsa(bad.clone())), "{bad}");
    }
    // 2,048 bits behind a leading zero are 2,048 bits; 2,047 are not.
    let mut n = vec![0_u8; 257];
    n[1] = 0x80;
    assert!(usable(rsa(json!({"n": BASE64_URL_SAFE_NO_PAD.encode(&n)}))));
    n[1] = 0x7F;
    assert!(!usable(rsa(json!({"n": BASE64_URL_SAFE_NO_PAD.encode(&n)}))));
}

#[test]
fn s_28_ct_22_unknown_and_broken_keys_among_good_ones_do_no_harm() {
    let (p256, p384) = (number(32), number(48));
    let keys = [
        json!("no key"),
        json!({}),
        json!({"kty": "EC", "crv": "secp256k1", "x": p256, "y": p256}),
        json!({"kty": "EC", "crv": "P-521", "x": number(66), "y": number(66)}),
        json!({"kty": "OKP", "crv": "X25519", "x": p256}),
        json!({"kty": "OKP", "crv": "Ed448", "x": number(57)}),
        json!({"kty": "EC", "crv": "P-256", "x": number(31), "y": p256}),
        json!({"kty": "oct", "k": p256}),
        json!({"kty": "EC", "crv": "P-256", "x": p256, "y": p256}),
        json!({"kty": "EC", "crv": "P-384", "x": p384, "y": p384}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": p256}),
        rsa(json!({})),
    ];
    let set = set(&keys).unwrap();
    assert_eq!(set.len(), 4);
    for alg in [Alg::Rs256, Alg::Ps512, Alg::Es256, Alg::Es384, Alg::EdDsa] {
        assert_eq!(set.candidates(None, alg).len(), 1, "{alg:?}");
    }
}

#[test]
fn s_23_a_key_serves_only_its_own_kind_and_algorithm() {
    let set = set(&[rsa(json!({"alg": "RS256"}))]).unwrap();
    assert_eq!(set.candidates(Some("k"), Alg::Rs256).len(), 1);
    for alg in [Alg::Ps256, Alg::Rs384, Alg::Es256, Alg::EdDsa] {
        assert_eq!(set.candidates(Some("k"), alg).len(), 0, "{alg:?}");
    }
}

#[test]
fn the_kid_chooses_and_a_key_without_one_is_the_last_resort() {
    let named = |kid: &str| rsa(json!({"kid": kid}));
    let set_of = |keys: &[Value]| set(keys).unwrap();
    let two = set_of(&[named("a"), named("b"), named("b")]);
    assert_eq!(two.candidates(Some("a"), Alg::Rs256).len(), 1);
    assert_eq!(two.candidates(Some("b"), Alg::Rs256).len(), 2, "two keys of one name are both tried");
    assert_eq!(two.candidates(Some("../../a' OR 1=1"), Alg::Rs256).len(), 0);
    assert_eq!(two.candidates(None, Alg::Rs256).len(), 3);
    let nameless = set_of(&[named("a"), rsa(json!({"kid": null}))]);
    assert_eq!(nameless.candidates(Some("a"), Alg::Rs256).len(), 1);
    assert_eq!(nameless.candidates(Some("c"), Alg::Rs256).len(), 1);
}

#[test]
fn s_28_the_work_for_a_huge_set_is_bounded() {
    let set = set(&vec![rsa(json!({"kid": null})); 1000]).unwrap();
    assert_eq!(set.len(), MOST_KEYS);
    assert_eq!(set.candidates(None, Alg::Rs256).len(), MOST_TRIES);
}

#[test]
fn what_is_no_key_set_is_told_apart() {
    assert_eq!(set(&[]).unwrap_err(), KeysError::NoUsableKey);
    assert_eq!(KeySet::read(b"{}").unwrap_err(), KeysError::NoList);
    assert_eq!(KeySet::read(br#"{"keys":{}}"#).unwrap_err(), KeysError::NoList);
    assert!(matches!(KeySet::read(b"<html>").unwrap_err(), KeysError::Json(_)));
}
