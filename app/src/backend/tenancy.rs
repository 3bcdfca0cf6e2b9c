use async_trait::async_trait;
use domain::{
    access::Caller,
    api::{
        OrganizationDetail, OrganizationList, OrganizationView, ProjectDetail, ProjectView, RoleDetail,
        RoleList, RoleView,
    },
    form::RoleForm,
    id::{OrganizationId, ProjectId},
};

use super::Answer;

/// Organizations, projects and roles.
#[async_trait]
pub trait Tenancy: Send + Sync {
    /// Every organization the caller sees, by name.
    async fn organizations(&self, caller: &Caller) -> Answer<OrganizationList>;
    /// One of them with what is in it.
    async fn organization(&self, caller: &Caller, id: OrganizationId) -> Answer<OrganizationDetail>;
    /// Makes one.
    async fn create_organization(&self, caller: &Caller, name: String) -> Answer<OrganizationView>;
    /// Renames one; the revision must be the newest.
    async fn rename_organization(
        &self,
        caller: &Caller,
        id: OrganizationId,
        name: String,
        revision: i64,
    ) -> Answer<OrganizationView>;
    /// Deletes one that nothing hangs on.
    async fn remove_organization(&self, caller: &Caller, id: OrganizationId) -> Answer<()>;
    /// One project.
    async fn project(&self, caller: &Caller, id: ProjectId) -> Answer<ProjectDetail>;
    /// Makes one.
    async fn create_project(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        name: String,
    ) -> Answer<ProjectView>;
    /// Renames one; the revision must be the newest.
    async fn rename_project(
        &self,
        caller: &Caller,
        id: ProjectId,
        name: String,
        revision: i64,
    ) -> Answer<ProjectView>;
    /// Deletes one that nothing hangs on.
    async fn remove_project(&self, caller: &Caller, id: ProjectId) -> Answer<()>;
    /// Built-in roles and the custom ones the caller sees.
    async fn roles(&self, caller: &Caller) -> Answer<RoleList>;
    /// One role.
    async fn role(&self, caller: &Caller, name: &str) -> Answer<RoleDetail>;
    /// Makes a custom role.
    async fn create_role(&self, caller: &Caller, form: RoleForm) -> Answer<RoleView>;
    /// Changes label and description of one; the revision must be the newest.
    async fn change_role(&self, caller: &Caller, form: RoleForm, revision: i64) -> Answer<RoleView>;
    /// Deletes one that nobody uses.
    async fn remove_role(&self, caller: &Caller, name: &str) -> Answer<()>;
}
