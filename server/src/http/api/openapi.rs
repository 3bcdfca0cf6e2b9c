//! The API's description (OpenAPI 3.1), written from the endpoints' table and the shapes.

use std::collections::BTreeMap;

use domain::{access::Permission, problem::ProblemCode};
use serde_json::{Map, Value, json};

use super::{
    ENDPOINTS,
    endpoint::{Endpoint, Param},
    schema,
};
use crate::service::shape::{Field, Shape};

/// The whole document, with members in a fixed order.
#[must_use]
pub fn document() -> Value {
    let mut schemas = Schemas::default();
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in ENDPOINTS.iter() {
        let operation = operation(endpoint, &mut schemas);
        let path = paths.entry(format!("/api/v1{}", endpoint.path)).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(endpoint.method.as_str().to_ascii_lowercase(), operation);
        }
    }
    let responses = problem_responses(&mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Latchkey",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "The REST API of Latchkey. Bodies are JSON in camelCase; refusals are problems (RFC 9457) with a stable code.",
        },
        "servers": [{"url": "/"}],
        "tags": tags(),
        "security": [{"session": []}, {"apiToken": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "session": {
                    "type": "apiKey", "in": "cookie", "name": "__Host-latchkey",
                    "description": "The session of a signed-in browser; changes only from this origin.",
                },
                "apiToken": {"type": "http", "scheme": "bearer", "description": "An API token: lk_…"},
            },
            "responses": responses,
            "schemas": schemas.named,
        },
    })
}

/// The document as it is served and stored: indented, with a line break at the end.
#[must_use]
pub fn text() -> String {
    serde_json::to_string_pretty(&document()).unwrap_or_default() + "\n"
}

/// The first part of the path.
#[must_use]
pub fn tag(endpoint: &Endpoint) -> &'static str {
    endpoint.path.split('/').nth(1).unwrap_or_default()
}

fn tags() -> Value {
    let mut tags: Vec<&str> = Vec::new();
    for endpoint in ENDPOINTS.iter() {
        if !tags.contains(&tag(endpoint)) {
            tags.push(tag(endpoint));
        }
    }
    tags.into_iter().map(|name| json!({"name": name})).collect()
}

/// `get-integrations-name`: unique, and fit for anchors and generated code.
#[must_use]
pub fn operation_id(endpoint: &Endpoint) -> String {
    let path = endpoint.path.replace(['{', '}'], "").replace('/', "-");
    format!("{}{path}", endpoint.method.as_str().to_ascii_lowercase())
}

/// What a permission is called.
#[must_use]
pub fn permission_text(permission: Permission) -> String {
    serde_json::to_value(permission).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Names of the path's parameters.
#[must_use]
pub fn path_parameters(path: &str) -> Vec<&str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
}

fn operation(endpoint: &Endpoint, schemas: &mut Schemas) -> Value {
    let mut parameters: Vec<Value> = path_parameters(endpoint.path)
        .into_iter()
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    parameters.extend(endpoint.query.iter().map(|param| query_parameter(param, schemas)));
    if endpoint.precondition {
        parameters.push(json!({
            "name": "If-Match", "in": "header", "required": false, "schema": {"type": "string"},
            "description": "The ETag that was read; 412 when somebody changed the thing since.",
        }));
    }
    let mut operation = json!({
        "operationId": operation_id(endpoint),
        "tags": [tag(endpoint)],
        "summary": endpoint.summary,
        "x-permission": permission_text(endpoint.permission),
    });
    let mut set = |name: &str, value: Value| {
        if let Some(operation) = operation.as_object_mut() {
            operation.insert(name.to_owned(), value);
        }
    };
    if !endpoint.description.is_empty() {
        set("description", json!(endpoint.description));
    }
    if !parameters.is_empty() {
        set("parameters", json!(parameters));
    }
    if let Some(body) = &endpoint.body {
        let schema = schemas.schema(body);
        set("requestBody", json!({"required": true, "content": {"application/json": {"schema": schema}}}));
    }
    set("responses", responses(endpoint, schemas));
    operation
}

fn query_parameter(param: &Param, schemas: &mut Schemas) -> Value {
    json!({
        "name": param.name, "in": "query", "required": false, "description": param.doc,
        "schema": schemas.schema(&param.shape),
    })
}

fn responses(endpoint: &Endpoint, schemas: &mut Schemas) -> Value {
    let mut responses: BTreeMap<String, Value> = BTreeMap::new();
    let mut success = json!({"description": "Done."});
    if let (Some(answer), Some(success)) = (&endpoint.answer, success.as_object_mut()) {
        let mut content = json!({"application/json": {"schema": schemas.schema(answer)}});
        let has_csv = endpoint.query.iter().any(|param| param.name == "format");
        if let (true, Some(content)) = (has_csv, content.as_object_mut()) {
            content.insert("text/csv".to_owned(), json!({"schema": {"type": "string"}}));
        }
        success.insert("content".to_owned(), content);
        if answer.fields().iter().any(|field| field.name == "revision") {
            let tag = json!({"schema": {"type": "string"}, "description": "The revision, in quotes."});
            success.insert("headers".to_owned(), json!({"ETag": tag}));
        }
    }
    responses.insert(endpoint.status.to_string(), success);
    for code in refusals(endpoint) {
        let reference = json!({"$ref": format!("#/components/responses/{}", response_name(code.status()))});
        responses.insert(code.status().to_string(), reference);
    }
    json!(responses)
}

fn response_name(status: u16) -> String {
    format!("problem{status}")
}

/// One answer for each status of a refusal, with the codes it can have.
fn problem_responses(schemas: &mut Schemas) -> Value {
    let schema = schemas.schema(&schema::PROBLEM);
    let mut responses = Map::new();
    for code in ProblemCode::ALL {
        let status = code.status();
        let codes = ProblemCode::ALL.iter().filter(|other| other.status() == status);
        let codes: Vec<String> = codes.map(|code| format!("`{}`: {}", code.code(), code.message())).collect();
        let content = json!({"application/problem+json": {"schema": schema}});
        responses.insert(response_name(status), json!({"description": codes.join(" "), "content": content}));
    }
    Value::Object(responses)
}

/// Which refusals an endpoint knows.
#[must_use]
pub fn refusals(endpoint: &Endpoint) -> Vec<ProblemCode> {
    let mut codes = vec![ProblemCode::Unauthenticated, ProblemCode::Forbidden];
    if !path_parameters(endpoint.path).is_empty() {
        codes.push(ProblemCode::NotFound);
    }
    if endpoint.body.is_some() {
        codes.extend([ProblemCode::Malformed, ProblemCode::TooLarge, ProblemCode::UnsupportedMediaType]);
    }
    if endpoint.method != axum::http::Method::GET {
        codes.push(ProblemCode::LastWayIn);
    }
    if endpoint.precondition {
        codes.push(ProblemCode::Stale);
    }
    codes.extend([ProblemCode::Invalid, ProblemCode::Internal, ProblemCode::Unavailable]);
    codes
}

/// Collects the shapes that have a name.
#[derive(Default)]
struct Schemas {
    named: BTreeMap<String, Value>,
}

impl Schemas {
    fn schema(&mut self, shape: &Shape) -> Value {
        match shape {
            Shape::Text | Shape::ClaimPath => json!({"type": "string"}),
            Shape::Time => json!({"type": "string", "format": "date-time"}),
            Shape::Number(u64::MAX) => json!({"type": "integer", "minimum": 0}),
            Shape::Number(most) => json!({"type": "integer", "minimum": 0, "maximum": most}),
            Shape::Bool => json!({"type": "boolean"}),
            Shape::Choice(choices) => json!({"type": "string", "enum": choices}),
            Shape::List(inner) => json!({"type": "array", "items": self.schema(inner)}),
            Shape::Map => json!({"type": "object", "additionalProperties": {"type": "string"}}),
            Shape::AnyObject => json!({"type": "object"}),
            Shape::Any => json!({}),
            Shape::Optional(inner) => json!({"anyOf": [self.schema(inner), {"type": "null"}]}),
            Shape::Object(_) | Shape::And(..) => self.object(&shape.fields()),
            Shape::Named(name, inner) => {
                if !self.named.contains_key(*name) {
                    self.named.insert((*name).to_owned(), Value::Null);
                    let schema = self.schema(inner);
                    self.named.insert((*name).to_owned(), schema);
                }
                json!({"$ref": format!("#/components/schemas/{name}")})
            }
        }
    }

    fn object(&mut self, fields: &[Field]) -> Value {
        let mut properties = Map::new();
        for field in fields {
            let mut schema = self.schema(&field.shape);
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("description".to_owned(), json!(field.doc));
            }
            properties.insert(field.name.to_owned(), schema);
        }
        let required: Vec<&str> =
            fields.iter().filter(|field| field.required).map(|field| field.name).collect();
        let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
        if let (false, Some(schema)) = (required.is_empty(), schema.as_object_mut()) {
            schema.insert("required".to_owned(), json!(required));
        }
        schema
    }
}
