//! The JSON of a request: every attribute is known, or refused by name.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use domain::target::Level;
use serde_json::{Map, Value};

use super::{error::PublicError, reply::tag_of};
use crate::service::public_api::mappings::{GroupMapping, role_at};

/// The most groups in all mappings of one place.
const MOST_GROUPS: usize = 10_000;
/// The most bytes of a group's name, as everywhere.
const MOST_GROUP: usize = 512;

/// A JSON object's members.
#[derive(Debug)]
pub(super) struct Attributes(Map<String, Value>);

/// A JSON list, or an object.
#[derive(Debug)]
pub(super) struct Json(pub(super) Value);

impl<S: Send + Sync> FromRequest<S> for Json {
    type Rejection = PublicError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PublicError> {
        // Clients of Ops Manager do not all say that they send JSON; what they send is read as it.
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| PublicError::new(413, "REQUEST_TOO_LARGE", "The request is too large."))?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            PublicError::new(400, "INVALID_JSON", format!("Received JSON is malformed at {place}."))
        })
    }
}

impl Attributes {
    /// The object's members, all of which must be known; `fixed` ones only the server sets.
    pub(super) fn of(Json(body): Json, known: &[&str], fixed: &[&str]) -> Result<Self, PublicError> {
        let Value::Object(members) = body else {
            return Err(PublicError::new(400, "INVALID_JSON", "Received JSON is not an object."));
        };
        for name in members.keys() {
            if matches!(name.as_str(), "ldapGroupMappings" | "samlGroupMappings") {
                let detail = format!(
                    "The attribute {name} is not allowed: sign-in is not by LDAP or SAML here. Use idpGroupMappings."
                );
                return Err(PublicError::new(400, "DISALLOWED_ATTRIBUTE_TURN_ON_LDAP", detail));
            }
            if fixed.contains(&name.as_str()) {
                return Err(PublicError::read_only(name));
            }
            if !known.contains(&name.as_str()) {
                let detail = format!("Received JSON has an unknown attribute {}.", name.escape_debug());
                return Err(PublicError::new(400, "INVALID_ATTRIBUTE", detail));
            }
        }
        if members.is_empty() {
            return Err(PublicError::missing(known.first().copied().unwrap_or_default()));
        }
        Ok(Self(members))
    }

    /// A text; `None` when it is not there.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, PublicError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(PublicError::invalid(name, "Give a text.")),
        }
    }

    /// A list of texts; `None` when it is not there.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, PublicError> {
        self.0.get(name).map(|value| texts(value, name)).transpose()
    }

    /// `idpGroupMappings`; `None` when it is not there.
    pub(super) fn mappings(&self, level: Level) -> Result<Option<Vec<GroupMapping>>, PublicError> {
        let Some(value) = self.0.get("idpGroupMappings") else { return Ok(None) };
        let entries =
            value.as_array().ok_or_else(|| PublicError::invalid("idpGroupMappings", "Give a list."))?;
        let mut mappings: Vec<GroupMapping> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let at = |name: &str| format!("idpGroupMappings[{index}].{name}");
            let unknown = entry
                .as_object()
                .map(|entry| entry.keys().find(|name| !matches!(name.as_str(), "roleName" | "idpGroups")));
            match unknown {
                None => {
                    return Err(PublicError::invalid(
                        &format!("idpGroupMappings[{index}]"),
                        "Give an object.",
                    ));
                }
                Some(Some(name)) => return Err(PublicError::invalid(&at(name), "It is not known.")),
                Some(None) => {}
            }
            let role = entry.get("roleName").ok_or_else(|| PublicError::missing(&at("roleName")))?;
            let name = role.as_str().ok_or_else(|| PublicError::invalid(&at("roleName"), "Give a text."))?;
            if name.starts_with("GLOBAL_") {
                let detail = format!("The global role {} cannot be added here.", name.escape_debug());
                return Err(PublicError::new(403, "CANNOT_ADD_GLOBAL_ROLE", detail));
            }
            let role = role_at(level, name).ok_or_else(|| PublicError::no_such_role(name))?;
            if mappings.iter().any(|mapping| mapping.role == role) {
                let detail = format!("Duplicate entry for role {name} in the group mappings.");
                return Err(PublicError::new(400, "DUPLICATE_ROLE_ENTRY_IN_LDAP_MAPPING", detail));
            }
            let groups = entry.get("idpGroups").ok_or_else(|| PublicError::missing(&at("idpGroups")))?;
            let groups = texts(groups, &at("idpGroups"))?;
            let is_bad = |group: &String| {
                group.is_empty() || group.len() > MOST_GROUP || group.chars().any(char::is_control)
            };
            if let Some(bad) = groups.iter().position(is_bad) {
                let why = "A group has 1 to 512 bytes and no control characters.";
                return Err(PublicError::invalid(&at(&format!("idpGroups[{bad}]")), why));
            }
            mappings.push(GroupMapping { role, groups });
        }
        if mappings.iter().map(|mapping| mapping.groups.len()).sum::<usize>() > MOST_GROUPS {
            return Err(PublicError::invalid("idpGroupMappings", "Give at most 10,000 groups."));
        }
        Ok(Some(mappings))
    }
}

fn texts(value: &Value, name: &str) -> Result<Vec<String>, PublicError> {
    let texts: Option<Vec<String>> = value
        .as_array()
        .map(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<_>>())
        .unwrap_or_default();
    texts.ok_or_else(|| PublicError::invalid(name, "Give a list of texts."))
}

/// Whether `If-Match` fits what the thing says now (RFC 9110 section 13.1.1).
pub(super) fn check_match(headers: &HeaderMap, now: &Value) -> Result<(), PublicError> {
    let mut wanted = headers.get_all(header::IF_MATCH).into_iter().peekable();
    if wanted.peek().is_none() {
        return Ok(());
    }
    let tag = tag_of(now);
    let fits = wanted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .any(|text| text.trim() == "*" || text.trim() == tag);
    if fits { Ok(()) } else { Err(PublicError::changed_meanwhile()) }
}
