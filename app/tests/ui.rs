//! The design system's promises, checked on the markup the server sends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use app::ui::{Choice, ErrorSummary, Field, RadioGroup, SecretField, StepState, TextArea, field_id};
use leptos::prelude::*;

/// Renders as the server does, under an owner of its own.
fn render<V: IntoView>(view: impl FnOnce() -> V) -> String {
    let owner = Owner::new();
    owner.with(|| view().into_view().to_html())
}

#[test]
fn a_field_id_follows_from_the_name() {
    assert_eq!(field_id("form[client_id]"), "f-form-client-id-");
}

#[test]
fn a_field_points_at_its_hint_and_at_its_error() {
    let html = render(|| {
        view! { <Field label="Issuer" name="issuer" hint="The exact URL." error="Begin with https://" /> }
    });
    assert!(html.contains("<label for=\"f-issuer\""), "{html}");
    assert!(html.contains("aria-describedby=\"f-issuer-hint f-issuer-error\""), "{html}");
    assert!(html.contains("id=\"f-issuer-hint\"") && html.contains("id=\"f-issuer-error\""), "{html}");
    assert!(html.contains("aria-invalid=\"true\""), "{html}");
}

#[test]
fn a_field_without_an_error_names_none() {
    let html = render(|| view! { <Field label="Issuer" name="issuer" /> });
    assert!(!html.contains("aria-describedby") && !html.contains("aria-invalid"), "{html}");
}

#[test]
fn a_text_area_cannot_be_left_by_its_value() {
    let html =
        render(|| view! { <TextArea label="Claims" name="claims" value="</textarea><script>x & y" /> });
    assert!(html.contains("&lt;/textarea&gt;&lt;script&gt;x &amp; y</textarea>"), "{html}");
    assert!(!html.contains("<script>"), "{html}");
}

#[test]
fn a_stored_secret_is_kept_unless_something_else_is_chosen() {
    let html = render(|| {
        view! { <SecretField label="Client secret" name="secret" mode_name="mode" set_on="3 May 2025" required=true /> }
    });
    assert!(html.contains("Set on 3 May 2025"), "{html}");
    for value in ["keep", "replace", "clear"] {
        let radio = html.split("<input").find(|part| part.contains(&format!("value=\"{value}\""))).unwrap();
        assert_eq!(radio.split('>').next().unwrap().contains(" checked"), value == "keep", "{radio}");
    }
    assert!(!html.contains(" required"), "keeping must not ask for a new value: {html}");
}

#[test]
fn a_missing_secret_is_sent_as_a_replacement() {
    let html = render(|| view! { <SecretField label="Client secret" name="secret" mode_name="mode" /> });
    assert!(html.contains("Not set"), "{html}");
    let hidden = html.split("<input").find(|part| part.contains("type=\"hidden\"")).unwrap();
    assert!(hidden.contains("name=\"mode\"") && hidden.contains("value=\"replace\""), "{hidden}");
}

#[test]
fn options_that_look_alike_once_made_safe_have_ids_of_their_own() {
    let options = vec![Choice::new("a.b", "A"), Choice::new("a-b", "B")];
    let html = render(|| view! { <RadioGroup legend="Which" name="which" options selected="a-b" /> });
    assert!(html.contains("id=\"f-which-0\"") && html.contains("id=\"f-which-1\""), "{html}");
}

#[test]
fn an_error_summary_is_absent_until_there_is_something_to_say() {
    let nothing: Vec<(String, String)> = Vec::new();
    let html = render(|| view! { <ErrorSummary title="Not saved" errors=nothing /> });
    assert!(!html.contains("alert"), "{html}");
    let html = render(|| {
        view! { <ErrorSummary title="Not saved" errors=vec![(field_id("name"), "Enter a name".to_owned())] /> }
    });
    assert!(html.contains("role=\"alert\"") && html.contains("href=\"#f-name\""), "{html}");
}

#[test]
fn a_step_that_was_not_begun_is_waiting() {
    assert_eq!(StepState::default(), StepState::Waiting);
}
