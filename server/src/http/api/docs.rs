//! `/api/openapi.json` and `/api/docs`: a page made here from the same table, without script, that loads nothing from
//! elsewhere.

use std::{fmt::Write as _, sync::LazyLock};

use axum::{
    Router,
    http::header,
    response::{Html, IntoResponse},
    routing::get,
};

use super::{
    ENDPOINTS,
    endpoint::Endpoint,
    openapi::{self, operation_id, path_parameters, permission_text, refusals, tag},
    schema,
};
use crate::{
    assets,
    service::shape::{Field, Shape},
    state::AppState,
};

static JSON: LazyLock<String> = LazyLock::new(openapi::text);
static STYLE: &str = include_str!("docs.css");

/// Answers below `/api`: the description and the page. Both are public: they say nothing about this installation.
pub fn docs_router() -> Router<AppState> {
    Router::new()
        .route(
            "/api/openapi.json",
            get(|| async { ([(header::CONTENT_TYPE, "application/json")], JSON.as_str()) }),
        )
        .route(
            "/api/docs.css",
            get(|| async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE) }),
        )
        .route("/api/docs", get(docs))
}

async fn docs() -> impl IntoResponse {
    let policy = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; \
                  form-action 'none'; frame-ancestors 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page()))
}

/// The whole page.
fn page() -> String {
    let mut out = String::with_capacity(128 * 1024);
    let css = assets::logical().css.clone();
    let console =
        if css.is_empty() { String::new() } else { format!("<link rel=\"stylesheet\" href=\"{css}\">") };
    let _ = write!(
        out,
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>API · Latchkey</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{console}\
         <link rel=\"stylesheet\" href=\"/api/docs.css\"></head><body class=\"docs\">\
         <a class=\"docs-skip\" href=\"#content\">Skip to the content</a><nav aria-label=\"Endpoints\">"
    );
    let mut last = "";
    for endpoint in ENDPOINTS.iter() {
        if tag(endpoint) != last {
            let close = if last.is_empty() { "" } else { "</ul>" };
            last = tag(endpoint);
            let _ = write!(out, "{close}<h2>{}</h2><ul>", escape(last));
        }
        let _ = write!(
            out,
            "<li><a href=\"#{}\"><code>{}</code> {}</a></li>",
            operation_id(endpoint),
            endpoint.method,
            escape(endpoint.path)
        );
    }
    out.push_str("</ul><h2>schemas</h2><ul>");
    let schemas = named_shapes();
    for (name, _) in &schemas {
        let _ = write!(out, "<li><a href=\"#schema-{name}\">{name}</a></li>");
    }
    let _ = write!(
        out,
        "</ul></nav><main id=\"content\"><h1>REST API</h1><p>Version {}. Paths begin with <code>/api/v1</code>; bodies \
         are JSON in camelCase. Sign in with a session of this console or send \
         <code>Authorization: Bearer lk_…</code>. The same as a file: \
         <a href=\"/api/openapi.json\">openapi.json</a> (OpenAPI 3.1).</p>",
        env!("CARGO_PKG_VERSION")
    );
    for endpoint in ENDPOINTS.iter() {
        section(&mut out, endpoint);
    }
    out.push_str("<h2>Schemas</h2>");
    for (name, shape) in &schemas {
        let _ = write!(out, "<section id=\"schema-{name}\"><h3>{name}</h3>");
        members(&mut out, &shape.fields());
        out.push_str("</section>");
    }
    out.push_str("</main></body></html>");
    out
}

fn section(out: &mut String, endpoint: &Endpoint) {
    let _ = write!(
        out,
        "<section id=\"{}\"><h3><code>{} /api/v1{}</code></h3><p>{}. {}</p><p>Permission: <code>{}</code></p>",
        operation_id(endpoint),
        endpoint.method,
        escape(endpoint.path),
        escape(endpoint.summary),
        escape(endpoint.description),
        permission_text(endpoint.permission),
    );
    let in_path = path_parameters(endpoint.path);
    if !in_path.is_empty() || !endpoint.query.is_empty() || endpoint.precondition {
        table_head(out, &["Parameter", "In", "Type", "Meaning"]);
        for name in in_path {
            row(out, &[code(name), "path".to_owned(), "text".to_owned(), "Which.".to_owned()]);
        }
        for param in &endpoint.query {
            row(out, &[code(param.name), "query".to_owned(), kind(&param.shape), escape(param.doc)]);
        }
        if endpoint.precondition {
            let meaning = "The ETag that was read; 412 when somebody changed the thing since.";
            row(out, &[code("If-Match"), "header".to_owned(), "text".to_owned(), meaning.to_owned()]);
        }
        out.push_str("</tbody></table>");
    }
    if let Some(body) = &endpoint.body {
        let _ = write!(out, "<p>Body: {}</p>", kind(body));
    }
    let answer = endpoint.answer.as_ref().map_or_else(|| "nothing".to_owned(), kind);
    let statuses: Vec<String> = refusals(endpoint).iter().map(|code| code.status().to_string()).collect();
    let _ = write!(
        out,
        "<p>Answer: {} with {answer}; otherwise {} with <a href=\"#schema-Problem\">Problem</a>.</p></section>",
        endpoint.status,
        statuses.join(", ")
    );
}

fn members(out: &mut String, fields: &[Field]) {
    table_head(out, &["Member", "Type", "Required", "Meaning"]);
    for field in fields {
        let required = if field.required { "yes" } else { "no" };
        row(out, &[code(field.name), kind(&field.shape), required.to_owned(), escape(field.doc)]);
    }
    out.push_str("</tbody></table>");
}

fn table_head(out: &mut String, names: &[&str]) {
    out.push_str("<table><thead><tr>");
    for name in names {
        let _ = write!(out, "<th scope=\"col\">{name}</th>");
    }
    out.push_str("</tr></thead><tbody>");
}

fn row(out: &mut String, cells: &[String]) {
    out.push_str("<tr>");
    for cell in cells {
        let _ = write!(out, "<td>{cell}</td>");
    }
    out.push_str("</tr>");
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// What a shape is called, with links to named ones.
fn kind(shape: &Shape) -> String {
    match shape {
        Shape::Text => "text".to_owned(),
        Shape::Time => "date and time".to_owned(),
        Shape::ClaimPath => "claim path".to_owned(),
        Shape::Number(u64::MAX) => "whole number".to_owned(),
        Shape::Number(most) => format!("whole number up to {most}"),
        Shape::Bool => "true or false".to_owned(),
        Shape::Choice(choices) => choices.iter().map(|choice| code(choice)).collect::<Vec<_>>().join(" or "),
        Shape::List(inner) => format!("list of {}", kind(inner)),
        Shape::Map => "object of texts".to_owned(),
        Shape::AnyObject => "object".to_owned(),
        Shape::Any => "anything".to_owned(),
        Shape::Optional(inner) => format!("{} or null", kind(inner)),
        Shape::Named(name, _) => format!("<a href=\"#schema-{name}\">{name}</a>"),
        Shape::Object(_) | Shape::And(..) => {
            let names: Vec<String> = shape.fields().iter().map(|field| code(field.name)).collect();
            format!("object with {}", names.join(", "))
        }
    }
}

/// Every named shape, by name.
fn named_shapes() -> Vec<(&'static str, Shape)> {
    fn walk(shape: &Shape, found: &mut Vec<(&'static str, Shape)>) {
        match shape {
            Shape::Named(name, inner) if !found.iter().any(|(known, _)| known == name) => {
                found.push((name, **inner));
                walk(inner, found);
            }
            Shape::List(inner) | Shape::Optional(inner) => walk(inner, found),
            Shape::Object(_) | Shape::And(..) => {
                for field in shape.fields() {
                    walk(&field.shape, found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for endpoint in ENDPOINTS.iter() {
        for shape in endpoint.body.iter().chain(&endpoint.answer) {
            walk(shape, &mut found);
        }
    }
    walk(&schema::PROBLEM, &mut found);
    found.sort_by_key(|(name, _)| *name);
    found
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
