//! The plain form that takes a file of mapping rules. Plain, because a file that is chosen travels as multipart
//! (RFC 7578), with scripts and without.

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request, State},
    response::{IntoResponse as _, Response},
    routing::post,
};
use domain::{access::Permission, problem::ProblemCode};

use super::{
    imports::{admit, failed},
    see_other,
};
use crate::{
    AppState,
    middleware::refusal::Refusal,
    service::mappings::{self, ImportOptions, RuleFormat},
};

/// The route. How much may come, [`crate::middleware::body_limit`] decides.
pub fn router() -> Router<AppState> {
    let limit = DefaultBodyLimit::disable();
    Router::new().route(app::routes::POST_RULE_IMPORT, post(hand_in).layer(limit))
}

#[derive(Default)]
struct HandedIn {
    pasted: String,
    file: Vec<u8>,
    options: ImportOptions,
}

/// `None`: not the form that the page has.
async fn read(mut form: Multipart) -> Option<HandedIn> {
    let mut found = HandedIn::default();
    while let Some(field) = form.next_field().await.ok()? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.ok()?;
        match name.as_str() {
            "content" => found.pasted = String::from_utf8(bytes.to_vec()).ok()?,
            "file" => found.file = bytes.to_vec(),
            "skip_existing" => found.options.skip_existing = true,
            "check" => found.options.dry_run = true,
            _ => {}
        }
    }
    Some(found)
}

async fn hand_in(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let caller = match admit(&state, &parts, Permission::ManageMappings).await {
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
    // A file says by its first character what it is: JSON begins with a brace or a bracket, a table never does.
    let first =
        content.iter().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xEF | 0xBB | 0xBF));
    let format = match first {
        Some(b'{' | b'[') => RuleFormat::Json,
        _ => RuleFormat::Csv,
    };
    let rows = mappings::read_rows(format, &content);
    let report = match mappings::import(&state.core, &caller, rows, form.options).await {
        Ok(report) => report,
        Err(error) => return failed(&parts, &error),
    };
    match mappings::keep_report(&state.core, &caller, &report).await {
        Ok(id) => see_other(&app::routes::rule_import_report(&id)),
        Err(error) => failed(&parts, &error),
    }
}
