use domain::{form::IntegrationForm, secret::SecretState};
use leptos::prelude::*;

use crate::pages::integrations::{
    discovery::Suggested,
    fields::Checks,
    groups::GroupsSection,
    home_realm::HomeRealmSection,
    protocol::Spoken,
    sections::{
        AdvancedSection, BehaviourSection, ClaimsSection, ClientSection, NameSection, ProviderSection,
    },
};

/// The form's id.
pub(super) const FORM: &str = "integration-form";

/// The controls of an integration, the same for a new one and for a stored one; inside the page's form element.
#[component]
pub(super) fn Controls(
    /// The first values.
    form: IntegrationForm,
    /// What is stored of the secret.
    secret: SecretState,
    /// Whether a secret that was typed when the form was refused is kept for it.
    #[prop(optional)]
    is_secret_kept: bool,
    /// Whether it is being created.
    is_new: bool,
    /// What is typed and what is wrong with it.
    checks: Checks,
) -> impl IntoView {
    let fields = Suggested {
        issuer: RwSignal::new(form.issuer.clone()),
        scopes: RwSignal::new(form.oauth_scopes.clone()),
        groups: RwSignal::new(form.claim_groups.clone()),
    };
    let spoken = Spoken::new(&form);
    view! {
        <div on:input=move |_| checks.update() on:change=move |_| checks.update() on:focusout=move |event| checks.leave(&event)>
            <ProviderSection checks fields spoken />
            <NameSection checks form=form.clone() is_new />
            <ClientSection checks form=form.clone() secret is_secret_kept scopes=fields.scopes />
            <ClaimsSection checks form=form.clone() groups=fields.groups spoken />
            <BehaviourSection checks form=form.clone() />
            <GroupsSection checks form=form.clone() />
            <HomeRealmSection checks form=form.clone() />
            <AdvancedSection checks form spoken />
        </div>
    }
}
