//! Cases of the evaluation, written down as files so that every place that evaluates can be held to them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::{fs, path::Path};

use domain::{
    claims::Claims,
    id::RuleId,
    mapping::{Conditions, EvaluationInput, MappingRule, RuleSet, evaluate},
    role::RoleName,
    target::{Level, Target},
    time::Timestamp,
};
use serde_json::{Value, json};

fn rule(value: &Value) -> MappingRule {
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    let level = Level::parse(&text("level").unwrap_or_else(|| "global".to_owned())).unwrap();
    let conditions = value.get("conditions").cloned().unwrap_or_else(|| json!([]));
    MappingRule {
        id: RuleId::new(text("id").unwrap()),
        integration: text("integration"),
        group: text("group").unwrap_or_default(),
        conditions: serde_json::from_value::<Conditions>(conditions).unwrap(),
        role: RoleName::new(text("role").unwrap_or_else(|| "GLOBAL_READ_ONLY".to_owned())),
        target: Target::from_parts(level, value["target"].as_str()).unwrap(),
        enabled: value["enabled"].as_bool().unwrap_or(true),
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        revision: 1,
    }
}

#[test]
fn every_case_in_a_file_is_answered_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut count = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for case in cases {
            let name = format!("{}: {}", path.file_name().unwrap().to_str().unwrap(), case["name"]);
            let rules: Vec<MappingRule> = case["rules"].as_array().unwrap().iter().map(rule).collect();
            let groups: Vec<String> = serde_json::from_value(case["groups"].clone()).unwrap();
            let claims = case.get("claims").map(|claims| Claims::new(claims.as_object().unwrap().clone()));
            let integration = case["integration"].as_str();
            let input = EvaluationInput { integration, groups: &groups, claims: claims.as_ref() };
            let answer = RuleSet::new(&rules).evaluate(input);
            assert_eq!(answer, evaluate(&rules, input), "{name}");
            let shown = serde_json::to_value(&answer).unwrap();
            let grants: Vec<Value> = shown["grants"]
                .as_array()
                .unwrap()
                .iter()
                .map(|grant| json!([grant["role"], grant["level"], grant["target"], grant["rules"]]))
                .collect();
            assert_eq!(Value::from(grants), case["grants"], "{name}");
            for (outcome, wanted) in
                shown["trace"].as_array().unwrap().iter().zip(case["verdicts"].as_array().unwrap())
            {
                for (member, value) in wanted.as_object().unwrap() {
                    assert_eq!(&outcome[member], value, "{name}: {outcome}");
                }
            }
            assert_eq!(shown["trace"].as_array().unwrap().len(), case["verdicts"].as_array().unwrap().len());
            count += 1;
        }
    }
    assert!(count >= 12, "{count} cases");
}
