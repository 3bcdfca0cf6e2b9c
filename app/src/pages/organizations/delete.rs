use domain::{
    api::{OrganizationDetail, ProjectDetail, UsedBy},
    id::{OrganizationId, ProjectId},
    problem::ProblemCode,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::blockers;
use crate::{
    error::AppError,
    functions::{RemoveOrganization, RemoveProject, get_organization, get_project},
    pages::{
        forms::FormErrors,
        load::{Place, load},
        reading::reading,
        sending::{SendForm, Sending, sending},
    },
    routes,
    ui::{BackLink, ConfirmActions, ConfirmPanel, HiddenField, LinkButton, PageHeader},
};

/// Asks before an organization is deleted, or says what has to go first.
#[component]
pub fn DeleteOrganization() -> impl IntoView {
    let params = use_params_map();
    let remove = sending::<RemoveOrganization>();
    let data = reading(
        move || params.with(|params| params.get("id").unwrap_or_default()),
        |id| async move {
            let id = OrganizationId::parse(&id).map_err(|_| AppError::refused(ProblemCode::NotFound))?;
            get_organization(id).await
        },
    );
    load(data, Place::WholePage, move |detail: OrganizationDetail| {
        let id = detail.organization.id.to_string();
        let roles = detail.roles.len();
        let asked = Asked {
            what: "organization",
            back: routes::organization(&id),
            name: detail.organization.name,
            used_by: detail.used_by,
            consequences: vec![
                "Its identifier is gone for good; a new organization gets another one.".to_owned(),
                match roles {
                    0 => "No custom role belongs to it.".to_owned(),
                    1 => "The custom role that belongs to it goes too.".to_owned(),
                    roles => format!("The {roles} custom roles that belong to it go too."),
                },
                "Whoever had a role in it has it no more.".to_owned(),
            ],
        };
        page(asked, remove, "id", id).into_any()
    })
}

/// Asks before a project is deleted, or says what has to go first.
#[component]
pub fn DeleteProject() -> impl IntoView {
    let params = use_params_map();
    let remove = sending::<RemoveProject>();
    let data = reading(
        move || params.with(|params| params.get("id").unwrap_or_default()),
        |id| async move {
            let id = ProjectId::parse(&id).map_err(|_| AppError::refused(ProblemCode::NotFound))?;
            get_project(id).await
        },
    );
    load(data, Place::WholePage, move |detail: ProjectDetail| {
        let id = detail.project.id.to_string();
        let asked = Asked {
            what: "project",
            back: routes::project(&id),
            name: detail.project.name,
            used_by: detail.used_by,
            consequences: vec![
                "Its identifier is gone for good; a new project gets another one.".to_owned(),
                "Whoever had a role in it has it no more.".to_owned(),
            ],
        };
        page(asked, remove, "id", id).into_any()
    })
}

/// What is asked about.
pub(in crate::pages) struct Asked {
    pub(in crate::pages) what: &'static str,
    pub(in crate::pages) back: String,
    pub(in crate::pages) name: String,
    pub(in crate::pages) used_by: Vec<UsedBy>,
    pub(in crate::pages) consequences: Vec<String>,
}

/// The question, or what has to go before it can be asked.
pub(in crate::pages) fn page(
    asked: Asked,
    remove: Sending,
    field: &'static str,
    value: String,
) -> impl IntoView + use<> {
    let Asked { what, back, name, used_by, consequences } = asked;
    let title = format!("Delete {name}");
    let above = {
        let (href, label) = (back.clone(), name);
        move || view! { <BackLink href=href label=label /> }
    };
    let content = if used_by.is_empty() {
        let label = title.clone();
        view! {
            <ConfirmPanel title="What happens" lead=format!("The {what} is gone for good.") consequences>
                <SendForm action=remove>
                    <HiddenField name=field value />
                    <ConfirmActions confirm_label=label cancel_href=back pending=remove.pending() />
                </SendForm>
            </ConfirmPanel>
        }
        .into_any()
    } else {
        view! {
            {blockers(used_by, what)}
            <p><LinkButton href=back>"Back"</LinkButton></p>
        }
        .into_any()
    };
    view! {
        <Title text=title.clone() />
        <PageHeader title above />
        <FormErrors error=remove.error() fields=&[] title="Not deleted" />
        {content}
    }
}
