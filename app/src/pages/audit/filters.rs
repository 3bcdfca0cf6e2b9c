use domain::{
    api::AuditFilter,
    audit::{AuditKind, Outcome},
    time::Timestamp,
};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use crate::{
    routes, text,
    ui::{Field, FilterBar, Select},
};

/// The filters as the address has them: text, so that they can be shown again as they were typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Asked {
    actor: String,
    kind: String,
    outcome: String,
    integration: String,
    target: String,
    reference: String,
    from: String,
    until: String,
    pub(super) cursor: Option<String>,
}

impl Asked {
    pub(super) fn read(query: &ParamsMap) -> Self {
        let get = |name: &str| query.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
        Self {
            actor: get("actor"),
            kind: get("kind"),
            outcome: get("outcome"),
            integration: get("integration"),
            target: get("target"),
            reference: get("reference"),
            from: get("from"),
            until: get("until"),
            cursor: Some(get("cursor")).filter(|cursor| !cursor.is_empty()),
        }
    }

    /// What the server is asked. A filter that cannot be read is left out and marked at its field.
    pub(super) fn filter(&self) -> AuditFilter {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        AuditFilter {
            actor: given(&self.actor),
            kind: given(&self.kind),
            outcome: match self.outcome.as_str() {
                "success" => Some(Outcome::Success),
                "failure" => Some(Outcome::Failure),
                _ => None,
            },
            integration: given(&self.integration),
            target: given(&self.target),
            reference: given(&self.reference),
            from: time(&self.from),
            until: time(&self.until),
        }
    }

    /// Whether anything but the page is asked for.
    pub(super) fn is_filtered(&self) -> bool {
        *self != Self { cursor: self.cursor.clone(), ..Self::default() }
    }

    /// The address of these filters at this page.
    pub(super) fn href(&self, cursor: &str) -> String {
        let pairs = [
            ("actor", self.actor.as_str()),
            ("kind", &self.kind),
            ("outcome", &self.outcome),
            ("integration", &self.integration),
            ("target", &self.target),
            ("reference", &self.reference),
            ("from", &self.from),
            ("until", &self.until),
            ("cursor", cursor),
        ];
        routes::with_query(routes::AUDIT, &pairs)
    }
}

/// Reads what a date control sends (`2026-05-03T14:05`, taken as UTC), or RFC 3339.
fn time(text: &str) -> Option<Timestamp> {
    ["", "Z", ":00Z", "T00:00:00Z"].iter().find_map(|rest| Timestamp::parse(&format!("{text}{rest}")))
}

/// The sentence for a date that cannot be read.
fn time_error(text: &str) -> Option<String> {
    (!text.is_empty() && time(text).is_none())
        .then(|| "Enter a date and time, such as 2026-05-03T14:05.".to_owned())
}

/// What a date control can show: it takes no time zone, and nothing that is no date.
fn for_control(text: &str) -> String {
    if time(text).is_some() { text.trim_end_matches('Z').to_owned() } else { String::new() }
}

/// The filters' controls.
pub(super) fn controls(asked: &Asked) -> impl IntoView + use<> {
    let pair = |value: &str, label: &str| (value.to_owned(), label.to_owned());
    let mut kinds = vec![pair("", "All")];
    kinds.extend(AuditKind::ALL.iter().map(|kind| pair(kind.code(), kind.label())));
    let outcomes = vec![
        pair("", "All"),
        pair("success", text::outcome(Outcome::Success)),
        pair("failure", text::outcome(Outcome::Failure)),
    ];
    let (from_error, until_error) = (time_error(&asked.from), time_error(&asked.until));
    let reset = if asked.is_filtered() { routes::AUDIT } else { "" };
    let asked = asked.clone();
    view! {
        <FilterBar action=routes::AUDIT reset_href=reset>
            <Field label="Who" name="actor" value=asked.actor />
            <Select label="What" name="kind" options=kinds selected=asked.kind />
            <Select label="Result" name="outcome" options=outcomes selected=asked.outcome />
            <Field label="Integration" name="integration" value=asked.integration mono=true />
            <Field label="Reference" name="reference" value=asked.reference mono=true />
            <Field
                label="From (UTC)"
                name="from"
                input_type="datetime-local"
                value=for_control(&asked.from)
                error=Signal::stored(from_error)
            />
            <Field
                label="Until (UTC)"
                name="until"
                input_type="datetime-local"
                value=for_control(&asked.until)
                error=Signal::stored(until_error)
            />
        </FilterBar>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_controls_send_them() {
        let wanted = Timestamp::parse("2026-05-03T14:05:00Z");
        for text in ["2026-05-03T14:05", "2026-05-03T14:05:00", "2026-05-03T14:05:00Z"] {
            assert_eq!(time(text), wanted, "{text}");
        }
        assert_eq!(time("2026-05-03"), Timestamp::parse("2026-05-03T00:00:00Z"));
        assert_eq!(time("yesterday"), None);
        assert!(time_error("yesterday").is_some());
        assert_eq!(time_error(""), None);
    }
}
