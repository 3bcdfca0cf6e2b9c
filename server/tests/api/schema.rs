//! Holds answers to the API's description, by a checker that knows only JSON Schema.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::support::Answer;

static DOCUMENT: LazyLock<Value> = LazyLock::new(server::http::api::openapi::document);

/// The answer's JSON, which must have this schema.
pub fn conforms(answer: &Answer, schema: &str) -> Value {
    let value = answer.json();
    let mut problems = Vec::new();
    check(&value, &json!({"$ref": format!("#/components/schemas/{schema}")}), schema, &mut problems);
    assert!(problems.is_empty(), "{problems:#?}\n{answer:?}");
    value
}

/// The fields of a refusal, as `field: code`; the refusal must be a problem with this status and code.
pub fn problem_fields(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 422, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = conforms(answer, "Problem");
    let fields = problem["fields"].as_array().unwrap();
    let mut fields: Vec<String> = fields
        .iter()
        .map(|f| format!("{}: {}", f["field"].as_str().unwrap(), f["code"].as_str().unwrap()))
        .collect();
    fields.sort();
    fields
}

fn check(value: &Value, schema: &Value, at: &str, problems: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let target = DOCUMENT.pointer(name.strip_prefix('#').unwrap());
        return check(value, target.unwrap_or_else(|| panic!("{name} leads nowhere")), at, problems);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let fits = choices.iter().any(|choice| {
            let mut inner = Vec::new();
            check(value, choice, at, &mut inner);
            inner.is_empty()
        });
        if !fits {
            problems.push(format!("{at}: {value} fits none of the choices"));
        }
        return;
    }
    let right_type = match schema["type"].as_str() {
        None => true,
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_u64(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some("null") => value.is_null(),
        Some(other) => panic!("unknown type {other}"),
    };
    if !right_type {
        problems.push(format!("{at}: {value} is no {}", schema["type"]));
        return;
    }
    if schema["enum"].as_array().is_some_and(|choices| !choices.contains(value)) {
        problems.push(format!("{at}: {value} is not one of {}", schema["enum"]));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(item, &schema["items"], &format!("{at}[{index}]"), problems);
    }
    let Some(members) = value.as_object() else { return };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !members.contains_key(name.as_str().unwrap()) {
            problems.push(format!("{at}: {name} is missing"));
        }
    }
    for (name, member) in members {
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(inner), _) => check(member, inner, &format!("{at}.{name}"), problems),
            (None, Value::Bool(false)) => problems.push(format!("{at}: {name} is not described")),
            (None, Value::Null) => {}
            (None, inner) => check(member, inner, &format!("{at}.{name}"), problems),
        }
    }
}
