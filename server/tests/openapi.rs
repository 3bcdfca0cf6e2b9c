//! The API's description and its page.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::{collections::BTreeSet, fs, path::Path};

use domain::{form::FieldCode, login_failure::LoginFailure, problem::ProblemCode};
use scraper::{Html, Selector};
use serde_json::Value;
use server::http::api::{ENDPOINTS, openapi};
use support::TestApp;

/// The stored file must be this text; `UPDATE=1` writes it.
fn stored(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, text).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(there == text, "{} is out of date: run the test again with UPDATE=1", path.display());
}

#[test]
fn the_stored_description_is_the_one_that_is_served() {
    stored("openapi.json", &openapi::text());
}

#[test]
fn every_endpoint_is_described_once_and_every_reference_leads_somewhere() {
    let document = openapi::document();
    let mut ids = BTreeSet::new();
    for endpoint in ENDPOINTS.iter() {
        let method = endpoint.method.as_str().to_ascii_lowercase();
        let operation = &document["paths"][format!("/api/v1{}", endpoint.path)][&method];
        assert!(operation.is_object(), "{method} {} is missing", endpoint.path);
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{operation} is there twice"
        );
        let answer = &operation["responses"][endpoint.status.to_string()];
        assert!(answer.is_object(), "{method} {} has no answer", endpoint.path);
        assert_eq!(answer["content"].is_object(), endpoint.status != 204, "{method} {}", endpoint.path);
        for status in ["401", "403"] {
            assert!(operation["responses"][status].is_object(), "{method} {}: no {status}", endpoint.path);
        }
    }
    assert!(ids.len() > 30, "only {} endpoints", ids.len());
    references(&document, &document);
}

fn references(value: &Value, document: &Value) {
    match value {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(Value::as_str) {
                assert!(document.pointer(name.strip_prefix('#').unwrap()).is_some(), "{name} leads nowhere");
            }
            members.values().for_each(|inner| references(inner, document));
        }
        Value::Array(items) => items.iter().for_each(|inner| references(inner, document)),
        _ => {}
    }
}

#[tokio::test]
async fn every_row_of_the_table_is_answered_by_the_router() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for endpoint in ENDPOINTS.iter() {
        let path = endpoint.path.replace("{name}", "nothing").replace("{id}", "0123456789");
        let answer = admin.send(endpoint.method.clone(), &path, &[], None).await;
        assert_ne!(answer.status, 405, "{} {path}", endpoint.method);
        if answer.status == 404 {
            assert!(path.contains("nothing") || path.contains("0123456789"), "{} {path}", endpoint.method);
        }
        let from_here = [("origin", "https://console.example.com"), ("sec-fetch-site", "same-origin")];
        let anonymous = app.anonymous().send(endpoint.method.clone(), &path, &from_here, None).await;
        assert_eq!(anonymous.status, 401, "{} {path}", endpoint.method);
    }
}

#[tokio::test]
async fn the_page_lists_everything_and_loads_nothing_from_elsewhere() {
    let app = TestApp::new().await;
    let client = app.client();
    let answer = client.get("/api/docs").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{answer:?}");
    let text = answer.body();
    let page = Html::parse_document(&text);
    let all = |selector: &str| page.select(&Selector::parse(selector).unwrap()).collect::<Vec<_>>();
    assert_eq!(all("h1").len(), 1);
    for nothing in ["script", "style", "[style]", "img", "iframe", "[src]"] {
        assert!(all(nothing).is_empty(), "{nothing} on the page");
    }
    let ids: BTreeSet<&str> = all("[id]").iter().map(|element| element.value().id().unwrap()).collect();
    assert_eq!(ids.len(), all("[id]").len(), "an anchor is there twice");
    for link in all("a[href], link[href]") {
        let href = link.value().attr("href").unwrap();
        match href.strip_prefix('#') {
            Some(anchor) => assert!(ids.contains(anchor), "{href} leads nowhere"),
            None => {
                assert!(href.starts_with('/') && !href.starts_with("//"), "{href}");
                assert_eq!(client.get(href).await.status, 200, "{href}");
            }
        }
    }
    for endpoint in ENDPOINTS.iter() {
        assert!(ids.contains(openapi::operation_id(endpoint).as_str()), "{} is missing", endpoint.path);
    }
    let description = client.get("/api/openapi.json").await;
    assert_eq!((description.status, description.body()), (200, openapi::text()));
}

/// Every code of a field, with numbers where it has them. A new one does not compile until it is here.
fn field_codes() -> Vec<FieldCode> {
    use FieldCode as F;
    let all = vec![
        F::Required,
        F::TooShort { min: 8 },
        F::TooLong { max: 64 },
        F::OutOfRange { min: 1, max: 500 },
        F::BadCharacters,
        F::BadName,
        F::BadUrl,
        F::NotHttps,
        F::UrlWithExtras,
        F::IssuerIsDiscoveryUrl,
        F::OpenidMissing,
        F::OnlyWithIdToken,
        F::PkceNeeded,
        F::BadParameter,
        F::UnknownChoice,
        F::Unsupported,
        F::RoleNotOfLevel,
        F::NotThere,
        F::Taken,
        F::Fixed,
        F::SecretNeededAgain,
        F::SecretGone,
        F::BadClaimPath,
        F::BadCertificate,
        F::PrivateKeyInside,
        F::TextBetweenCertificates,
        F::PasswordsDiffer,
        F::CommonPassword,
        F::WrongPassword,
        F::LooksLikeAnother,
        F::ReservedParameter,
        F::BadDate,
        F::BadNetwork,
        F::BadEmail,
        F::BadDomain,
        F::UnknownField,
        F::WrongType,
        F::ReadOnly,
        F::BadCursor,
        F::ProviderUnreachable,
        F::AddressRefused,
        F::IssuerMismatch,
        F::DiscoveryInvalid,
        F::RoleNotOwn,
        F::BadRoleName,
        F::RoleOfOrganization,
        F::SecretNotFound,
        F::SecretInFile,
        F::NotReadable,
        F::DuplicateKey,
        F::MistypedHost,
        F::DiffersFromFile,
        F::ManagedByConfiguration,
        F::Ambiguous,
        F::ChangedMeanwhile,
        F::BadSecretVariable,
        F::BadSecretFile,
        F::NoSecretFolder,
        F::BadRegex,
        F::TooMany { max: 16 },
        F::OnlyForClaims,
        F::OneIntegration,
        F::Repeated { row: 2 },
        F::BadLine { line: 2 },
    ];
    for code in &all {
        match code {
            F::Required
            | F::TooShort { .. }
            | F::TooLong { .. }
            | F::OutOfRange { .. }
            | F::BadCharacters
            | F::BadName
            | F::BadUrl
            | F::NotHttps
            | F::UrlWithExtras
            | F::IssuerIsDiscoveryUrl
            | F::OpenidMissing
            | F::OnlyWithIdToken
            | F::PkceNeeded
            | F::BadParameter
            | F::UnknownChoice
            | F::Unsupported
            | F::RoleNotOfLevel
            | F::NotThere
            | F::Taken
            | F::Fixed
            | F::SecretNeededAgain
            | F::SecretGone
            | F::BadClaimPath
            | F::BadCertificate
            | F::PrivateKeyInside
            | F::TextBetweenCertificates
            | F::PasswordsDiffer
            | F::CommonPassword
            | F::WrongPassword
            | F::LooksLikeAnother
            | F::ReservedParameter
            | F::BadDate
            | F::BadNetwork
            | F::BadEmail
            | F::BadDomain
            | F::UnknownField
            | F::WrongType
            | F::ReadOnly
            | F::BadCursor
            | F::ProviderUnreachable
            | F::AddressRefused
            | F::IssuerMismatch
            | F::DiscoveryInvalid
            | F::RoleNotOwn
            | F::BadRoleName
            | F::RoleOfOrganization
            | F::SecretNotFound
            | F::SecretInFile
            | F::NotReadable
            | F::DuplicateKey
            | F::MistypedHost
            | F::DiffersFromFile
            | F::ManagedByConfiguration
            | F::Ambiguous
            | F::ChangedMeanwhile
            | F::BadSecretVariable
            | F::BadSecretFile
            | F::NoSecretFolder
            | F::BadRegex
            | F::TooMany { .. }
            | F::OnlyForClaims
            | F::OneIntegration
            | F::Repeated { .. }
            | F::BadLine { .. } => {}
        }
    }
    all
}

#[test]
fn every_code_is_documented() {
    let mut text = "# Codes\n\nCodes are stable; the words beside them may change.\n\n## Problems\n\n\
        Every refusal of the API is `application/problem+json` with one of these in `code`.\n\n\
        | code | status | what to do |\n|---|---|---|\n"
        .to_owned();
    for code in ProblemCode::ALL {
        text.push_str(&format!("| `{}` | {} | {} |\n", code.code(), code.status(), code.message()));
    }
    text.push_str("\n## Fields\n\nA problem `invalid` names each wrong field, nested ones with dots, with one of these.\n\n\
        | code | what to do |\n|---|---|\n");
    for code in field_codes() {
        // A code alone is a text; one with numbers is an object whose one member is named after it.
        let name = match serde_json::to_value(&code).unwrap() {
            serde_json::Value::Object(code) => code.into_iter().next().unwrap().0,
            code => code.as_str().unwrap().to_owned(),
        };
        text.push_str(&format!("| `{name}` | {} |\n", code.message()));
    }
    text.push_str("\n## Sign-in\n\nA sign-in that fails leads to `/sign-in/failed` with one of these; the audit log has the cause \
        under the reference shown there.\n\n| code | what happened | what the administrator can do |\n|---|---|---|\n");
    for failure in LoginFailure::ALL {
        let words = app::text::login_failure(*failure);
        text.push_str(&format!("| `{}` | {} | {} |\n", failure.code(), words.sentence, words.administrator));
    }
    stored("docs/errors.md", &text);
}

/// Every test of the server's packages, by name.
fn tests(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests(&path, names);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let functions = text.lines().filter_map(|line| line.trim().split_once("fn ")?.1.split_once('('));
            names.extend(functions.map(|(name, _)| name.to_owned()));
        }
    }
}

#[test]
fn every_promise_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = BTreeSet::new();
    for folder in ["tests", "src", "oidc", "store"] {
        tests(&root.join(folder), &mut names);
    }
    let page = fs::read_to_string(root.join("docs/security.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.ends_with("` |"));
    let promised: Vec<&str> = rows
        .filter_map(|row| row.rsplit_once(" | "))
        .flat_map(|(_, tests)| tests.trim_end_matches(" |").split(", ").map(|name| name.trim_matches('`')))
        .collect();
    assert!(promised.len() > 30, "only {} tests found on the page", promised.len());
    for name in promised {
        assert!(names.contains(name), "security.md promises {name}, which is no test");
    }
}
