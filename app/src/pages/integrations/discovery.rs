use domain::api::DiscoveryView;
use leptos::prelude::*;

use crate::{
    functions::Discover,
    pages::{forms::FormErrors, integrations::fields::FIELDS, sending::sending},
    ui::{Badge, Button, ButtonKind, Card, Code, Description, DescriptionList, IconKind, Tone, use_hydrated},
};

/// What discovery can fill in.
#[derive(Clone, Copy)]
pub(super) struct Suggested {
    /// The issuer that is asked.
    pub(super) issuer: RwSignal<String>,
    /// The scopes.
    pub(super) scopes: RwSignal<String>,
    /// The groups claim.
    pub(super) groups: RwSignal<String>,
}

/// Reads the issuer's settings and shows what they are. Without scripts there is nothing to press: the server reads
/// them anyway when the integration is used.
#[component]
pub(super) fn Discovery(
    /// The fields it reads and fills.
    fields: Suggested,
) -> impl IntoView {
    let hydrated = use_hydrated();
    let action = sending::<Discover>();
    let ask = move |_| {
        action.send(&[("issuer", &fields.issuer.get_untracked())]);
    };
    let found = move || {
        let found = action.answer::<DiscoveryView>();
        found.filter(|_| !action.pending().get()).map(|found| view! { <Discovered found fields /> })
    };
    let button = move || {
        hydrated.get().then(|| {
            view! {
                <Button button_type="button" icon=IconKind::Search pending=action.pending() on:click=ask>
                    "Read settings"
                </Button>
            }
        })
    };
    view! {
        {button}
        <FormErrors error=action.error() fields=FIELDS title="The settings could not be read" />
        <div aria-live="polite">{found}</div>
    }
    .into_any()
}

/// What was found, with one step to take it over.
#[component]
fn Discovered(found: DiscoveryView, fields: Suggested) -> impl IntoView {
    let scopes = suggested_scopes(&found.scopes_supported);
    let groups = suggested_groups(&found.claims_supported);
    let take = {
        let (scopes, groups) = (scopes.clone(), groups.clone());
        move |_| {
            fields.scopes.set(scopes.clone());
            if let Some(groups) = groups.clone() {
                fields.groups.set(groups);
            }
        }
    };
    let says = |list: &[String]| if list.is_empty() { "Does not say".to_owned() } else { list.join(", ") };
    let pkce = if found.pkce {
        view! { <Badge tone=Tone::Ok>"Supported (S256)"</Badge> }.into_any()
    } else {
        view! { <Badge tone=Tone::Warn>"Not mentioned; usually it works all the same"</Badge> }.into_any()
    };
    let none = || "None".to_owned();
    view! {
        <Card title="Discovered" level=3 lead="Used as they are, unless you override them under Advanced.">
            <DescriptionList>
                <Description term="Issuer"><Code>{found.issuer}</Code></Description>
                <Description term="Authorization"><Code>{found.authorization}</Code></Description>
                <Description term="Token"><Code>{found.token}</Code></Description>
                <Description term="Userinfo"><Code>{found.userinfo.unwrap_or_else(none)}</Code></Description>
                <Description term="Keys"><Code>{found.jwks}</Code></Description>
                <Description term="End of session"><Code>{found.end_session.unwrap_or_else(none)}</Code></Description>
                <Description term="PKCE">{pkce}</Description>
                <Description term="Signature algorithms">{says(&found.signing_algorithms)}</Description>
                <Description term="Client authentication">{says(&found.client_auth_methods)}</Description>
                <Description term="Scopes">{says(&found.scopes_supported)}</Description>
                <Description term="Suggested scopes"><Code>{scopes}</Code></Description>
                {groups.map(|claim| view! { <Description term="Suggested groups claim"><Code>{claim}</Code></Description> })}
            </DescriptionList>
            <Button kind=ButtonKind::Secondary button_type="button" small=true on:click=take>
                "Use the suggestions"
            </Button>
        </Card>
    }
}

/// `openid` and what of the usual ones the provider knows; the usual ones when it does not say.
fn suggested_scopes(supported: &[String]) -> String {
    let usual = ["openid", "profile", "email", "groups"];
    let known = |scope: &&str| {
        *scope == "openid"
            || (supported.is_empty() && *scope != "groups")
            || supported.iter().any(|known| known == scope)
    };
    usual.into_iter().filter(known).collect::<Vec<_>>().join(" ")
}

/// The claim that usually holds groups, if the provider names one.
fn suggested_groups(supported: &[String]) -> Option<String> {
    ["groups", "roles"]
        .into_iter()
        .find(|claim| supported.iter().any(|known| known == claim))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_what_the_provider_knows() {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(suggested_scopes(&list(&["email", "groups", "openid", "phone"])), "openid email groups");
        assert_eq!(suggested_scopes(&[]), "openid profile email");
        assert_eq!(suggested_groups(&list(&["sub", "roles"])).as_deref(), Some("roles"));
        assert_eq!(suggested_groups(&[]), None);
    }
}
