//! Every way the provider can misbehave: what the person sees, what is recorded, and that nothing more is asked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use fake_idp::{Endpoint, Expected, FakeIdp, Fault, Person, SECRET_MARKER, Stage};
use futures::{StreamExt as _, stream};
use serde_json::json;
use support::{Answer, Browser, TestApp, logs};

/// The public code of each refusal; `None`: the login succeeds.
const fn code(fault: Fault) -> Option<&'static str> {
    Some(match fault {
        Fault::WrongNonce | Fault::MissingNonce => "nonce_mismatch",
        Fault::WrongAudience | Fault::SecondaryAudience | Fault::WrongAzp => "audience_mismatch",
        Fault::WrongIssuer
        | Fault::DiscoveryIssuerMismatch
        | Fault::CallbackMissingIss
        | Fault::CallbackWrongIss
        | Fault::CallbackErrorWrongIss => "issuer_mismatch",
        Fault::MissingAudience
        | Fault::MissingIssuer
        | Fault::MissingIat
        | Fault::MissingExp
        | Fault::ExpTooFar
        | Fault::DuplicateJsonKeys => "id_token_invalid",
        Fault::MissingSubject | Fault::EmptySubject | Fault::LongSubject | Fault::ControlCharInSubject => {
            "subject_invalid"
        }
        Fault::IatInFuture | Fault::IatTooOld | Fault::NbfInFuture => "clock_skew",
        Fault::ExpiredIdToken => "id_token_expired",
        Fault::WrongAtHash => "access_token_hash",
        Fault::GroupsOverage | Fault::HasGroups => "groups_overage",
        Fault::AlgNone | Fault::Hs256WithSecret | Fault::Hs256WithPublicKey => "id_token_algorithm",
        Fault::BadSignature | Fault::BadSignatureEs256 | Fault::WrongKey | Fault::UnknownKid => {
            "id_token_signature"
        }
        Fault::DiscoveryRedirect
        | Fault::DiscoveryHuge
        | Fault::DiscoveryNotJson
        | Fault::Discovery500
        | Fault::DiscoveryJavascriptEndpoint
        | Fault::DiscoveryMissingJwksUri => "discovery_invalid",
        Fault::DiscoveryPrivateJwks => "provider_address_refused",
        Fault::SlowDiscovery | Fault::SlowToken | Fault::SlowUserinfo => "provider_unreachable",
        Fault::JwksEmpty
        | Fault::JwksHtml
        | Fault::Jwks500
        | Fault::JwksHuge
        | Fault::JwksRedirect
        | Fault::WeakRsaKey
        | Fault::EncryptUseKey
        | Fault::EncryptKeyOps => "keys_invalid",
        Fault::TokenError => "code_rejected",
        Fault::InvalidClient => "client_rejected",
        Fault::TokenHtml
        | Fault::TokenHuge
        | Fault::TokenRedirect
        | Fault::NoIdToken
        | Fault::IdTokenNotAString
        | Fault::NoAccessToken
        | Fault::HostileAccessToken
        | Fault::TokenTypeMac => "token_response_invalid",
        Fault::UserinfoWrongSub
        | Fault::UserinfoMissingSub
        | Fault::UserinfoStrangeSub
        | Fault::UserinfoSignedWrongSub => "userinfo_subject",
        Fault::PushInvalidClient => "client_rejected",
        Fault::PushRefused
        | Fault::PushNoRequestUri
        | Fault::PushStrangeUri
        | Fault::PushHtml
        | Fault::PushRedirect
        | Fault::Push500 => "request_rejected",
        Fault::UserinfoHuge
        | Fault::Userinfo500
        | Fault::UserinfoNotJson
        | Fault::UserinfoRedirect
        | Fault::UserinfoList
        | Fault::UserinfoSignedBadSignature
        | Fault::UserinfoSignedWrongKey
        | Fault::UserinfoSignedAlgNone
        | Fault::UserinfoSignedWithSecret
        | Fault::UserinfoSignedWrongAud
        | Fault::UserinfoSignedMissingAud
        | Fault::UserinfoSignedWrongIss
        | Fault::UserinfoSignedExpired => "userinfo_invalid",
        Fault::CallbackWrongState | Fault::CallbackMissingState => "state_mismatch",
        Fault::CallbackDuplicateState | Fault::CallbackDuplicateCode | Fault::CallbackCodeAndError => {
            "callback_invalid"
        }
        Fault::CallbackError => "provider_refused",
        _ => return None,
    })
}

/// What must not be asked after this fault.
const fn later(fault: Fault) -> &'static [Endpoint] {
    match fault.stage() {
        // Groups that the token lacks may be in userinfo; the address in the token is never asked.
        _ if matches!(fault, Fault::GroupsOverage | Fault::HasGroups) => &[Endpoint::Other],
        Stage::Discovery => {
            &[Endpoint::Jwks, Endpoint::Authorize, Endpoint::Token, Endpoint::Userinfo, Endpoint::Other]
        }
        Stage::Push => &[Endpoint::Authorize, Endpoint::Token, Endpoint::Userinfo, Endpoint::Other],
        Stage::Callback => &[Endpoint::Token, Endpoint::Userinfo, Endpoint::Other],
        Stage::Token | Stage::IdToken | Stage::Jwks => &[Endpoint::Userinfo, Endpoint::Other],
        Stage::Userinfo | Stage::EndSession => &[Endpoint::Other],
    }
}

async fn attempt(browser: &mut Browser, idp: &FakeIdp) -> Answer {
    let begun = browser.get("/oauth2/authorization/corp").await;
    if !begun.location().starts_with(&idp.issuer()) {
        return begun;
    }
    let callback = idp.authorize(begun.location()).callback_url();
    browser.get_from_elsewhere(&callback).await
}

async fn check(fault: Fault) -> Result<(), String> {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    let userinfo = if fault.stage() == Stage::Userinfo { "always" } else { "auto" };
    app.integration(&idp, "corp", json!({"userinfo": userinfo, "enabled": true})).await;
    idp.set_person(Person::new("alice").groups(&["staff"]));
    // What was read while the integration was made is forgotten.
    app.advance_minutes(24 * 60 + 1);
    idp.clear_requests();
    idp.set_fault(Some(fault));
    let mut browser = app.browser();
    let answer = attempt(&mut browser, &idp).await;
    idp.set_fault(None);

    let name = fault.name();
    let Some(code) = code(fault) else {
        if fault.expected() == Expected::Refuse {
            return Err(format!("{name}: the table has no code for a fault that must be refused"));
        }
        return match browser.who().await.as_deref() {
            Some("alice") => Ok(()),
            other => Err(format!("{name}: expected a session, got {other:?}: {answer:?}")),
        };
    };
    if fault.expected() == Expected::Accept {
        return Err(format!("{name}: the table has a code for a harmless fault"));
    }
    let got = answer.header("location").to_owned();
    if !got.starts_with(&format!("/sign-in/failed?code={code}&reference=")) {
        return Err(format!("{name}: expected {code}, got {} {got}", answer.status));
    }
    if browser.is_signed_in() {
        return Err(format!("{name}: a session"));
    }
    let reference = answer.location_param("reference").unwrap();
    let events = app.audit(&format!("reference={reference}")).await;
    if events.len() != 1 || events[0]["kind"] != "login.failed" || events[0]["code"] != code {
        return Err(format!("{name}: recorded as {events:?}"));
    }
    if app.audit("kind=login.failed").await.len() != 1 {
        return Err(format!("{name}: more than one event"));
    }
    for endpoint in later(fault) {
        if idp.count(*endpoint) > 0 {
            return Err(format!("{name}: {endpoint:?} was asked after it"));
        }
    }
    if idp.count(Endpoint::Token) > 1 {
        return Err(format!("{name}: the code was sent twice"));
    }
    if logs::lines_with(&reference).is_empty() {
        return Err(format!("{name}: the reference finds nothing in the log"));
    }
    let page = browser.get(answer.location()).await;
    let body = page.body();
    if page.status >= 500
        || !body.contains(&reference)
        || body.contains(SECRET_MARKER)
        || body.contains("<script>alert")
    {
        return Err(format!("{name}: the page: {page:?}"));
    }
    let shown = serde_json::to_string(&events).unwrap();
    if shown.contains(SECRET_MARKER) && !matches!(fault, Fault::TokenError) {
        return Err(format!("{name}: {shown}"));
    }
    // The next login works.
    app.advance_minutes(2);
    let answer = attempt(&mut browser, &idp).await;
    match browser.who().await.as_deref() {
        Some("alice") => Ok(()),
        other => Err(format!("{name}: the next login: {other:?} {answer:?}")),
    }
}

#[tokio::test]
async fn every_fault_of_a_provider_is_refused_recorded_and_left_at_that_and_harmless_ones_sign_in() {
    let faults = Fault::ALL.iter().copied().filter(|fault| fault.stage() != Stage::EndSession);
    let results: Vec<Result<(), String>> =
        stream::iter(faults).map(check).buffer_unordered(4).collect().await;
    let wrong: Vec<&String> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        results.len(),
        wrong.iter().map(|s| s.as_str()).collect::<Vec<_>>().join("\n\n")
    );
}

#[tokio::test]
async fn what_the_provider_says_about_an_error_reaches_the_audit_log_and_no_page() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    app.with_integration(&idp, "corp").await;
    idp.set_fault(Some(Fault::CallbackError));
    let mut browser = app.browser();
    let answer = attempt(&mut browser, &idp).await;
    app.assert_login_failed(&answer, "provider_refused").await;
    let page = browser.get(answer.location()).await;
    assert_eq!(page.status, 200);
    assert!(!page.body().contains("access_denied") && !page.body().contains("<script>alert"), "{page:?}");
    let event = &app.audit("kind=login.failed").await[0];
    assert!(event["detail"].to_string().contains("access_denied"), "{event}");
}

#[tokio::test]
async fn a_crafted_link_cannot_put_words_into_the_failed_page() {
    let app = TestApp::new().await;
    for (query, forbidden) in [
        ("code=Call+0900-1234&reference=x", "0900"),
        ("code=internal&reference=%3Cscript%3Ealert(1)%3C/script%3E", "<script>alert(1)"),
        ("code=internal&reference=Your+account+was+closed,+call+0900", "0900"),
        ("code=internal&message=Call+0900", "0900"),
    ] {
        let page = app.browser().get(&format!("/sign-in/failed?{query}")).await;
        assert!(page.status < 500);
        assert!(!page.body().contains(forbidden), "{query}: {}", page.body());
    }
    let page = app.browser().get("/sign-in?error=Call+0900&reference=call-0900").await;
    assert!(!page.body().contains("Call 0900"), "{}", page.body());
}
