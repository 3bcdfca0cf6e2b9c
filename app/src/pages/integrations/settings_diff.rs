//! Settings that differ, in words.

use leptos::prelude::*;
use serde_json::Value;

use super::fields::FIELDS;
use crate::{
    text,
    ui::{Cell, Code, Header, Row, Table},
};

/// What people call a member of an integration.
pub(super) fn label(field: &str) -> String {
    let other = match field {
        "enabled" => "Enabled",
        "protocol" => "Protocol",
        "responseMode" => "Response mode",
        "endpoints.endSession" => "End of session endpoint",
        "prompt" => "Prompt",
        "maxAge" => "Longest time since the sign-in at the provider",
        "acrValues" => "Required strength (acr)",
        "extraAuthorizationParams" => "Extra parameters",
        "logoutMode" => "Sign-out",
        "onBackchannelLogout" => "Sign-out from the provider",
        _ => "",
    };
    if !other.is_empty() {
        return other.to_owned();
    }
    if let Some(name) = field.strip_prefix("extraAuthorizationParams.") {
        return format!("Extra parameter {name}");
    }
    let known = FIELDS.iter().find(|(_, known, _)| *known == field);
    known.map_or_else(|| field.to_owned(), |(.., label)| (*label).to_owned())
}

/// A value as people read it; empty: nothing.
fn words(field: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "On".to_owned(),
        Value::Bool(false) => "Off".to_owned(),
        Value::String(_) if field == "clientSecret" => "Kept secret".to_owned(),
        Value::String(text) if field == "customCa" => {
            let count = text.matches("-----BEGIN CERTIFICATE-----").count();
            let said = text::count(u64::try_from(count).unwrap_or_default(), "certificate", "certificates");
            // Two sets of as many certificates must not look the same.
            let tail: Vec<&str> =
                text.lines().rev().filter(|line| !line.starts_with("-----")).take(1).collect();
            format!("{said}, ending in {}", tail.concat())
        }
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(|item| words(field, item)).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Rows of a member's name and its values under these headers.
pub(super) fn table(
    caption: &str,
    columns: &[&'static str],
    rows: Vec<(String, Vec<Value>)>,
) -> impl IntoView + use<> {
    let headers = std::iter::once("Setting").chain(columns.iter().copied()).map(Header::new).collect();
    let columns = columns.to_vec();
    let rows = rows
        .into_iter()
        .map(|(field, values)| {
            let cells = columns
                .iter()
                .zip(values)
                .map(|(column, value)| {
                    let text = words(&field, &value);
                    let value = if text.is_empty() {
                        view! { <span class="muted">"nothing"</span> }.into_any()
                    } else {
                        view! { <Code>{text}</Code> }.into_any()
                    };
                    view! { <Cell label=*column>{value}</Cell> }
                })
                .collect_view();
            view! {
                <Row>
                    <Cell label="Setting" heading=true>{label(&field)}</Cell>
                    {cells}
                </Row>
            }
        })
        .collect_view();
    view! {
        <Table caption=caption.to_owned() headers>
            {rows}
        </Table>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_told_in_words() {
        assert_eq!(label("claims.groups"), "Groups claim");
        assert_eq!(label("extraAuthorizationParams.audience"), "Extra parameter audience");
        assert_eq!(label("somethingNew"), "somethingNew");
        assert_eq!(words("pkce", &json!(false)), "Off");
        assert_eq!(words("oauthScopes", &json!(["openid", "email"])), "openid, email");
        assert_eq!(words("clientSecret", &json!("[hidden]")), "Kept secret");
        assert_eq!(words("maxAge", &Value::Null), "");
    }
}
