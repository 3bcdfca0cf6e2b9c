use domain::{
    access::Permission,
    api::{ManagedKind, ManagedView, MappingChoices, RuleView},
    form::{ConditionForm, RuleForm},
    id::RuleId,
    problem::ProblemCode,
    target::Level,
};
use leptos::{html, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    error::AppError,
    functions::{RemoveRule, UpdateRule, get_rule, managed, rule_choices},
    nav::Allowed,
    pages::{
        forms::{FormErrors, over, refused_values},
        load::{Place, load, moment},
        managed::{lock, note},
        mappings::{
            editor::{BOXES, Controls, FIELDS},
            table::{findings, sentence},
        },
        provisional::ProvisionalOffer,
        reading::reading,
        sending::{SendForm, Sending, sending},
    },
    routes, text,
    ui::{
        BackLink, Button, ButtonKind, Description, DescriptionList, FormActions, HiddenField, IconKind,
        LinkButton, PageHeader, Section,
    },
};

type Values = Vec<(String, String)>;

/// The forms' ids.
const FORM: &str = "rule-form";
const REMOVAL: &str = "rule-removal";

/// One mapping rule.
#[component]
pub fn Edit() -> impl IntoView {
    let params = use_params_map();
    let update = sending::<UpdateRule>();
    let remove = sending::<RemoveRule>();
    let draft = refused_values::<UpdateRule>();
    let data = reading(
        move || params.with(|params| params.get("id").unwrap_or_default()),
        move |id| async move {
            let id = RuleId::parse(&id).map_err(|_| AppError::refused(ProblemCode::NotFound))?;
            let set = managed(ManagedKind::MappingRule, id.to_string());
            Ok((get_rule(id).await?, rule_choices().await?, draft.await?, set.await?))
        },
    );
    load(
        data,
        Place::WholePage,
        move |(rule, choices, values, set): (RuleView, MappingChoices, Values, Option<ManagedView>)| {
            // A rule says one thing, so it is set whole.
            lock(set.as_ref(), FIELDS);
            let is_set = set.as_ref().is_some_and(|set| !set.released);
            let of = rule.integration.clone().unwrap_or_else(|| "NAME".to_owned());
            let set = set.map(|set| note(set, &of));
            let place = text::place(rule.level, rule.target_name.as_deref(), rule.target.as_deref());
            let removal = rule.id.to_string();
            view! {
            <Title text="Mapping rule" />
            <PageHeader title="Mapping rule" above=|| view! { <BackLink href=routes::RULES label="Mapping rules" /> } />
            {sentence(&rule.group, &rule.conditions, rule.role.as_str(), rule.level, &place)}
            <DescriptionList>
                <Description term="Created">{moment(rule.created_at)}</Description>
                <Description term="Changed">{moment(rule.updated_at)}</Description>
                <Description term="Last gave its role">
                    {rule.last_matched_at.map_or_else(|| "Not yet".into_any(), |at| moment(at).into_any())}
                </Description>
            </DescriptionList>
            {findings(&rule.findings)}
            {set}
            <FormErrors error=update.error() fields=FIELDS />
            <ProvisionalOffer error=update.error() form=FORM />
            <EditForm rule choices values update is_set />
            {(!is_set).then(|| view! { <Removal id=removal remove /> })}
        }
        .into_any()
        },
    )
}

#[component]
fn EditForm(
    rule: RuleView,
    choices: MappingChoices,
    values: Values,
    update: Sending,
    is_set: bool,
) -> impl IntoView {
    let stored = RuleForm {
        integration: rule.integration.unwrap_or_default(),
        group: rule.group,
        conditions: rule.conditions.iter().map(ConditionForm::of).collect(),
        role: rule.role.to_string(),
        target: match rule.level {
            Level::Global => Level::Global.as_str().to_owned(),
            _ => rule.target.unwrap_or_default(),
        },
        level: rule.level.as_str().to_owned(),
        enabled: rule.enabled.then(|| "on".to_owned()),
        revision: rule.revision.to_string(),
        more_groups: String::new(),
    };
    let form = over(stored, &values, BOXES);
    let revision = form.revision.clone();
    let element = NodeRef::<html::Form>::new();
    view! {
        <SendForm action=update node_ref=element attr:novalidate=true attr:id=FORM>
            <HiddenField name="id" value=rule.id.to_string() />
            <HiddenField name="form[revision]" value=revision />
            <Controls form choices error=update.error() element />
            <Allowed to=Permission::ManageSomeRules>
                <FormActions>
                    {(!is_set)
                        .then(|| view! { <Button kind=ButtonKind::Primary pending=update.pending()>"Save"</Button> })}
                    <LinkButton href=routes::RULES>"Cancel"</LinkButton>
                </FormActions>
            </Allowed>
        </SendForm>
    }
}

/// Removing, apart from everything else.
#[component]
fn Removal(id: String, remove: Sending) -> impl IntoView {
    view! {
        <Allowed to=Permission::ManageSomeRules>
            <RemovalForm id=id.clone() remove />
        </Allowed>
    }
}

#[component]
fn RemovalForm(id: String, remove: Sending) -> impl IntoView {
    view! {
        <Section
            title="Remove this rule"
            lead="Nobody gets the role from it any more. To stop it for a while, turn it off instead."
        >
            <FormErrors error=remove.error() fields=&[] title="Not removed" />
            <ProvisionalOffer
                error=remove.error()
                form=REMOVAL
                label="Remove provisionally (10 minutes)"
                level=3
            />
            <SendForm action=remove attr:id=REMOVAL>
                <HiddenField name="id" value=id />
                <Button kind=ButtonKind::Danger icon=IconKind::Trash pending=remove.pending()>
                    "Remove rule"
                </Button>
            </SendForm>
        </Section>
    }
}
