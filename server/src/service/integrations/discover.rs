//! Reads an issuer's discovery document for somebody who is filling in the form.

use domain::{
    access::{Caller, Permission},
    api::DiscoveryView,
    form::{FieldCode, FieldErrors, check_url},
    integration::IntegrationSettings,
    login_failure::LoginFailure,
};

use super::{check::check_server_url, field};
use crate::{service::ServiceError, state::Core};

/// What is in the issuer's discovery document; stores nothing.
///
/// # Errors
/// Not allowed; what is wrong with the issuer, as a problem of the field `issuer`.
pub async fn discover(core: &Core, caller: &Caller, issuer: &str) -> Result<DiscoveryView, ServiceError> {
    caller.require(Permission::ManageIntegrations)?;
    let issuer = issuer.trim();
    let mut errors = FieldErrors::default();
    errors.check(!issuer.is_empty(), "issuer", FieldCode::Required);
    errors = errors.into_result(FieldErrors::default())?;
    check_url(&mut errors, "issuer", issuer, false);
    errors.into_result(())?;
    check_server_url(issuer, core.config.outbound.allow_http).map_err(|code| field("issuer", code))?;
    let settings = IntegrationSettings {
        name: "discovery".to_owned(),
        label: "discovery".to_owned(),
        issuer: issuer.to_owned(),
        ..IntegrationSettings::default()
    };
    let metadata = core.engine.discover(&settings).await.map_err(|error| {
        tracing::info!(reference = %caller.reference, cause = %error.chain(), "discovery failed");
        field("issuer", code(error.failure()))
    })?;
    Ok(DiscoveryView {
        issuer: metadata.issuer,
        authorization: metadata.authorization.into(),
        token: metadata.token.into(),
        userinfo: metadata.userinfo.map(Into::into),
        jwks: metadata.jwks_uri.into(),
        end_session: metadata.end_session.map(Into::into),
        scopes_supported: metadata.scopes_supported,
        claims_supported: metadata.claims_supported,
        signing_algorithms: metadata.signing_algorithms,
        client_auth_methods: metadata.auth_methods,
        pushed_authorization: metadata.pushed_authorization.is_some(),
        pkce: metadata.pkce_methods.iter().any(|method| method == "S256"),
    })
}

/// The sentence at the field; nothing the provider wrote gets into it.
fn code(failure: LoginFailure) -> FieldCode {
    match failure {
        LoginFailure::ProviderUnreachable => FieldCode::ProviderUnreachable,
        LoginFailure::ProviderAddressRefused => FieldCode::AddressRefused,
        LoginFailure::IssuerMismatch => FieldCode::IssuerMismatch,
        _ => FieldCode::DiscoveryInvalid,
    }
}
