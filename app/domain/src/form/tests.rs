use super::*;
use crate::integration::IntegrationSettings;

fn good() -> IntegrationForm {
    IntegrationForm {
        name: "corp".to_owned(),
        label: "Corp SSO".to_owned(),
        issuer: "https://idp.example/realms/a/".to_owned(),
        client_id: "latchkey".to_owned(),
        ..IntegrationForm::blank()
    }
}

fn problems(form: &IntegrationForm) -> Vec<(String, FieldCode)> {
    match form.validate(&IntegrationSettings::default()) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(|e| (e.field.clone(), e.code.clone())).collect(),
    }
}

#[test]
fn a_good_form_becomes_settings_and_back() {
    let valid = good().validate(&IntegrationSettings::default()).unwrap();
    assert_eq!(valid.settings.issuer, "https://idp.example/realms/a/");
    let again = IntegrationForm::from_settings(&valid.settings, Some(3));
    assert_eq!(again.validate(&valid.settings).unwrap().settings, valid.settings);
    assert_eq!(again.validate(&valid.settings).unwrap().revision, Some(3));
}

#[test]
fn names_follow_the_rule_for_configuration_names() {
    for name in ["ab", "a1", "corp_sso", "A_b_9", &"a".repeat(32)] {
        assert!(problems(&IntegrationForm { name: (*name).to_owned(), ..good() }).is_empty(), "{name}");
    }
    for name in ["", "a", "1a", "_a", "a_", "a-b", "é1", "a b", &"a".repeat(33)] {
        let form = IntegrationForm { name: (*name).to_owned(), ..good() };
        assert_eq!(problems(&form), [("name".to_owned(), FieldCode::BadName)], "{name}");
    }
}

#[test]
fn wrong_urls_are_named_by_field() {
    for (url, code) in [
        ("", FieldCode::Required),
        ("idp.example", FieldCode::BadUrl),
        ("javascript:alert(1)", FieldCode::BadUrl),
        ("ftp://idp.example", FieldCode::BadUrl),
        ("//idp.example", FieldCode::BadUrl),
        ("https://u:p@idp.example", FieldCode::UrlWithExtras),
        ("https://idp.example/#x", FieldCode::UrlWithExtras),
        ("https://idp.example/?x=1", FieldCode::UrlWithExtras),
        ("https://idp.example/.well-known/openid-configuration", FieldCode::IssuerIsDiscoveryUrl),
    ] {
        let form = IntegrationForm { issuer: url.to_owned(), ..good() };
        assert_eq!(problems(&form), [("issuer".to_owned(), code)], "{url}");
    }
}

#[test]
fn without_discovery_the_endpoints_are_needed() {
    let form = IntegrationForm { discovery: None, ..good() };
    let fields: Vec<String> = problems(&form).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["endpoints.authorization", "endpoints.token", "endpoints.jwks"]);
}

#[test]
fn several_problems_are_told_at_once() {
    let form = IntegrationForm {
        name: "x".to_owned(),
        client_id: String::new(),
        oauth_scopes: "profile".to_owned(),
        signing_algorithms: "HS256 none".to_owned(),
        clock_skew_seconds: "abc".to_owned(),
        custom_ca: "-----BEGIN PRIVATE KEY-----".to_owned(),
        claim_groups: "a..\n".repeat(100),
        ..good()
    };
    let fields: Vec<String> = problems(&form).into_iter().map(|(field, _)| field).collect();
    for field in [
        "name",
        "clientId",
        "oauthScopes",
        "signingAlgorithms",
        "clockSkewSeconds",
        "customCa",
        "claims.groups",
    ] {
        assert!(fields.iter().any(|f| f == field), "{field} is not in {fields:?}");
    }
}

#[test]
fn a_rules_role_must_fit_its_level() {
    let form = RuleForm {
        group: "g".to_owned(),
        role: "GLOBAL_OWNER".to_owned(),
        level: "project".to_owned(),
        target: "aa".to_owned(),
        ..RuleForm::default()
    };
    assert_eq!(form.validate(), Err(FieldErrors::one("role", FieldCode::RoleNotOfLevel)));
    let form =
        RuleForm { role: "ADMIN".to_owned(), level: "global".to_owned(), target: String::new(), ..form };
    assert_eq!(form.validate().unwrap().role.as_str(), "GLOBAL_OWNER");
}

#[test]
fn a_groups_spaces_are_kept() {
    let form = RuleForm {
        group: " admins ".to_owned(),
        role: "ADMIN".to_owned(),
        level: "global".to_owned(),
        ..RuleForm::default()
    };
    assert_eq!(form.validate().unwrap().group, " admins ");
}

fn asking(rows: &[(&str, &str, &str)]) -> RuleForm {
    let row = |(kind, path, value): &(&str, &str, &str)| ConditionForm {
        kind: (*kind).to_owned(),
        path: (*path).to_owned(),
        value: (*value).to_owned(),
    };
    RuleForm {
        role: "GLOBAL_READ_ONLY".to_owned(),
        level: "global".to_owned(),
        conditions: rows.iter().map(row).collect(),
        ..RuleForm::default()
    }
}

#[test]
fn a_rule_is_written_one_way_only() {
    let valid = asking(&[
        ("", "", ""),
        ("group_is", "", "b"),
        ("integration_is", "", "corp"),
        ("group_is", "", "a"),
        ("group_is", "", "a"),
        ("claim_equals", " dept ", "42"),
    ])
    .validate()
    .unwrap();
    assert_eq!((valid.group.as_str(), valid.integration.as_deref()), ("a", Some("corp")));
    let left: Vec<_> =
        valid.conditions.list().iter().map(|one| (one.path.as_deref(), one.value.as_str())).collect();
    assert_eq!(left, [(None, "b"), (Some("dept"), "42")]);
    let by_integration_alone = asking(&[("integration_is", "", "corp")]).validate();
    assert_eq!(by_integration_alone, Err(FieldErrors::one("group", FieldCode::Required)));
}

#[test]
fn every_wrong_condition_is_named_with_its_row() {
    let long = "x".repeat(1025);
    let wrong = asking(&[
        ("group_glob", "", ""),
        ("claim_equals", "", "v"),
        ("claim_glob", "a..", "*"),
        ("group_is", "dept", "v"),
        ("sounds_like", "", "v"),
        ("group_is", "", &long),
        ("group_regex", "", "(?:a{1,50}){1,50}"),
    ]);
    let errors = wrong.validate().unwrap_err();
    let found: Vec<_> = errors.iter().map(|error| (error.field.as_str(), error.code.clone())).collect();
    for wanted in [
        ("conditions.0.value", FieldCode::Required),
        ("conditions.1.path", FieldCode::Required),
        ("conditions.2.path", FieldCode::BadClaimPath),
        ("conditions.3.path", FieldCode::OnlyForClaims),
        ("conditions.4.kind", FieldCode::UnknownChoice),
        ("conditions.5.value", FieldCode::TooLong { max: 1024 }),
        ("conditions.6.value", FieldCode::BadRegex),
    ] {
        assert!(found.contains(&wanted), "{wanted:?} is not in {found:?}");
    }
    let many: Vec<_> = (0..17).map(|_| ("group_is", "", "v")).collect();
    assert_eq!(asking(&many).validate(), Err(FieldErrors::one("conditions", FieldCode::TooMany { max: 16 })));
}
