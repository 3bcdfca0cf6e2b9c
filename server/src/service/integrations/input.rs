//! An integration as JSON: what it may hold, and what a body turns into.

use domain::{
    form::{FieldCode, FieldErrors},
    integration::IntegrationSettings,
    preset::PRESET_IDS,
    secret::SecretInput,
};
use serde_json::Value;

use super::secret_json;
use crate::service::{
    ServiceError,
    shape::{self, Field, Shape, field, optional},
};

const URL: Shape = Shape::Optional(&Shape::Text);

/// Endpoints typed by hand.
pub const ENDPOINTS: Shape = Shape::Object(&[
    optional("authorization", URL, "Where the browser is sent."),
    optional("token", URL, "Where the code becomes tokens."),
    optional("userinfo", URL, "Where claims are read."),
    optional("jwks", URL, "The provider's keys."),
    optional("endSession", URL, "Where the provider's own session ends."),
]);

/// Which claim becomes what.
pub const CLAIMS: Shape = Shape::Object(&[
    optional("subject", Shape::ClaimPath, "Who somebody is, for ever; OAuth 2.0 only, else it is sub."),
    optional("username", Shape::ClaimPath, "The name shown and searched."),
    optional("displayName", Shape::ClaimPath, "The full name."),
    optional("firstName", Shape::ClaimPath, "The given name."),
    optional("lastName", Shape::ClaimPath, "The family name."),
    optional("email", Shape::ClaimPath, "The e-mail address."),
    optional("groups", Shape::ClaimPath, "The groups."),
]);

const ALGORITHM: Shape = Shape::Choice(&[
    "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA",
]);
const TEXTS: Shape = Shape::List(&Shape::Text);

/// Certificates that an integration trusts.
pub const CERTIFICATES: Shape = Shape::List(&Shape::Object(&[
    field("subject", Shape::Text, "The subject's common name, or its whole name."),
    field("issuer", Shape::Text, "The issuer's common name, or its whole name."),
    field("notAfter", Shape::Time, "When it ends."),
    field("expired", Shape::Bool, "Whether it has ended, or has not begun."),
    field("fingerprint", Shape::Text, "SHA-256, in hex with colons."),
]));

/// How many groups people come with.
pub const MANY_GROUPS: Shape = Shape::Object(&[
    field("most", Shape::Number(u32::MAX as u64), "The most groups of one sign-in."),
    field("seenAt", Shape::Time, "When somebody last came with so many."),
]);

/// What an administrator sets.
pub const SETTINGS: &[Field] = &[
    optional("name", Shape::Text, "2 to 32 letters, digits and _; stands in URLs, cannot change."),
    optional("label", Shape::Text, "What its button says, 1 to 64 characters."),
    optional("protocol", Shape::Choice(&["oidc", "oauth2"]), "What is spoken with the provider."),
    optional(
        "issuer",
        Shape::Text,
        "The issuer, byte for byte as the provider writes it; OAuth 2.0 needs none.",
    ),
    optional("discovery", Shape::Bool, "Whether the endpoints come from the issuer's discovery document."),
    optional("endpoints", ENDPOINTS, "Endpoints that override discovery."),
    optional("clientId", Shape::Text, "Who this server is to the provider."),
    optional(
        "clientAuthMethod",
        Shape::Choice(&[
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
            "none",
            "basic",
            "post",
        ]),
        "How the token endpoint knows this server; private_key_jwt uses the key of /.well-known/jwks.json.",
    ),
    optional("oauthScopes", TEXTS, "What is sent as scope; openid is needed, except in OAuth 2.0."),
    optional("pkce", Shape::Bool, "PKCE with S256."),
    optional("responseMode", Shape::Choice(&["query", "form_post"]), "How the answer comes back."),
    optional("signingAlgorithms", Shape::List(&ALGORITHM), "Accepted signature algorithms of ID tokens."),
    optional("clockSkewSeconds", Shape::Number(300), "How far the provider's clock may be off."),
    optional("userinfo", Shape::Choice(&["auto", "always", "never"]), "When the userinfo endpoint is asked."),
    optional(
        "userinfoAuth",
        Shape::Choice(&["header", "form", "query"]),
        "How the access token travels to the userinfo endpoint.",
    ),
    optional(
        "pushedAuthorization",
        Shape::Choice(&["auto", "never"]),
        "Whether the request is pushed to the provider (RFC 9126); one that takes no others always gets it so.",
    ),
    optional("customCa", Shape::Optional(&Shape::Text), "Certificates trusted for this provider, PEM."),
    optional("claims", CLAIMS, "Which claim becomes what."),
    optional("prompt", Shape::Optional(&Shape::Text), "prompt of the authorization request."),
    optional(
        "maxAge",
        Shape::Optional(&Shape::Number(u32::MAX as u64)),
        "max_age of the authorization request, seconds.",
    ),
    optional("acrValues", TEXTS, "acr_values of the authorization request."),
    optional("extraAuthorizationParams", Shape::Map, "More parameters of the authorization request."),
    optional("localSignIn", Shape::Bool, "Whether passwords may be used beside this integration."),
    optional("createUsers", Shape::Bool, "Whether a first sign-in makes a user."),
    optional("requiredGroups", TEXTS, "Without one of these groups nobody gets in; empty: no such gate."),
    optional(
        "onMissingGroups",
        Shape::Choice(&["no_roles", "refuse"]),
        "Whether people get in without roles when the groups claim is not there, or not at all.",
    ),
    optional(
        "whenNothingMatches",
        Shape::Choice(&["no_roles", "refuse", "role"]),
        "Whether people whom no rule gives a role get in without, not at all, or with the default role.",
    ),
    optional(
        "defaultRole",
        Shape::Optional(&Shape::Text),
        "The role for people whom no rule gives one; any but GLOBAL_OWNER.",
    ),
    optional(
        "defaultRoleTarget",
        Shape::Optional(&Shape::Text),
        "The organization or project where: identifier or name, as Atlas or Atlas/billing. It is kept as identifier.",
    ),
    optional(
        "groupsEndpoint",
        URL,
        "The provider's directory, read page by page when the token says that groups were left out of it.",
    ),
    optional(
        "groupsEndpointField",
        Shape::Text,
        "The member of each of the directory's values that is the group.",
    ),
    optional("liveGroups", Shape::Bool, "Whether groups are read again while people are signed in."),
    optional("logoutMode", Shape::Choice(&["local", "rp_initiated"]), "What ends at sign-out."),
    optional("order", Shape::Number(9999), "Its place among the buttons, the smallest first."),
    optional(
        "icon",
        Shape::Optional(&Shape::Choice(&domain::home_realm::ICONS)),
        "The drawing of its button; null: the first letter of its label.",
    ),
    optional(
        "emailDomains",
        TEXTS,
        "Domains of its people's e-mail addresses, lower case; a dot before one means those below it.",
    ),
    optional(
        "hidden",
        Shape::Bool,
        "Whether its button is left out; it is reached by its link or by e-mail address.",
    ),
    optional("onBackchannelLogout", Shape::Choice(&["session", "user"]), "What a back-channel logout ends."),
    optional(
        "preset",
        Shape::Optional(&Shape::Choice(&PRESET_IDS)),
        "The kind of provider it was begun with.",
    ),
];

/// The body of a new integration.
pub const CREATE: Shape = Shape::Named(
    "IntegrationInput",
    &Shape::And(
        &Shape::Object(SETTINGS),
        &[
            optional("clientSecret", Shape::Any, secret_json::DOC),
            optional("enabled", Shape::Bool, "Whether people can sign in with it at once."),
        ],
    ),
);

/// The body of a change: what is left out stays.
pub const PATCH: Shape = Shape::Named(
    "IntegrationPatch",
    &Shape::And(&Shape::Object(SETTINGS), &[optional("clientSecret", Shape::Any, secret_json::DOC)]),
);

/// The members that only the server sets.
pub const READ_ONLY: [&str; 10] = [
    "createdBy",
    "createdAt",
    "updatedAt",
    "revision",
    "callbackUrl",
    "lastSuccessAt",
    "lastFailureAt",
    "lastFailureCode",
    "secretExpiresAt",
    "certificateExpiresAt",
];

/// The members that follow from others or from what happens: sent back, they say nothing.
const DERIVED: [&str; 2] = ["customCaCertificates", "manyGroups"];

/// What a body says.
#[derive(Debug)]
pub struct Input {
    /// The settings, whole, checked for their shape only.
    pub settings: IntegrationSettings,
    /// What is to happen to the client secret.
    pub secret: SecretInput,
    /// What `enabled` says.
    pub enabled: Option<bool>,
}

fn drop_derived(body: &mut Value) {
    if let Some(members) = body.as_object_mut() {
        members.retain(|name, _| !DERIVED.contains(&name.as_str()));
    }
}

/// Reads the body of a new integration.
///
/// # Errors
/// Every problem, by member.
pub fn create(mut body: Value) -> Result<Input, ServiceError> {
    drop_derived(&mut body);
    shape::take_read_only(&mut body, &Value::Null, &READ_ONLY)?;
    let mut errors = FieldErrors::default();
    CREATE.check(&body, "", &mut errors);
    let (secret, enabled) = (secret_json::take(&mut body, &mut errors), take_enabled(&mut body));
    errors.into_result(())?;
    let mut whole = whole(&IntegrationSettings::default())?;
    shape::merge(&mut whole, body, &Shape::Object(SETTINGS));
    Ok(Input { settings: settings(whole)?, secret, enabled })
}

/// Reads the body of a change to `current`, which is shown to clients as `shown`.
///
/// # Errors
/// Every problem, by member; [`store::Error::Stale`] for an older `revision`.
pub fn patch(mut body: Value, current: &IntegrationSettings, shown: &Value) -> Result<Input, ServiceError> {
    drop_derived(&mut body);
    shape::take_read_only(&mut body, shown, &READ_ONLY)?;
    if let Some(members) = body.as_object_mut()
        && members.get("enabled").is_some_and(|given| Some(given) == shown.get("enabled"))
    {
        members.remove("enabled");
    }
    let mut base = whole(current)?;
    let mut errors = FieldErrors::default();
    PATCH.check(&without_nulls_of_maps(&body), "", &mut errors);
    let renamed = body.get("name").and_then(Value::as_str).is_some_and(|name| name != current.name);
    errors.check(!renamed, "name", FieldCode::Fixed);
    let secret = secret_json::take(&mut body, &mut errors);
    errors.into_result(())?;
    shape::merge(&mut base, body, &Shape::Object(SETTINGS));
    Ok(Input { settings: settings(base)?, secret, enabled: None })
}

/// In a patch, `null` in a map removes that member.
fn without_nulls_of_maps(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(map) = body.get_mut("extraAuthorizationParams").and_then(Value::as_object_mut) {
        map.retain(|_, value| !value.is_null());
    }
    body
}

fn take_enabled(body: &mut Value) -> Option<bool> {
    body.as_object_mut().and_then(|members| members.remove("enabled")).and_then(|value| value.as_bool())
}

/// Settings as JSON, every member there.
///
/// # Errors
/// Never in practice.
pub fn whole(settings: &IntegrationSettings) -> Result<Value, ServiceError> {
    serde_json::to_value(settings).map_err(|error| ServiceError::Internal(Box::new(error)))
}

fn settings(value: Value) -> Result<IntegrationSettings, ServiceError> {
    serde_json::from_value(value).map_err(|error| ServiceError::Internal(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_description_names_every_member_of_the_settings_and_no_other() {
        let whole = whole(&IntegrationSettings::default()).unwrap();
        for (shape, value) in
            [(Shape::Object(SETTINGS), &whole), (ENDPOINTS, &whole["endpoints"]), (CLAIMS, &whole["claims"])]
        {
            let mut described: Vec<&str> = shape.fields().iter().map(|field| field.name).collect();
            let mut there: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
            described.sort_unstable();
            there.sort_unstable();
            assert_eq!(described, there);
        }
    }

    #[test]
    fn a_secret_is_kept_replaced_or_cleared() {
        let current = IntegrationSettings { name: "corp".to_owned(), ..Default::default() };
        let shown = json!({"clientSecret": {"state": "set"}, "enabled": true, "revision": 3});
        let read = |body: Value| patch(body, &current, &shown).unwrap().secret;
        assert!(matches!(read(json!({})), SecretInput::Keep));
        assert!(matches!(read(json!({"clientSecret": {"state": "set"}})), SecretInput::Keep));
        assert!(matches!(read(json!({"clientSecret": null})), SecretInput::Clear));
        assert!(matches!(read(json!({"clientSecret": "new"})), SecretInput::Replace(_)));
    }

    #[test]
    fn a_patch_of_one_claim_keeps_the_others() {
        let current = IntegrationSettings { name: "corp".to_owned(), ..Default::default() };
        let input = patch(json!({"claims": {"groups": "roles"}}), &current, &json!({})).unwrap();
        assert_eq!(input.settings.claims.groups.as_str(), "roles");
        assert_eq!(input.settings.claims.email.as_str(), "email");
    }
}
