//! The sign-in that a probe tries: away to the provider, and back to the probe's page.

use axum::{
    Router,
    extract::{Path, Request, State},
    response::{IntoResponse as _, Response},
    routing::get,
};
use domain::{access::Caller, login_failure::LoginFailure, problem::ProblemCode};

use super::{
    auth::{Asking, append_cookie, binding_name, is_hidden},
    see_other, without_referrer,
};
use crate::{
    AppState, Core,
    middleware::refusal::Refusal,
    service::{
        login::{ATTEMPT_MINUTES, Callback, LoginFailed},
        probe::{self, Return},
    },
    session::set_cookie,
    telemetry,
};

/// The routes.
pub fn router() -> Router<AppState> {
    Router::new().route(app::routes::PROBE_SIGN_IN, get(begin).head(super::auth::not_allowed))
}

async fn begin(State(state): State<AppState>, Path(run): Path<String>, request: Request) -> Response {
    let core = &state.core;
    let (parts, _) = request.into_parts();
    let refuse = |code| Refusal::of_parts(&parts, code).into_response();
    // Another site may not make an administrator's browser sign in anywhere.
    let is_foreign = parts.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    if is_hidden(&parts.headers) || is_foreign {
        return refuse(ProblemCode::CrossSite);
    }
    let asking = Asking::of(core, &parts);
    let Some(caller) = &asking.caller else { return refuse(ProblemCode::Unauthenticated) };
    match probe::begin_sign_in(core, caller, &run, asking.browser.as_deref()).await {
        Ok(Some(begun)) => {
            let mut response = see_other(&begun.url);
            let secure = core.config.http.is_secure();
            let age = Some(ATTEMPT_MINUTES * 60);
            append_cookie(
                &mut response,
                set_cookie(binding_name(secure), begun.browser.expose(), age, secure),
            );
            without_referrer(response)
        }
        Ok(None) => see_other(&app::routes::probe_result(None, &run)),
        Err(error) => {
            let code = error.public().code;
            if code.status() >= 500 {
                telemetry::log_cause(&caller.reference, &error);
            }
            refuse(code)
        }
    }
}

/// The answer to a callback that no login knows, when a probe does; `None`: nobody does.
pub(super) async fn answer(
    core: &Core,
    callback: Callback<'_>,
    caller: Option<&Caller>,
    failed: &LoginFailed,
) -> Option<Result<Response, LoginFailed>> {
    if !matches!(failed.failure, LoginFailure::StateMismatch | LoginFailure::CallbackInvalid) {
        return None;
    }
    match probe::come_back(core, callback, caller).await {
        Ok(Return::NotOurs) => None,
        Ok(Return::Refused(failed)) => Some(Err(failed)),
        Ok(Return::Done(run)) => {
            let stored = run.integration_id.as_ref().map(|_| callback.name);
            Some(Ok(without_referrer(see_other(&app::routes::probe_result(stored, &run.id)))))
        }
        Err(error) => Some(Err(error.into())),
    }
}
