use domain::{
    api::{OrganizationDetail, ProjectSummary, RoleView},
    id::OrganizationId,
    problem::ProblemCode,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{owners, typed};
use crate::{
    error::AppError,
    functions::{CreateProject, RenameOrganization, get_organization},
    pages::{
        forms::{FieldName, FormErrors, field_error, refused_values},
        load::{Notice, Place, load, moment},
        reading::reading,
        sending::{SendForm, Sending, sending},
    },
    routes, text,
    ui::{
        BackLink, Button, ButtonKind, Cell, Code, Copyable, Description, DescriptionList, EmptyState, Field,
        FormActions, Header, HiddenField, IconKind, LinkButton, PageHeader, Row, Section, Table, TextLink,
    },
};

const NAME: &[FieldName] = &[("name", "name", "Name")];
const PROJECT: &[FieldName] = &[("project", "name", "Name of the new project")];

type Values = Vec<(String, String)>;

/// One organization: its name, projects, custom roles and rules.
#[component]
pub fn Organization() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let (rename, create) = (sending::<RenameOrganization>(), sending::<CreateProject>());
    let (renamed, created) = (refused_values::<RenameOrganization>(), refused_values::<CreateProject>());
    let data = reading(
        move || params.with(|params| params.get("id").unwrap_or_default()),
        move |id| async move {
            let id = OrganizationId::parse(&id).map_err(|_| AppError::refused(ProblemCode::NotFound))?;
            Ok((get_organization(id).await?, renamed.await?, created.await?))
        },
    );
    let notice = Signal::derive(move || {
        let says = match query.with(|query| query.get("done"))?.as_str() {
            "created" => {
                "The organization is created. Next: make a project, or a rule that names its owners."
            }
            "saved" => "The new name is saved.",
            "project" => "The project is created.",
            _ => return None,
        };
        Some(says.to_owned())
    });
    view! {
        <Notice text=notice />
        {load(
            data,
            Place::WholePage,
            move |(detail, renamed, created): (OrganizationDetail, Values, Values)| {
                page(detail, &renamed, &created, rename, create).into_any()
            },
        )}
    }
}

fn page(
    detail: OrganizationDetail,
    renamed: &[(String, String)],
    created: &[(String, String)],
    rename: Sending,
    create: Sending,
) -> impl IntoView + use<> {
    let OrganizationDetail { organization, projects, roles, rules, owners: names, .. } = detail;
    let id = organization.id.to_string();
    let rules_href = routes::rules_at(&id);
    let new_role = routes::new_role(&id);
    let delete = routes::delete_organization(&id);
    let name = typed(renamed, "name", &organization.name);
    let project = typed(created, "project", "");
    let revision = organization.revision;
    let (of_rename, of_create) = (id.clone(), id.clone());
    view! {
        <Title text=organization.name.clone() />
        <PageHeader
            title=organization.name
            above=|| view! { <BackLink href=routes::ORGANIZATIONS label="Organizations" /> }
        />
        <FormErrors error=rename.error() fields=NAME />
        <FormErrors error=create.error() fields=PROJECT title="Not created" />
        <DescriptionList>
            <Description term="Identifier"><Copyable value=id label="identifier" /></Description>
            <Description term="Owners">{owners(&names)}</Description>
            <Description term="Mapping rules">
                {text::count(rules, "rule gives", "rules give")} " a role in it. "
                <TextLink href=rules_href>"Rules of the organization itself"</TextLink>
            </Description>
            <Description term="Created">{moment(organization.created_at)}</Description>
        </DescriptionList>
        <Section title="Projects" lead="Who owns the organization owns its projects.">
            {project_table(projects)}
            {detail.may_create_project.then(|| new_project(of_create, project, create))}
        </Section>
        <Section
            title="Custom roles"
            lead="Roles beside the built-in ones that count in this organization and its projects only."
            actions=move || {
                detail.may_manage_roles
                    .then(|| view! { <LinkButton href=new_role icon=IconKind::Plus>"New role"</LinkButton> })
            }
        >
            {role_table(roles)}
        </Section>
        {detail.may_rename.then(|| rename_form(of_rename, name, revision, rename))}
        {detail.may_delete
            .then(|| {
                view! {
                    <Section title="Delete" lead="Only when no project and no rule is left in it.">
                        <LinkButton href=delete icon=IconKind::Trash>"Delete organization\u{2026}"</LinkButton>
                    </Section>
                }
            })}
    }
}

fn project_table(projects: Vec<ProjectSummary>) -> AnyView {
    if projects.is_empty() {
        return view! {
            <EmptyState title="No projects yet" icon=IconKind::Folder level=3>
                <p>"A project belongs to one organization. Rules give roles in it."</p>
            </EmptyState>
        }
        .into_any();
    }
    let headers = vec![Header::new("Name"), Header::new("Mapping rules").numeric()];
    let rows = projects
        .into_iter()
        .map(|ProjectSummary { project, rules }| {
            let href = routes::project(project.id.as_str());
            view! {
                <Row>
                    <Cell label="Name" heading=true>
                        <TextLink href=href>{project.name}</TextLink>
                        <p class="small"><Code>{project.id.to_string()}</Code></p>
                    </Cell>
                    <Cell label="Mapping rules" numeric=true>{rules}</Cell>
                </Row>
            }
        })
        .collect_view();
    view! { <Table caption="Projects" headers>{rows}</Table> }.into_any()
}

fn role_table(roles: Vec<RoleView>) -> AnyView {
    if roles.is_empty() {
        return view! { <p class="muted">"None yet."</p> }.into_any();
    }
    let headers = vec![Header::new("Role"), Header::new("Level")];
    let rows = roles
        .into_iter()
        .map(|role| {
            let href = routes::role(role.name.as_str());
            view! {
                <Row>
                    <Cell label="Role" heading=true>
                        <TextLink href=href>{role.label}</TextLink>
                        <p class="small"><Code>{role.name.to_string()}</Code></p>
                    </Cell>
                    <Cell label="Level">{text::level(role.level)}</Cell>
                </Row>
            }
        })
        .collect_view();
    view! { <Table caption="Custom roles" headers>{rows}</Table> }.into_any()
}

fn new_project(organization: String, name: String, create: Sending) -> impl IntoView {
    view! {
        <SendForm action=create attr:novalidate=true attr:class="stack">
            <HiddenField name="organization" value=organization />
            <Field
                label="Name of the new project"
                name="project"
                value=name
                required=true
                maxlength=64
                hint="1 to 64 characters; no other project of this organization has it."
                error=field_error(create.error(), "name")
            />
            <FormActions>
                <Button kind=ButtonKind::Primary pending=create.pending()>"Create project"</Button>
            </FormActions>
        </SendForm>
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
                    error=field_error(rename.error(), "name")
                />
                <FormActions>
                    <Button pending=rename.pending()>"Save name"</Button>
                </FormActions>
            </SendForm>
        </Section>
    }
}
