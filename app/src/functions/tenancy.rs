use domain::{
    api::{
        OrganizationDetail, OrganizationList, OrganizationView, ProjectDetail, ProjectView, RoleDetail,
        RoleList, RoleView,
    },
    form::RoleForm,
    id::{OrganizationId, ProjectId},
};
use leptos::server;

use crate::error::AppError;

/// Every organization the caller sees, by name.
///
/// # Errors
/// `forbidden`.
#[server(prefix = "/fn", endpoint = "organizations/list", output = crate::wire::Wire)]
pub async fn list_organizations() -> Result<OrganizationList, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.tenancy.organizations(&caller).await)
}

/// One organization with what is in it.
///
/// # Errors
/// `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "organizations/get", output = crate::wire::Wire)]
pub async fn get_organization(id: OrganizationId) -> Result<OrganizationDetail, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.tenancy.organization(&caller, id).await)
}

/// Makes an organization.
///
/// # Errors
/// Every problem, by field.
#[server(prefix = "/fn", endpoint = "organizations/create", output = crate::wire::Wire)]
pub async fn create_organization(name: String) -> Result<OrganizationView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer_and_go(backend.tenancy.create_organization(&caller, name).await, |made| {
        crate::routes::done(&crate::routes::organization(made.id.as_str()), "created")
    })
}

/// Renames an organization.
///
/// # Errors
/// Every problem, by field; `stale` when somebody changed it meanwhile.
#[server(prefix = "/fn", endpoint = "organizations/rename", output = crate::wire::Wire)]
pub async fn rename_organization(
    id: OrganizationId,
    name: String,
    revision: i64,
) -> Result<OrganizationView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let done = backend.tenancy.rename_organization(&caller, id, name, revision).await;
    super::ctx::answer_and_go(done, |new| {
        crate::routes::done(&crate::routes::organization(new.id.as_str()), "saved")
    })
}

/// Deletes an organization that nothing hangs on.
///
/// # Errors
/// `in_use`, `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "organizations/remove", output = crate::wire::Wire)]
pub async fn remove_organization(id: OrganizationId) -> Result<(), AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer_and_go(backend.tenancy.remove_organization(&caller, id).await, |()| {
        crate::routes::done(crate::routes::ORGANIZATIONS, "deleted")
    })
}

/// One project.
///
/// # Errors
/// `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "projects/get", output = crate::wire::Wire)]
pub async fn get_project(id: ProjectId) -> Result<ProjectDetail, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.tenancy.project(&caller, id).await)
}

/// Makes a project.
///
/// # Errors
/// Every problem, by field.
#[server(prefix = "/fn", endpoint = "projects/create", output = crate::wire::Wire)]
pub async fn create_project(organization: OrganizationId, project: String) -> Result<ProjectView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let made = backend.tenancy.create_project(&caller, organization, project).await;
    super::ctx::answer_and_go(made, |made| {
        crate::routes::done(&crate::routes::organization(made.organization.as_str()), "project")
    })
}

/// Renames a project.
///
/// # Errors
/// Every problem, by field; `stale` when somebody changed it meanwhile.
#[server(prefix = "/fn", endpoint = "projects/rename", output = crate::wire::Wire)]
pub async fn rename_project(id: ProjectId, name: String, revision: i64) -> Result<ProjectView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    let done = backend.tenancy.rename_project(&caller, id, name, revision).await;
    super::ctx::answer_and_go(done, |new| {
        crate::routes::done(&crate::routes::project(new.id.as_str()), "saved")
    })
}

/// Deletes a project that nothing hangs on.
///
/// # Errors
/// `in_use`, `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "projects/remove", output = crate::wire::Wire)]
pub async fn remove_project(id: ProjectId) -> Result<(), AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer_and_go(backend.tenancy.remove_project(&caller, id).await, |()| {
        crate::routes::done(crate::routes::ORGANIZATIONS, "deleted")
    })
}

/// Built-in roles and the custom ones the caller sees.
///
/// # Errors
/// `forbidden`.
#[server(prefix = "/fn", endpoint = "roles/list", output = crate::wire::Wire)]
pub async fn list_roles() -> Result<RoleList, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.tenancy.roles(&caller).await)
}

/// One role.
///
/// # Errors
/// `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "roles/get", output = crate::wire::Wire)]
pub async fn get_role(name: String) -> Result<RoleDetail, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer(backend.tenancy.role(&caller, &name).await)
}

/// Makes a custom role.
///
/// # Errors
/// Every problem, by field.
#[server(prefix = "/fn", endpoint = "roles/create", output = crate::wire::Wire)]
pub async fn create_role(form: RoleForm) -> Result<RoleView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer_and_go(backend.tenancy.create_role(&caller, form).await, |made| {
        crate::routes::done(&crate::routes::role(made.name.as_str()), "created")
    })
}

/// Changes what people call a custom role, and what is said of it.
///
/// # Errors
/// Every problem, by field; `stale` when somebody changed it meanwhile.
#[server(prefix = "/fn", endpoint = "roles/change", output = crate::wire::Wire)]
pub async fn change_role(form: RoleForm, revision: i64) -> Result<RoleView, AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer_and_go(backend.tenancy.change_role(&caller, form, revision).await, |new| {
        crate::routes::done(&crate::routes::role(new.name.as_str()), "saved")
    })
}

/// Deletes a custom role that nobody uses.
///
/// # Errors
/// `in_use`, `not_found`, `forbidden`.
#[server(prefix = "/fn", endpoint = "roles/remove", output = crate::wire::Wire)]
pub async fn remove_role(name: String) -> Result<(), AppError> {
    let (backend, caller) = super::ctx::admit()?;
    super::ctx::answer_and_go(backend.tenancy.remove_role(&caller, &name).await, |()| {
        crate::routes::done(crate::routes::ROLES, "deleted")
    })
}
