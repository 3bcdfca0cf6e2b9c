//! How this API says no: `{error, errorCode, reason, detail, parameters}`.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    form::{FieldCode, FieldErrors},
    problem::ProblemCode,
};
use serde_json::{Value, json};
use store::UniqueKey;

use super::reply::Reply;
use crate::service::ServiceError;

/// A refusal, in Ops Manager's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicError {
    pub(super) status: StatusCode,
    pub(super) code: String,
    pub(super) detail: String,
    pub(super) parameters: Vec<String>,
}

impl PublicError {
    pub(crate) fn new(status: u16, code: &str, detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            code: code.to_owned(),
            detail: detail.into(),
            parameters: Vec::new(),
        }
    }

    fn about(mut self, parameter: &str) -> Self {
        self.parameters.push(parameter.to_owned());
        self
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "USER_UNAUTHORIZED", "You are not authorized for this resource.")
    }

    pub(crate) fn no_organization(id: &str) -> Self {
        Self::new(404, "ORG_NOT_FOUND", format!("No organization with ID {id} exists.")).about(id)
    }

    pub(crate) fn no_project(id: &str) -> Self {
        Self::new(404, "GROUP_NOT_FOUND", format!("No group with ID {id} exists.")).about(id)
    }

    pub(crate) fn no_key(id: &str) -> Self {
        Self::new(404, "API_KEY_NOT_FOUND", format!("No API Key with ID {id} exists.")).about(id)
    }

    pub(crate) fn invalid_project(id: &str) -> Self {
        Self::new(404, "INVALID_GROUP_ID", format!("An invalid group ID {id} was specified.")).about(id)
    }

    pub(crate) fn missing(attribute: &str) -> Self {
        let detail = format!("The required attribute {attribute} was not specified.");
        Self::new(400, "MISSING_ATTRIBUTE", detail).about(attribute)
    }

    pub(crate) fn invalid(attribute: &str, why: &str) -> Self {
        let detail = format!("An invalid value for the attribute {attribute} was specified. {why}");
        Self::new(400, "INVALID_ATTRIBUTE", detail.trim_end()).about(attribute)
    }

    pub(crate) fn read_only(attribute: &str) -> Self {
        let detail = format!("The attribute {attribute} is read-only and cannot be changed by the user.");
        Self::new(400, "ATTRIBUTE_READ_ONLY", detail).about(attribute)
    }

    pub(crate) fn no_such_role(text: &str) -> Self {
        let detail = format!("An invalid enumeration value {} was specified.", text.escape_debug());
        Self::new(400, "INVALID_ENUM_VALUE", detail).about(text)
    }

    pub(crate) fn changed_meanwhile() -> Self {
        let detail =
            "It was changed since it was read. Read it again, and repeat the change on what it is now.";
        Self::new(412, "RESOURCE_CHANGED", detail)
    }
}

fn has(fields: &FieldErrors, code: &FieldCode) -> bool {
    fields.iter().any(|error| error.code == *code)
}

impl From<ServiceError> for PublicError {
    fn from(error: ServiceError) -> Self {
        let public = error.public();
        if public.code.status() >= 500 {
            tracing::error!(cause = %error, "the public API could not answer");
        }
        match (&error, public.code) {
            (ServiceError::Store(store::Error::Taken(UniqueKey::ProjectName)), _) => {
                Self::new(409, "GROUP_ALREADY_EXISTS", "A group with this name exists in the organization.")
            }
            (ServiceError::Store(store::Error::Taken(UniqueKey::OrganizationName)), _) => {
                Self::new(409, "ORG_ALREADY_EXISTS", "An organization with this name exists.")
            }
            (_, ProblemCode::Forbidden | ProblemCode::Unauthenticated) => Self::unauthorized(),
            (_, ProblemCode::Invalid) if has(&public.fields, &FieldCode::RoleNotOwn) => Self::unauthorized(),
            (_, ProblemCode::Invalid) => {
                let first = public.fields.iter().next();
                let field = first.map_or("body", |error| error.field.as_str()).to_owned();
                Self::invalid(&field, &first.map(|error| error.code.message()).unwrap_or_default())
            }
            (ServiceError::LastOrganizationOwner(_), _) => {
                let detail = "The organization would be left without an owner.";
                Self::new(403, "CANNOT_DEMOTE_LAST_ORG_OWNER", detail)
            }
            (_, ProblemCode::LastOwner) => {
                Self::new(403, "CANNOT_DEMOTE_LAST_OWNER", "This would leave nobody who is an owner.")
            }
            (_, code) if code.status() >= 500 => {
                Self::new(code.status(), "UNEXPECTED_ERROR", "An unexpected error occurred.")
            }
            (_, code) => Self::new(code.status(), &code.code().to_ascii_uppercase(), code.message()),
        }
    }
}

impl From<store::Error> for PublicError {
    fn from(error: store::Error) -> Self {
        ServiceError::from(error).into()
    }
}

impl PublicError {
    pub(super) fn body(&self) -> Value {
        json!({
            "error": self.status.as_u16(),
            "errorCode": self.code,
            "reason": self.status.canonical_reason().unwrap_or_default(),
            "detail": self.detail,
            "parameters": self.parameters,
        })
    }
}

impl IntoResponse for PublicError {
    fn into_response(self) -> Response {
        let body = self.body();
        Reply::plain(self.status, body).into_response()
    }
}
