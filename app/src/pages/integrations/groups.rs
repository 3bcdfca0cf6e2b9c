//! The part of the integration form about groups that do not come, or change while people are signed in.

use domain::{
    form::IntegrationForm,
    integration::{OnMissingGroups, WhenNothingMatches},
    role::{self, RoleName},
};
use leptos::prelude::*;

use crate::{
    pages::integrations::fields::Checks,
    text,
    ui::{Field, FieldRow, FormSection, Select, Switch},
};

/// Missing groups, the directory, live groups.
#[component]
pub(super) fn GroupsSection(checks: Checks, form: IntegrationForm) -> impl IntoView {
    let choices = OnMissingGroups::ALL
        .map(|choice| (choice.as_str().to_owned(), text::on_missing_groups(choice).to_owned()))
        .to_vec();
    let nothing = WhenNothingMatches::ALL
        .map(|choice| (choice.as_str().to_owned(), text::when_nothing_matches(choice).to_owned()))
        .to_vec();
    let mut roles = vec![(String::new(), "None".to_owned())];
    // What owns the console is never given to everybody.
    let offered = role::CATALOGUE.iter().filter(|role| role.name != RoleName::GLOBAL_OWNER);
    roles.extend(
        offered.map(|role| (role.name.to_owned(), format!("{}: {}", text::level(role.level), role.label))),
    );
    view! {
        <FormSection
            title="Groups"
            lead="What happens when groups do not come. Groups that could not be read never count as no groups: the sign-in is refused, and nobody loses a role by it."
        >
            <Select
                label="When the provider sends no groups"
                name="form[on_missing_groups]"
                options=choices
                selected=form.on_missing_groups
                hint="The claim is not there at all: the person is in no group, or the provider is not set up to send them."
                error=checks.of("form[on_missing_groups]")
            />
            <Select
                label="When no mapping rule gives a role"
                name="form[when_nothing_matches]"
                options=nothing
                selected=form.when_nothing_matches
                hint="Required groups are looked at first."
                error=checks.of("form[when_nothing_matches]")
            />
            <FieldRow>
                <Select
                    label="Default role"
                    name="form[default_role]"
                    options=roles
                    selected=form.default_role
                    hint="For everybody whom no rule gives a role."
                    error=checks.of("form[default_role]")
                />
                <Field
                    label="Where it counts"
                    name="form[default_role_target]"
                    value=form.default_role_target
                    optional_mark=true
                    placeholder="Atlas/billing"
                    hint="The organization\u{2019}s name, or organization/project. Empty for a global role."
                    error=checks.of("form[default_role_target]")
                />
            </FieldRow>
            <FieldRow>
                <Field
                    label="Directory"
                    name="form[groups_endpoint]"
                    value=form.groups_endpoint
                    input_type="url"
                    mono=true
                    optional_mark=true
                    placeholder="https://graph.microsoft.com/v1.0/me/transitiveMemberOf/microsoft.graph.group?$select=id"
                    hint="Read page by page, with the person\u{2019}s access token, when the provider leaves groups out because there are too many. Empty: such sign-ins are refused."
                    error=checks.of("form[groups_endpoint]")
                />
                <Field
                    label="Directory member"
                    name="form[groups_endpoint_field]"
                    value=form.groups_endpoint_field
                    mono=true
                    short=true
                    hint="Which member of each value is the group."
                    error=checks.of("form[groups_endpoint_field]")
                />
            </FieldRow>
            <Switch
                label="Live groups: read groups again while people are signed in"
                name="form[live_groups]"
                value="on"
                checked=form.live_groups.is_some()
                hint="Needs refresh tokens. Roles follow within minutes, and a session ends when the provider ends it. Asks for the scope offline_access when the provider names it."
                error=checks.of("form[live_groups]")
            />
        </FormSection>
    }
}
