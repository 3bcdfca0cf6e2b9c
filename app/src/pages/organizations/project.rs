use domain::{api::ProjectDetail, id::ProjectId, problem::ProblemCode};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::typed;
use crate::{
    error::AppError,
    functions::{RenameProject, get_project},
    pages::{
        forms::{FieldName, FormErrors, field_error, refused_values},
        load::{Notice, Place, load, moment},
        reading::reading,
        sending::{SendForm, Sending, sending},
    },
    routes, text,
    ui::{
        BackLink, Button, Copyable, Description, DescriptionList, Field, FormActions, HiddenField, IconKind,
        LinkButton, PageHeader, Section, TextLink,
    },
};

const FIELDS: &[FieldName] = &[("name", "name", "Name")];

type Values = Vec<(String, String)>;

/// One project.
#[component]
pub fn Project() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let rename = sending::<RenameProject>();
    let draft = refused_values::<RenameProject>();
    let data = reading(
        move || params.with(|params| params.get("id").unwrap_or_default()),
        move |id| async move {
            let id = ProjectId::parse(&id).map_err(|_| AppError::refused(ProblemCode::NotFound))?;
            Ok((get_project(id).await?, draft.await?))
        },
    );
    let notice = Signal::derive(move || {
        let is_saved = query.with(|query| query.get_str("done") == Some("saved"));
        is_saved.then(|| "The new name is saved.".to_owned())
    });
    view! {
        <Notice text=notice />
        {load(
            data,
            Place::WholePage,
            move |(detail, values): (ProjectDetail, Values)| page(detail, &values, rename).into_any(),
        )}
    }
}

fn page(detail: ProjectDetail, values: &[(String, String)], rename: Sending) -> impl IntoView + use<> {
    let ProjectDetail { project, organization_name, rules, may_rename, may_delete, .. } = detail;
    let id = project.id.to_string();
    let (rules_href, delete) = (routes::rules_at(&id), routes::delete_project(&id));
    let of = routes::organization(project.organization.as_str());
    let name = typed(values, "name", &project.name);
    let (of_form, revision) = (id.clone(), project.revision);
    let back = {
        let (href, label) = (of.clone(), organization_name.clone());
        move || view! { <BackLink href=href label=label /> }
    };
    view! {
        <Title text=project.name.clone() />
        <PageHeader title=project.name above=back />
        <FormErrors error=rename.error() fields=FIELDS />
        <DescriptionList>
            <Description term="Identifier"><Copyable value=id label="identifier" /></Description>
            <Description term="Organization"><TextLink href=of>{organization_name}</TextLink></Description>
            <Description term="Mapping rules">
                {text::count(rules, "rule gives", "rules give")} " a role in it. "
                <TextLink href=rules_href>"Show them"</TextLink>
            </Description>
            <Description term="Created">{moment(project.created_at)}</Description>
        </DescriptionList>
        {may_rename.then(|| rename_form(of_form, name, revision, rename))}
        {may_delete
            .then(|| {
                view! {
                    <Section title="Delete" lead="Only when no rule gives a role in it any more.">
                        <LinkButton href=delete icon=IconKind::Trash>"Delete project\u{2026}"</LinkButton>
                    </Section>
                }
            })}
    }
}

fn rename_form(id: String, name: String, revision: i64, rename: Sending) -> impl IntoView {
    view! {
        <Section title="Rename" lead="Its identifier stays, and with it every rule and role.">
            <SendForm action=rename attr:novalidate=true attr:class="stack">
                <HiddenField name="id" value=id />
                <HiddenField name="revision" value=revision.to_string() />
                <Field
                    label="Name"
                    name="name"
                    value=name
                    required=true
                    maxlength=64
                    hint="1 to 64 characters; no other project of its organization has it."
                    error=field_error(rename.error(), "name")
                />
                <FormActions>
                    <Button pending=rename.pending()>"Save name"</Button>
                </FormActions>
            </SendForm>
        </Section>
    }
}
