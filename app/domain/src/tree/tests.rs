use std::collections::BTreeMap;

use serde::Serialize;

use super::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kind {
    Plain,
    Held(i64),
    Pair(u8, String),
    Named { yes: bool, share: f64 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Everything {
    kinds: Vec<Kind>,
    nothing: Option<String>,
    something: Option<String>,
    by_name: BTreeMap<String, (u64, i32)>,
    unit: (),
    free: Value,
}

fn sample() -> Everything {
    Everything {
        kinds: vec![
            Kind::Plain,
            Kind::Held(-7),
            Kind::Pair(9, "ä".to_owned()),
            Kind::Named { yes: true, share: 0.5 },
        ],
        nothing: None,
        something: Some("x\u{0}y".to_owned()),
        by_name: BTreeMap::from([("a".to_owned(), (u64::MAX, i32::MIN))]),
        unit: (),
        free: serde_json::json!({"deep": [1, -1, 1.5, null, "t", {"e": true}]}),
    }
}

#[test]
fn what_was_written_is_read_back() {
    let text = serde_json::to_vec(&sample()).unwrap();
    assert_eq!(from_slice::<Everything>(&text).unwrap(), sample());
}

#[test]
fn an_unknown_field_is_passed_over_and_a_missing_one_is_named() {
    let mut value = serde_json::to_value(sample()).unwrap();
    value["unknown"] = serde_json::json!([1, {"two": 2}]);
    assert_eq!(read::<Everything>(&value).unwrap(), sample());
    value.as_object_mut().unwrap().remove("kinds");
    assert!(read::<Everything>(&value).unwrap_err().to_string().contains("kinds"));
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    unit: (),
    something: String,
}

#[test]
fn a_strict_struct_is_read_from_an_object_it_shares() {
    let value = serde_json::to_value(sample()).unwrap();
    assert!(read::<Strict>(&value).is_err());
    let read = read_part::<Strict>(&value).unwrap();
    assert_eq!(read, Strict { unit: (), something: "x\u{0}y".to_owned() });
    assert!(read_part::<Strict>(&serde_json::json!({"unit": null})).is_err());
    assert!(read_part::<Strict>(&Value::Null).is_err());
    assert!(read_part::<u64>(&serde_json::json!(1)).is_err());
}

#[test]
fn a_value_of_another_kind_is_refused() {
    for text in ["", "{", "[]", "7", "\"x\"", "null", r#"{"a":1,"b":2}"#] {
        assert!(from_slice::<Kind>(text.as_bytes()).is_err(), "{text}");
        assert!(from_slice::<Everything>(text.as_bytes()).is_err(), "{text}");
    }
    assert!(from_slice::<u8>(b"256").is_err());
    assert!(from_slice::<u64>(b"-1").is_err());
    assert!(from_slice::<Kind>(br#""Held""#).is_err());
    assert!(from_slice::<Kind>(br#"{"Plain":1}"#).is_err());
}
