use domain::{form::IntegrationForm, home_realm};
use leptos::prelude::*;

use crate::{
    pages::integrations::fields::Checks,
    ui::{Field, FieldRow, FormSection, Select, Switch, TextArea},
};

/// How people find it on the sign-in page.
#[component]
pub(super) fn HomeRealmSection(checks: Checks, form: IntegrationForm) -> impl IntoView {
    let mut icons = vec![(String::new(), "First letter of the label".to_owned())];
    icons.extend(home_realm::ICONS.map(|name| {
        let mut label = name.to_owned();
        if let Some(first) = label.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        (name.to_owned(), label)
    }));
    view! {
        <FormSection title="On the sign-in page" lead="Where its button stands, and whose e-mail addresses lead to it.">
            <FieldRow>
                <Field
                    label="Order"
                    name="form[order]"
                    value=form.order
                    short=true
                    hint="0 to 9999; the smallest comes first."
                    error=checks.of("form[order]")
                />
                <Select
                    label="Icon"
                    name="form[icon]"
                    options=icons
                    selected=form.icon
                    hint="Stands before the label."
                    error=checks.of("form[icon]")
                />
            </FieldRow>
            <TextArea
                label="E-mail domains"
                name="form[email_domains]"
                value=form.email_domains
                optional_mark=true
                mono=true
                rows=2
                hint="One a line, such as example.com; .example.com means every domain below it. With any of them the \
                      sign-in page asks for an e-mail address first."
                error=checks.of("form[email_domains]")
            />
            <Switch
                label="Hide its button"
                name="form[hidden]"
                value="on"
                checked=form.hidden.is_some()
                hint="People then reach it by their e-mail address, or by a link to /sign-in?integration= and its name."
                error=checks.of("form[hidden]")
            />
        </FormSection>
    }
}
