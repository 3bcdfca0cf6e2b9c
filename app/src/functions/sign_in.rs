use domain::api::SignInOptions;
use leptos::server;

use crate::error::AppError;

/// What the sign-in page offers this browser.
///
/// # Errors
/// `unavailable`.
#[server(prefix = "/fn", endpoint = "sign_in/options", output = crate::wire::Wire)]
pub async fn offered_sign_in() -> Result<SignInOptions, AppError> {
    super::ctx::answer(
        super::ctx::backend().sign_in.options(super::ctx::facts().last_integration.as_deref()).await,
    )
}
