//! One row of the API's table: what the router, the guard test and the API's description are made from.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    handler::Handler,
    http::Method,
    response::IntoResponse as _,
    routing::{MethodFilter, MethodRouter, on},
};
use domain::{
    access::{Caller, NotAllowed, Permission},
    form::{FieldCode, FieldErrors},
    problem::ProblemCode,
};

use super::problem::ApiError;
use crate::{
    service::{ServiceError, audit, shape::Shape},
    state::AppState,
};

/// A parameter of the query.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it must be.
    pub shape: Shape,
    /// What it means.
    pub doc: &'static str,
}

/// A parameter of the query.
#[must_use]
pub const fn param(name: &'static str, shape: Shape, doc: &'static str) -> Param {
    Param { name, shape, doc }
}

/// The parameters of every list.
pub const PAGE: [Param; 2] = [
    param("pageSize", Shape::Number(500), "Items a page, 1 to 500; 50 when left out."),
    param("cursor", Shape::Text, "nextCursor of the page before."),
];

/// A method at a path.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The method.
    pub method: Method,
    /// The path below `/api/v1`, with `{parameters}`.
    pub path: &'static str,
    /// What the caller needs.
    pub permission: Permission,
    /// What it does, a few words.
    pub summary: &'static str,
    /// More about it; may be empty.
    pub description: &'static str,
    /// Parameters of the query.
    pub query: Vec<Param>,
    /// The JSON it takes.
    pub body: Option<Shape>,
    /// The status of success.
    pub status: u16,
    /// The JSON it answers with.
    pub answer: Option<Shape>,
    /// Whether `If-Match` counts.
    pub precondition: bool,
}

impl Endpoint {
    fn new(method: Method, path: &'static str, permission: Permission, summary: &'static str) -> Self {
        Self {
            method,
            path,
            permission,
            summary,
            description: "",
            query: Vec::new(),
            body: None,
            status: 200,
            answer: None,
            precondition: false,
        }
    }

    /// Reads.
    #[must_use]
    pub fn get(path: &'static str, permission: Permission, summary: &'static str) -> Self {
        Self::new(Method::GET, path, permission, summary)
    }

    /// Creates or acts.
    #[must_use]
    pub fn post(path: &'static str, permission: Permission, summary: &'static str) -> Self {
        Self::new(Method::POST, path, permission, summary)
    }

    /// Changes.
    #[must_use]
    pub fn patch(path: &'static str, permission: Permission, summary: &'static str) -> Self {
        Self { precondition: true, ..Self::new(Method::PATCH, path, permission, summary) }
    }

    /// Deletes.
    #[must_use]
    pub fn delete(path: &'static str, permission: Permission, summary: &'static str) -> Self {
        Self { status: 204, ..Self::new(Method::DELETE, path, permission, summary) }
    }

    /// Says more about it.
    #[must_use]
    pub fn about(self, description: &'static str) -> Self {
        Self { description, ..self }
    }

    /// Takes these parameters in the query.
    #[must_use]
    pub fn query(mut self, params: &[Param]) -> Self {
        self.query.extend_from_slice(params);
        self
    }

    /// Takes this JSON.
    #[must_use]
    pub fn body(self, shape: Shape) -> Self {
        Self { body: Some(shape), ..self }
    }

    /// Answers with this status and JSON.
    #[must_use]
    pub fn answers(self, status: u16, shape: Shape) -> Self {
        Self { status, answer: Some(shape), ..self }
    }

    /// Honours `If-Match`.
    #[must_use]
    pub fn if_match(self) -> Self {
        Self { precondition: true, ..self }
    }

    /// Puts the handler to it. Permission and query are checked before the handler sees the request, so a new
    /// endpoint cannot forget it.
    pub fn with<H, T>(self, handler: H) -> Route
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let filter = match self.method {
            Method::POST => MethodFilter::POST,
            Method::PATCH => MethodFilter::PATCH,
            Method::PUT => MethodFilter::PUT,
            Method::DELETE => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        };
        let permission = self.permission;
        let names: Arc<[&'static str]> = self.query.iter().map(|param| param.name).collect();
        let guarded = move |State(state): State<AppState>, request: Request| async move {
            let refused = match admit(&request, permission, &names) {
                Ok(()) => return handler.call(request, state).await,
                Err(refused) => refused,
            };
            let what = format!("api:{} {}", request.method(), request.uri().path());
            let caller = request.into_parts().0.extensions.remove::<Caller>();
            let recorded = match (&refused, caller) {
                (ServiceError::NotAllowed(NotAllowed::Missing(_)), Some(caller)) => {
                    audit::access_refused(&state.core, &caller, &what, permission).await
                }
                _ => Ok(()),
            };
            ApiError::from(recorded.err().unwrap_or(refused)).into_response()
        };
        let handler = on(filter, guarded);
        Route { endpoint: self, handler }
    }
}

/// An endpoint and what answers it.
pub struct Route {
    /// The row of the table.
    pub endpoint: Endpoint,
    /// What answers.
    pub handler: MethodRouter<AppState>,
}

fn admit(request: &Request, permission: Permission, names: &[&str]) -> Result<(), ServiceError> {
    let Some(caller) = request.extensions().get::<Caller>() else {
        return Err(ServiceError::Refused(ProblemCode::Unauthenticated));
    };
    caller.require(permission)?;
    let mut errors = FieldErrors::default();
    let mut seen: Vec<String> = Vec::new();
    let query = request.uri().query().unwrap_or_default();
    for (name, _) in url::form_urlencoded::parse(query.as_bytes()) {
        errors.check(names.contains(&name.as_ref()), &name, FieldCode::UnknownField);
        errors.check(!seen.iter().any(|known| *known == name), &name, FieldCode::Ambiguous);
        seen.push(name.into_owned());
    }
    Ok(errors.into_result(())?)
}
