//! The two plain forms of an import: a file is handed in, then its plan is carried out. Plain, because a file that is
//! chosen travels as multipart (RFC 7578), with scripts and without.

use axum::{
    Form, Router,
    extract::{FromRequest as _, Multipart, Request, State},
    http::request::Parts,
    response::{IntoResponse as _, Response},
    routing::post,
};
use domain::{
    access::{Caller, NotAllowed, Permission},
    api::ImportSource,
    problem::ProblemCode,
};
use serde::Deserialize;

use super::see_other;
use crate::{
    AppState,
    middleware::refusal::Refusal,
    service::{
        ServiceError, audit,
        guarded::Mode,
        import::{self, ImportError, Options},
    },
    telemetry,
};

/// The routes.
pub fn router() -> Router<AppState> {
    Router::new()
        .route(app::routes::POST_IMPORT, post(hand_in))
        .route(app::routes::POST_IMPORT_MAKE, post(make))
}

/// The caller, when they may import; else why not.
pub(super) async fn admit(
    state: &AppState,
    parts: &Parts,
    permission: Permission,
) -> Result<Caller, ProblemCode> {
    let caller = parts.extensions.get::<Caller>().ok_or(ProblemCode::Unauthenticated)?;
    match caller.require(permission) {
        Ok(()) => Ok(caller.clone()),
        Err(NotAllowed::PasswordChangeNeeded) => Err(ProblemCode::PasswordChangeNeeded),
        Err(NotAllowed::Missing(_)) => {
            let what = format!("page:{}", parts.uri.path());
            let recorded = audit::access_refused(&state.core, caller, &what, permission).await;
            if let Err(error) = recorded {
                telemetry::log_cause(&caller.reference, &error);
            }
            Err(ProblemCode::Forbidden)
        }
    }
}

pub(super) fn failed(parts: &Parts, error: &ServiceError) -> Response {
    let code = error.public().code;
    if code.status() >= 500 {
        let caller = parts.extensions.get::<Caller>();
        telemetry::log_cause(caller.map_or("", |caller| caller.reference.as_str()), error);
    }
    Refusal::of_parts(parts, code).into_response()
}

/// What was handed in.
#[derive(Default)]
struct HandedIn {
    source: ImportSource,
    name: String,
    issuer: String,
    pasted: String,
    file: Vec<u8>,
}

/// `None`: not the form that the page has.
async fn read(mut form: Multipart) -> Option<HandedIn> {
    let mut found = HandedIn::default();
    while let Some(field) = form.next_field().await.ok()? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.ok()?;
        let text = || String::from_utf8(bytes.to_vec()).ok();
        match name.as_str() {
            "source" => found.source = ImportSource::parse(&text()?)?,
            "name" => found.name = text()?.trim().to_owned(),
            "issuer" => found.issuer = text()?.trim().to_owned(),
            "content" => found.pasted = text()?,
            "file" => found.file = bytes.to_vec(),
            _ => {}
        }
    }
    Some(found)
}

async fn hand_in(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let caller = match admit(&state, &parts, Permission::ManageIntegrations).await {
        Ok(caller) => caller,
        Err(code) => return Refusal::of_parts(&parts, code).into_response(),
    };
    let request = Request::from_parts(parts.clone(), body);
    let form = match Multipart::from_request(request, &state).await {
        Ok(form) => form,
        Err(_) => return Refusal::of_parts(&parts, ProblemCode::UnsupportedMediaType).into_response(),
    };
    let Some(form) = read(form).await else {
        return Refusal::of_parts(&parts, ProblemCode::Malformed).into_response();
    };
    let content = if form.file.is_empty() { form.pasted.into_bytes() } else { form.file };
    if content.iter().all(u8::is_ascii_whitespace) {
        return see_other(app::routes::IMPORT_NOTHING);
    }
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    let options = Options { name: given(form.name), issuer: given(form.issuer), ..Options::default() };
    match import::keep(&state.core, &caller, form.source, &content, &options).await {
        Ok(id) => see_other(&app::routes::import_plan(&id)),
        Err(ImportError::Service(error)) => failed(&parts, &error),
        Err(ImportError::Problems(_)) => Refusal::of_parts(&parts, ProblemCode::Malformed).into_response(),
    }
}

#[derive(Deserialize)]
struct MakeForm {
    plan: String,
    #[serde(default)]
    force: Option<String>,
    #[serde(default)]
    provisional: Option<String>,
}

async fn make(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let caller = match admit(&state, &parts, Permission::ManageIntegrations).await {
        Ok(caller) => caller,
        Err(code) => return Refusal::of_parts(&parts, code).into_response(),
    };
    let request = Request::from_parts(parts.clone(), body);
    let Ok(Form(form)) = Form::<MakeForm>::from_request(request, &state).await else {
        return Refusal::of_parts(&parts, ProblemCode::Malformed).into_response();
    };
    let mode = Mode::provisional(form.provisional.is_some());
    match import::make(&state.core, &caller, &form.plan, form.force.is_some(), mode).await {
        Ok(plan) if plan.exists => see_other(&app::routes::integration_saved(&plan.integration)),
        Ok(plan) => see_other(&app::routes::integration_created(&plan.integration)),
        // Somebody changed something since the plan was shown: it is shown as it is now.
        Err(ImportError::Problems(_)) => see_other(&app::routes::import_plan(&form.plan)),
        // The plan is shown again with the reason, and with what can be done about it.
        Err(ImportError::Service(ServiceError::Refused(code))) if code.status() == 409 => {
            see_other(&app::routes::import_refused(&form.plan, code.code()))
        }
        Err(ImportError::Service(error)) => failed(&parts, &error),
    }
}
