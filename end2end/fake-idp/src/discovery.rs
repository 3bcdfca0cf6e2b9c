//! The two documents that a relying party fetches first: metadata and key set.

use serde_json::{Value, json};

use crate::config::ClientAuth;
use crate::faults::{Fault, Stage};
use crate::jwt::Alg;
use crate::keys;
use crate::reply::Reply;
use crate::state::{Shared, Snapshot};

/// The metadata document (OIDC Discovery 3), with the faults that are on.
pub(crate) fn discovery(shared: &Shared, now: &Snapshot) -> Reply {
    let mut document = metadata(shared, now);
    for fault in now.faults.iter() {
        match fault {
            Fault::DiscoveryIssuerMismatch => {
                set(&mut document, "issuer", format!("{}INVALID", shared.issuer));
            }
            Fault::DiscoveryJavascriptEndpoint => {
                set(&mut document, "authorization_endpoint", "javascript:alert(1)");
            }
            Fault::DiscoveryPrivateJwks => {
                set(&mut document, "jwks_uri", "http://169.254.169.254/latest");
            }
            Fault::DiscoveryMissingJwksUri => {
                document.as_object_mut().and_then(|members| members.remove("jwks_uri"));
            }
            Fault::DiscoveryRedirect => return Reply::redirect(302, shared.url("elsewhere/discovery")),
            Fault::DiscoveryNotJson => return Reply::text(200, "application/json", "{\"issuer\": oops"),
            Fault::Discovery500 => return Reply::text(500, "text/plain", "something broke"),
            Fault::DiscoveryHuge => return Reply::json(200, &document).huge(),
            Fault::SlowDiscovery => return Reply::never(),
            _ => {}
        }
    }
    Reply::json(200, &document)
}

/// The key set (RFC 7517 5), with the faults that are on.
pub(crate) fn jwks(shared: &Shared, now: &Snapshot) -> Reply {
    let alg = now.config.alg;
    let mut keys = published(now);
    for fault in now.faults.iter() {
        match fault {
            Fault::JwksEmpty => keys.clear(),
            Fault::KidAbsentManyKeys => keys = now.keys.many_without_kid(alg),
            Fault::KidAbsentSingleKey => keys = keys.into_iter().map(keys::without_kid).collect(),
            Fault::WeakRsaKey => keys = vec![keys::weak_jwk()],
            Fault::EncryptUseKey => {
                for key in &mut keys {
                    set(key, "use", "enc");
                }
            }
            Fault::EncryptKeyOps => {
                for key in &mut keys {
                    key.as_object_mut().and_then(|members| members.remove("use"));
                    set(key, "key_ops", json!(["encrypt"]));
                }
            }
            Fault::JwksStrangeKeys => {
                let strange = json!([
                    {"kty": "AKP", "alg": "ML-DSA-65", "pub": "AAAA", "kid": "post-quantum"},
                    {"kty": "OKP", "crv": "X448", "x": "AAAA", "kid": "okp", "use": "enc"},
                    {"kty": "EC", "crv": "P-9000", "x": "AAAA", "y": "AAAA", "kid": "curve"},
                    {"kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "RS1024", "kid": "alg", "use": "tea"},
                    {"kty": 42},
                    "not an object",
                ]);
                keys.splice(0..0, strange.as_array().cloned().unwrap_or_default());
            }
            Fault::JwksHtml => return Reply::text(200, "text/html", "<!doctype html><title>Sign in</title>"),
            Fault::Jwks500 => return Reply::text(500, "text/plain", "something broke"),
            Fault::JwksRedirect => return Reply::redirect(302, shared.url("elsewhere/jwks")),
            Fault::JwksHuge => return Reply::json(200, &json!({"keys": keys})).huge(),
            _ => {}
        }
    }
    Reply::json(200, &json!({"keys": keys}))
}

/// The honest keys; the RSA key names its algorithm if that is the configured one.
pub(crate) fn published(now: &Snapshot) -> Vec<Value> {
    let alg = now.config.alg;
    let mut keys = now.keys.published(alg);
    if let Some(current) = now.keys.key_for(alg) {
        for key in &mut keys {
            if key.get("kid").and_then(Value::as_str) == Some(&current.kid) {
                set(key, "alg", alg.name());
            }
        }
    }
    keys
}

fn metadata(shared: &Shared, now: &Snapshot) -> Value {
    let config = &now.config;
    let auth_methods: &[&str] = match config.client_auth {
        ClientAuth::Basic => &["client_secret_basic"],
        ClientAuth::Post => &["client_secret_post"],
        ClientAuth::Either => &["client_secret_basic", "client_secret_post"],
        ClientAuth::SecretJwt => &["client_secret_jwt"],
        ClientAuth::PrivateKeyJwt => &["private_key_jwt"],
        ClientAuth::Public => &["none"],
    };
    let mut algs = vec![config.alg.name()];
    if config.alg == Alg::Rs256 && now.has(Fault::BadSignatureEs256) {
        algs.push(Alg::Es256.name());
    }
    let mut document = json!({
        "issuer": shared.issuer,
        "authorization_endpoint": shared.url("authorize"),
        "token_endpoint": shared.url("token"),
        "jwks_uri": shared.url(&shared.jwks_path),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algs,
        "token_endpoint_auth_methods_supported": auth_methods,
        "scopes_supported": ["openid", "profile", "email", "groups", "offline_access"],
        "claims_supported": ["sub", "name", "preferred_username", "email", "email_verified", config.groups_claim],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": config.iss_parameter,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": config.sid,
    });
    let spoilt = now.faults.iter().any(|fault| fault.stage() == Stage::Push);
    if config.par || config.require_par || spoilt {
        set(&mut document, "pushed_authorization_request_endpoint", shared.url("par"));
        set(&mut document, "require_pushed_authorization_requests", config.require_par);
    }
    if config.userinfo_endpoint {
        set(&mut document, "userinfo_endpoint", shared.url("userinfo"));
    }
    if config.end_session_endpoint {
        set(&mut document, "end_session_endpoint", shared.url("end_session"));
    }
    document
}

fn set(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value.into());
    }
}
