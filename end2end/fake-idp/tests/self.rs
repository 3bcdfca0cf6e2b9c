//! The provider is honest and strict unless a fault is on, and every fault changes something.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use fake_idp::{
    Alg, Authorized, ClientAuth, Endpoint, FakeIdp, Fault, GroupsIn, LogoutToken, Person, SECRET_MARKER,
    Signature, Stage,
};
use serde_json::{Value, json};
use support::*;

#[tokio::test]
async fn the_honest_rs256_token_verifies_and_holds_the_right_claims() {
    let idp = FakeIdp::start().await;
    idp.set_now(1_900_000_000);
    idp.set_person(Person::new("bob").groups(&["staff"]));
    let answer = sign_in(&idp).await;
    let token = Token::read(answer["id_token"].as_str().unwrap());
    let keys = jwks(&idp).await;
    assert!(token.verifies(token.key(&keys).unwrap()));
    let claims = token.claims();
    assert_eq!(claims["iss"], idp.issuer());
    assert_eq!(claims["aud"], idp.client_id());
    assert_eq!(claims["sub"], "bob");
    assert_eq!(claims["nonce"], NONCE);
    assert_eq!(claims["iat"], 1_900_000_000);
    assert_eq!(claims["exp"], 1_900_000_300);
    assert_eq!(claims["groups"], json!(["staff"]));
    let hash =
        ring::digest::digest(&ring::digest::SHA256, answer["access_token"].as_str().unwrap().as_bytes());
    assert_eq!(claims["at_hash"], URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));
}

#[tokio::test]
async fn the_honest_es256_token_verifies() {
    let idp = FakeIdp::start().await;
    idp.config(|config| config.alg = Alg::Es256);
    let answer = sign_in(&idp).await;
    let token = Token::read(answer["id_token"].as_str().unwrap());
    assert_eq!(token.header["alg"], "ES256");
    assert!(token.verifies(token.key(&jwks(&idp).await).unwrap()));
}

#[tokio::test]
async fn every_algorithm_signs_under_a_published_key_of_the_right_length() {
    let idp = FakeIdp::start().await;
    for alg in Alg::ALL {
        idp.config(|config| config.alg = *alg);
        let answer = sign_in(&idp).await;
        let token = Token::read(answer["id_token"].as_str().unwrap());
        assert_eq!(token.header["alg"], alg.name());
        let length = match alg {
            Alg::Es256 | Alg::EdDsa => 64,
            Alg::Es384 => 96,
            Alg::Es512 => 132,
            Alg::Hs256 => 32,
            _ => 256,
        };
        assert_eq!(token.signature.len(), length, "{}", alg.name());
        let published = token.key(&jwks(&idp).await).is_some_and(|key| key["alg"] == alg.name());
        assert_eq!(published, *alg != Alg::Hs256, "{}", alg.name());
    }
}

#[tokio::test]
async fn a_code_is_accepted_once_and_its_second_use_revokes_the_access_token() {
    let idp = FakeIdp::start().await;
    let code = code(&idp);
    let first = exchange(&idp, &code, &[]).await;
    assert_eq!(first.status, 200);
    let bearer = format!("Bearer {}", first.json()["access_token"].as_str().unwrap());
    let userinfo = format!("{}userinfo", idp.issuer());
    assert_eq!(http("GET", &userinfo, &[("Authorization", &bearer)], "").await.status, 200);
    let second = exchange(&idp, &code, &[]).await;
    assert_eq!((second.status, second.json()["error"].clone()), (400, json!("invalid_grant")));
    assert_eq!(http("GET", &userinfo, &[("Authorization", &bearer)], "").await.status, 401);
}

#[tokio::test]
async fn the_verifier_and_the_redirect_uri_are_checked() {
    let idp = FakeIdp::start().await;
    let other = "b".repeat(43);
    for wrong in
        [("code_verifier", other.as_str()), ("code_verifier", ""), ("redirect_uri", "https://rp.example/")]
    {
        let answer = exchange(&idp, &code(&idp), &[wrong]).await;
        assert_eq!(
            (answer.status, answer.json()["error"].clone()),
            (400, json!("invalid_grant")),
            "{wrong:?}"
        );
    }
}

#[tokio::test]
async fn an_expired_code_is_refused() {
    let idp = FakeIdp::start().await;
    let code = code(&idp);
    idp.set_clock_offset(61);
    assert_eq!(exchange(&idp, &code, &[]).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn wrong_client_authentication_is_401() {
    let idp = FakeIdp::start().await;
    let body = |code: &str| {
        form(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ])
    };
    // Without form-urlencoding, '+' and '%' of the secret arrive as something else.
    let raw = format!("Basic {}", STANDARD.encode(format!("{}:{}", idp.client_id(), idp.client_secret())));
    for authorization in [None, Some("Basic bGF0Y2hrZXk6d3Jvbmc="), Some("Bearer x"), Some(raw.as_str())] {
        let answer = post_token(&idp, authorization, &body(&code(&idp))).await;
        assert_eq!((answer.status, answer.json()["error"].clone()), (401, json!("invalid_client")));
        assert!(answer.head.contains("www-authenticate: basic"));
    }
    let secret = form(&[("client_id", idp.client_id()), ("client_secret", idp.client_secret())]);
    let posted = |code: &str| format!("{}&{secret}", body(code));
    assert_eq!(post_token(&idp, None, &posted(&code(&idp))).await.status, 401, "only basic is configured");
    idp.config(|config| config.client_auth = ClientAuth::Post);
    assert_eq!(post_token(&idp, None, &posted(&code(&idp))).await.status, 200);
    assert_eq!(post_token(&idp, Some(&basic(&idp)), &body(&code(&idp))).await.status, 401);
    idp.config(|config| config.client_auth = ClientAuth::Either);
    assert_eq!(post_token(&idp, Some(&basic(&idp)), &body(&code(&idp))).await.status, 200);
    assert_eq!(
        post_token(&idp, Some(&basic(&idp)), &posted(&code(&idp))).await.status,
        400,
        "not two at once"
    );
}

#[tokio::test]
async fn the_callback_holds_code_state_and_iss_and_form_post_gives_fields() {
    let idp = FakeIdp::start().await;
    let over_http = get(&authorization_url(&idp, &[])).await;
    assert_eq!(over_http.status, 302);
    assert!(over_http.head.contains(&format!("location: {CALLBACK}?code=")));
    let direct = idp.authorize(&authorization_url(&idp, &[]));
    assert_eq!(direct.field("state").unwrap(), "the-state");
    assert_eq!(direct.field("iss").unwrap(), idp.issuer());
    let posted = idp.authorize(&authorization_url(&idp, &[("response_mode", "form_post")]));
    assert!(matches!(&posted, Authorized::FormPost { action, .. } if action == CALLBACK));
    assert!(posted.field("code").is_some());
    assert_eq!(idp.count(Endpoint::Authorize), 3);
    let twice = idp.authorize(&authorization_url(&idp, &[("nonce", "again")]));
    assert!(matches!(twice, Authorized::Refused(_)));
}

#[tokio::test]
async fn requests_without_pkce_or_nonce_are_refused_by_redirect() {
    let idp = FakeIdp::start().await;
    for name in ["code_challenge", "nonce"] {
        let url = authorization_url(&idp, &[]).replace(&format!("&{name}="), "&ignored=");
        let answer = idp.authorize(&url);
        assert_eq!(answer.field("error").unwrap(), "invalid_request", "{name}");
        assert_eq!(answer.field("code"), None);
    }
}

#[tokio::test]
async fn userinfo_takes_the_token_only_from_the_header_and_groups_go_where_configured() {
    let idp = FakeIdp::start().await;
    idp.config(|config| config.groups = GroupsIn::Userinfo);
    let answer = sign_in(&idp).await;
    let access_token = answer["access_token"].as_str().unwrap();
    assert_eq!(Token::read(answer["id_token"].as_str().unwrap()).claims().get("groups"), None);
    let url = format!("{}userinfo", idp.issuer());
    assert_eq!(get(&format!("{url}?access_token={access_token}")).await.status, 401);
    assert_eq!(get(&url).await.status, 401);
    let bearer = format!("Bearer {access_token}");
    let claims = http("GET", &url, &[("Authorization", &bearer)], "").await.json();
    assert_eq!((&claims["sub"], &claims["groups"]), (&json!("alice"), &json!(["staff"])));
    let seen = idp.requests().pop().unwrap();
    assert_eq!((seen.endpoint, seen.authorization), (Endpoint::Userinfo, Some(bearer)));
}

#[tokio::test]
async fn refresh_tokens_rotate() {
    let idp = FakeIdp::start().await;
    idp.config(|config| config.refresh_tokens = true);
    let first = sign_in(&idp).await;
    let body =
        form(&[("grant_type", "refresh_token"), ("refresh_token", first["refresh_token"].as_str().unwrap())]);
    let second = post_token(&idp, Some(&basic(&idp)), &body).await;
    assert_eq!(second.status, 200);
    assert_ne!(second.json()["refresh_token"], first["refresh_token"]);
    assert_eq!(post_token(&idp, Some(&basic(&idp)), &body).await.status, 400);
}

#[tokio::test]
async fn rotation_changes_every_kid_and_key() {
    let idp = FakeIdp::start().await;
    let before = jwks(&idp).await;
    idp.rotate_keys();
    for (old, new) in before.iter().zip(jwks(&idp).await) {
        assert_ne!(old["kid"], new["kid"]);
        assert!(old["n"] != new["n"] || old["x"] != new["x"]);
    }
}

#[tokio::test]
async fn logout_tokens_are_good_unless_built_otherwise() {
    let idp = FakeIdp::start().await;
    sign_in(&idp).await;
    let sid = idp.issued()[0].sid.clone();
    let keys = jwks(&idp).await;
    let good = Token::read(&idp.logout_token(&LogoutToken::new().sub("alice").sid(&sid)));
    assert_eq!(good.header["typ"], "logout+jwt");
    assert!(good.verifies(good.key(&keys).unwrap()));
    assert_eq!(good.claims()["sid"], sid.as_str());
    let bad = LogoutToken::new().without("jti").claim("nonce", Value::Null).without_header("typ");
    let bad = Token::read(&idp.logout_token(&bad.signature(Signature::Stranger)));
    assert!(!bad.verifies(bad.key(&keys).unwrap()));
    assert_eq!((bad.claims().get("jti"), bad.claims().get("nonce")), (None, Some(&Value::Null)));
    assert_eq!(bad.header.get("typ"), None);
}

#[tokio::test]
async fn any_jwt_can_be_signed() {
    let idp = FakeIdp::start().await;
    let jwt = idp.sign(&json!({"alg": "ES256", "typ": "at+jwt", "kid": null}), &json!({"x": 1}));
    let token = Token::read(&jwt);
    assert_eq!(token.header, json!({"alg": "ES256", "typ": "at+jwt"}));
    assert!(jwks(&idp).await.iter().any(|key| token.verifies(key)));
}

#[tokio::test]
async fn logout_redirects_back_with_the_state() {
    let idp = FakeIdp::start().await;
    sign_in(&idp).await;
    let hint = idp.issued()[0].id_token.clone();
    let url = |hint: &str| {
        let query = form(&[
            ("id_token_hint", hint),
            ("post_logout_redirect_uri", "https://rp.example/bye"),
            ("state", "xyz"),
        ]);
        format!("{}end_session?{query}", idp.issuer())
    };
    assert!(get(&url(&hint)).await.head.contains("location: https://rp.example/bye?state=xyz"));
    assert_eq!(get(&url("not.issued.here")).await.status, 400);
    idp.set_fault(Some(Fault::EndSessionWrongState));
    assert!(get(&url(&hint)).await.head.contains("?state=xyz_invalid"));
    idp.set_fault(Some(Fault::EndSessionMissingState));
    assert!(get(&url(&hint)).await.head.contains("location: https://rp.example/bye\r\n"));
}

#[tokio::test]
async fn a_dropped_provider_answers_what_it_held_back_and_stops_listening() {
    let idp = FakeIdp::start().await;
    idp.set_fault(Some(Fault::SlowToken));
    let host = idp.origin().replace("http://", "");
    let url = format!("{}token", idp.issuer());
    let waiting = tokio::spawn(async move { http("POST", &url, &[], "").await.status });
    while idp.count(Endpoint::Token) == 0 {
        tokio::task::yield_now().await;
    }
    drop(idp);
    assert_eq!(waiting.await.unwrap(), 503);
    while tokio::net::TcpStream::connect(&host).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

/// Everything about a sign-in that does not change by chance.
async fn describe(idp: &FakeIdp) -> Value {
    let before = jwks(idp).await;
    let answer = sign_in(idp).await;
    let keys = jwks(idp).await;
    let token = Token::read(answer["id_token"].as_str().unwrap());
    let mut claims = token.claims();
    claims["sid"] = Value::Null;
    let access_token = answer["access_token"].as_str().unwrap();
    let hash = ring::digest::digest(&ring::digest::SHA256, access_token.as_bytes());
    claims["at_hash"] = json!(claims["at_hash"] == URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));
    json!({
        "alg": token.header["alg"],
        "kid known": token.header["kid"].is_string() && token.key(&keys).is_some(),
        "kid known before": token.header["kid"].is_string() && token.key(&before).is_some(),
        "verifies": keys.iter().any(|key| token.verifies(key)),
        "signed": !token.signature.is_empty(),
        "signature length": token.signature.len(),
        "key": token.key(&keys).map(|key| json!([key.get("use"), key.get("key_ops")])),
        "keys": keys.len(),
        "subs": token.payload.matches("\"sub\":").count(),
        "claims": claims,
    })
}

#[tokio::test]
async fn every_id_token_fault_changes_the_token() {
    let idp = FakeIdp::start().await;
    idp.set_now(1_900_000_000);
    let honest = describe(&idp).await;
    assert_eq!(honest["verifies"], true);
    assert_eq!(describe(&idp).await, honest, "the description does not change by chance");
    let mut seen = vec![("honest", honest)];
    for fault in Fault::ALL.iter().filter(|fault| fault.stage() == Stage::IdToken) {
        idp.set_fault(Some(*fault));
        let spoilt = describe(&idp).await;
        for (name, other) in &seen {
            // Only who owns the right key can tell these two apart.
            let alike = (*name, fault) == ("BadSignature", &Fault::WrongKey);
            assert!(alike || *other != spoilt, "{} looks like {name}", fault.name());
        }
        seen.push((fault.name(), spoilt));
    }
}

#[tokio::test]
async fn signature_faults_break_what_they_say() {
    let idp = FakeIdp::start().await;
    for fault in [Fault::BadSignature, Fault::BadSignatureEs256, Fault::WrongKey, Fault::AlgNone] {
        idp.set_fault(Some(fault));
        assert_eq!(describe(&idp).await["verifies"], false, "{}", fault.name());
    }
    for fault in [Fault::AlternateAlg, Fault::RotatedKeys, Fault::WeakRsaKey, Fault::KidAbsentManyKeys] {
        idp.set_fault(Some(fault));
        assert_eq!(describe(&idp).await["verifies"], true, "{}", fault.name());
    }
}

#[tokio::test]
async fn every_other_fault_changes_the_answer_of_its_stage() {
    let slow = [Fault::SlowDiscovery, Fault::SlowToken, Fault::SlowUserinfo];
    let idp = FakeIdp::start().await;
    idp.set_now(1_900_000_000);
    for fault in Fault::ALL.iter().filter(|fault| !slow.contains(fault)) {
        idp.set_fault(None);
        let answer = sign_in(&idp).await;
        let document = discovery(&idp).await;
        let jwks_uri = document["jwks_uri"].as_str().unwrap().to_owned();
        let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap());
        let look = async || match fault.stage() {
            Stage::Discovery => Some(get(&format!("{}.well-known/openid-configuration", idp.issuer())).await),
            Stage::Jwks => Some(get(&jwks_uri).await),
            Stage::Userinfo => {
                let url = format!("{}userinfo", idp.issuer());
                Some(http("GET", &url, &[("Authorization", &bearer)], "").await)
            }
            Stage::Push => {
                let fields = [("client_id", idp.client_id()), ("client_secret", idp.client_secret())];
                idp.config(|config| config.client_auth = ClientAuth::Post);
                let kind = [("Content-Type", "application/x-www-form-urlencoded")];
                let mut answer = http("POST", &format!("{}par", idp.issuer()), &kind, &form(&fields)).await;
                idp.config(|config| config.client_auth = ClientAuth::Basic);
                // The name is random.
                if answer.body.contains("urn:ietf:params:oauth:request_uri:") {
                    answer.body = "good".to_owned();
                }
                Some(answer)
            }
            Stage::Token => {
                let mut answer = exchange(&idp, &code(&idp), &[]).await;
                if let Ok(mut body) = serde_json::from_str::<Value>(&answer.body) {
                    for name in ["id_token", "access_token"] {
                        if body[name].as_str().is_some_and(|text| !text.contains('\n')) {
                            body[name] = json!("text");
                        }
                    }
                    answer.body = body.to_string();
                }
                Some(answer)
            }
            Stage::Callback => {
                let url = authorization_url(&idp, &[]);
                let seen: Vec<_> = idp.authorize(&url).fields();
                let hide = |(name, value)| if name == "code" { (name, String::new()) } else { (name, value) };
                let body = format!("{:?}", seen.into_iter().map(hide).collect::<Vec<_>>());
                Some(Answer { status: 302, head: String::new(), body })
            }
            Stage::IdToken | Stage::EndSession => None,
        };
        let honest = look().await;
        idp.set_fault(Some(*fault));
        if let (Some(honest), Some(spoilt)) = (honest, look().await) {
            assert!(
                honest.status != spoilt.status || honest.body != spoilt.body,
                "{} changes nothing",
                fault.name()
            );
        }
    }
}

#[tokio::test]
async fn the_token_error_holds_the_marker_and_huge_answers_have_no_length() {
    let idp = FakeIdp::start().await;
    idp.set_fault(Some(Fault::TokenError));
    let answer = exchange(&idp, &code(&idp), &[]).await;
    assert!(answer.status == 400 && answer.body.contains(SECRET_MARKER));
    idp.set_fault(Some(Fault::DiscoveryHuge));
    let huge = get(&format!("{}.well-known/openid-configuration", idp.issuer())).await;
    assert!(huge.body.len() > 16 << 20);
    assert!(huge.head.contains("transfer-encoding: chunked"));
}

#[test]
fn every_fault_is_found_by_its_name() {
    for fault in Fault::ALL {
        assert_eq!(Fault::parse(fault.name()), Some(*fault));
    }
}
