//! The screens' traits, answered by the services.

use std::sync::Arc;

use app::{
    backend::{
        Access, Answer, Audit, Backend, Care, Guard, Imports, Integrations, Mappings, Probe, SignIn, Tenancy,
    },
    error::AppError,
    functions::PendingBanner,
};
use async_trait::async_trait;
use domain::{
    access::{Caller, Permission},
    api::{
        AuditFilter, BulkForm, DiscoveryView, ImportReview, IntegrationConsequences, IntegrationView,
        ManagedKind, ManagedView, MappingChoices, Me, MyGroups, OrganizationDetail, OrganizationList,
        OrganizationView, Page, PageQuery, ProjectDetail, ProjectView, ProviderCertificate, ProviderSnapshot,
        RoleDetail, RoleList, RoleView, RuleFilter, RuleImportReport, RuleView, SessionView, SignInOptions,
    },
    audit::AuditEvent,
    form::{IntegrationForm, KeptSecret, PasswordForm, RoleForm, RuleForm, SecretForm, SecretSlotForm},
    history::{Conflict, RevisionDetail, RevisionView},
    id::{AuditEventId, OrganizationId, PendingChangeId, ProjectId, RuleId, SessionId},
    notice::NoticeView,
    preset::FormStart,
    probe::ProbeView,
    problem::ProblemCode,
    secret::Secret,
};

use serde_json::json;

use crate::{
    service::{
        ServiceError, access, audit, expected::Expected, guarded::Mode, import, integrations,
        integrations::history, managed, mappings, notices, password, pending, places, probe, roles, sessions,
        sign_in, tenancy, watch,
    },
    state::Core,
    telemetry,
};

struct Engine(Arc<Core>);

/// What pages and server functions find in their context.
#[must_use]
pub fn backend(core: &Arc<Core>) -> Backend {
    let engine = Arc::new(Engine(Arc::clone(core)));
    Backend {
        access: Arc::clone(&engine) as Arc<dyn Access>,
        audit: Arc::clone(&engine) as Arc<dyn Audit>,
        guard: Arc::clone(&engine) as Arc<dyn Guard>,
        care: Arc::clone(&engine) as Arc<dyn Care>,
        integrations: Arc::clone(&engine) as Arc<dyn Integrations>,
        imports: Arc::clone(&engine) as Arc<dyn Imports>,
        mappings: Arc::clone(&engine) as Arc<dyn Mappings>,
        probe: Arc::clone(&engine) as Arc<dyn Probe>,
        sign_in: Arc::clone(&engine) as Arc<dyn SignIn>,
        tenancy: engine,
    }
}

/// What may be told; the cause goes to the log, once, when it is our fault.
fn told<T>(result: Result<T, ServiceError>, reference: &str) -> Answer<T> {
    result.map_err(|error| {
        let public = error.public();
        if public.code.status() >= 500 {
            telemetry::log_cause(reference, &error);
        }
        match public.code {
            ProblemCode::Invalid => AppError::Invalid { fields: public.fields },
            code => AppError::Refused { code, reference: reference.to_owned() },
        }
    })
}

#[async_trait]
impl Access for Engine {
    async fn me(&self, caller: &Caller) -> Answer<Me> {
        told(access::me(&self.0, caller).await, &caller.reference)
    }
    async fn my_groups(&self, caller: &Caller) -> Answer<Option<MyGroups>> {
        told(access::my_groups(&self.0, caller).await, &caller.reference)
    }
    async fn my_sessions(&self, caller: &Caller) -> Answer<Vec<SessionView>> {
        told(sessions::mine(&self.0, caller).await, &caller.reference)
    }
    async fn end_my_session(&self, caller: &Caller, id: SessionId) -> Answer<()> {
        told(sessions::end_mine(&self.0, caller, id).await, &caller.reference)
    }
    async fn change_password(&self, caller: &Caller, form: PasswordForm) -> Answer<()> {
        told(password::change(&self.0, caller, &form).await, &caller.reference)
    }
}

#[async_trait]
impl Audit for Engine {
    async fn search(
        &self,
        caller: &Caller,
        filter: AuditFilter,
        page: PageQuery,
    ) -> Answer<Page<AuditEvent>> {
        told(audit::search(&self.0, caller, &filter, &page).await, &caller.reference)
    }
    async fn get(&self, caller: &Caller, id: AuditEventId) -> Answer<AuditEvent> {
        told(audit::get(&self.0, caller, &id).await, &caller.reference)
    }
}

#[async_trait]
impl Integrations for Engine {
    async fn list(&self, caller: &Caller) -> Answer<Vec<IntegrationView>> {
        told(integrations::list(&self.0, caller).await, &caller.reference)
    }
    async fn get(&self, caller: &Caller, name: &str) -> Answer<IntegrationView> {
        told(integrations::get(&self.0, caller, name).await, &caller.reference)
    }
    async fn discover(&self, caller: &Caller, issuer: &str) -> Answer<DiscoveryView> {
        told(integrations::discover(&self.0, caller, issuer).await, &caller.reference)
    }
    async fn create(
        &self,
        caller: &Caller,
        form: IntegrationForm,
        secret: SecretForm,
        enable: bool,
        provisional: bool,
    ) -> Answer<IntegrationView> {
        let mode = Mode::provisional(provisional);
        let made = integrations::create_from_form(&self.0, caller, &form, secret, enable, mode).await;
        told(made, &caller.reference)
    }
    async fn update(
        &self,
        caller: &Caller,
        name: &str,
        form: IntegrationForm,
        secret: SecretForm,
        provisional: bool,
    ) -> Answer<IntegrationView> {
        let mode = Mode::provisional(provisional);
        let done = integrations::update_from_form(&self.0, caller, name, &form, secret, mode).await;
        told(done, &caller.reference)
    }
    async fn set_enabled(
        &self,
        caller: &Caller,
        name: &str,
        enabled: bool,
        provisional: bool,
    ) -> Answer<IntegrationView> {
        let mode = Mode::provisional(provisional);
        let done = integrations::set_enabled(&self.0, caller, name, enabled, &Expected::Any, mode).await;
        told(done, &caller.reference)
    }
    async fn consequences(&self, caller: &Caller, name: &str) -> Answer<IntegrationConsequences> {
        told(integrations::consequences(&self.0, caller, name).await, &caller.reference)
    }
    async fn remove(&self, caller: &Caller, name: &str, provisional: bool) -> Answer<()> {
        let mode = Mode::provisional(provisional);
        told(integrations::remove(&self.0, caller, name, &Expected::Any, mode).await, &caller.reference)
    }
    fn callback_url(&self, name: &str) -> String {
        self.0.callback_url(name)
    }
}

#[async_trait]
impl Care for Engine {
    async fn change_secret(
        &self,
        caller: &Caller,
        name: &str,
        form: SecretSlotForm,
        secret: Secret,
    ) -> Answer<IntegrationView> {
        let change = form.validate(secret).map_err(ServiceError::from);
        let done = match change {
            Ok(change) => integrations::change_secret(&self.0, caller, name, change).await,
            Err(wrong) => Err(wrong),
        };
        told(done, &caller.reference)
    }
    async fn history(&self, caller: &Caller, name: &str) -> Answer<Vec<RevisionView>> {
        told(history::revisions(&self.0, caller, name).await, &caller.reference)
    }
    async fn version(&self, caller: &Caller, name: &str, revision: i64) -> Answer<RevisionDetail> {
        told(history::revision(&self.0, caller, name, revision).await, &caller.reference)
    }
    async fn restore(
        &self,
        caller: &Caller,
        name: &str,
        revision: i64,
        newest: i64,
        secret: SecretForm,
    ) -> Answer<IntegrationView> {
        let expected = Expected::from(Some(newest));
        let done = history::restore(&self.0, caller, name, revision, secret.into_input(), &expected).await;
        told(done, &caller.reference)
    }
    async fn compare(&self, caller: &Caller, name: &str, form: IntegrationForm) -> Answer<Option<Conflict>> {
        told(history::compare(&self.0, caller, name, &form).await, &caller.reference)
    }
    async fn kept_secret(&self, caller: &Caller, name: &str) -> Answer<Option<KeptSecret>> {
        told(integrations::kept_secret::kept(&self.0, caller, name).await, &caller.reference)
    }
    async fn notices(&self, caller: &Caller) -> Answer<Vec<NoticeView>> {
        told(notices::open(&self.0, caller).await, &caller.reference)
    }
    async fn dismiss_notice(&self, caller: &Caller, id: &str) -> Answer<()> {
        told(notices::dismiss(&self.0, caller, id).await, &caller.reference)
    }
    async fn provider_certificates(&self, caller: &Caller, name: &str) -> Answer<Vec<ProviderCertificate>> {
        told(watch::certificates(&self.0, caller, name).await, &caller.reference)
    }
}

#[async_trait]
impl Imports for Engine {
    async fn plan(&self, caller: &Caller, id: &str) -> Answer<ImportReview> {
        told(import::review(&self.0, caller, id).await, &caller.reference)
    }
    async fn managed(&self, caller: &Caller, kind: ManagedKind, id: &str) -> Answer<Option<ManagedView>> {
        told(managed::view(&self.0, caller, kind, id).await, &caller.reference)
    }
    async fn provider_history(&self, caller: &Caller, name: &str) -> Answer<Vec<ProviderSnapshot>> {
        told(watch::history(&self.0, caller, name).await, &caller.reference)
    }
}

#[async_trait]
impl Mappings for Engine {
    async fn list(&self, caller: &Caller, filter: RuleFilter, page: PageQuery) -> Answer<Page<RuleView>> {
        told(mappings::list(&self.0, caller, &filter, &page).await, &caller.reference)
    }
    async fn get(&self, caller: &Caller, id: RuleId) -> Answer<RuleView> {
        told(mappings::get(&self.0, caller, &id).await, &caller.reference)
    }
    async fn choices(&self, caller: &Caller) -> Answer<MappingChoices> {
        told(mappings::choices(&self.0, caller).await, &caller.reference)
    }
    async fn create(&self, caller: &Caller, form: RuleForm) -> Answer<RuleView> {
        told(mappings::create(&self.0, caller, &form).await, &caller.reference)
    }
    async fn update(
        &self,
        caller: &Caller,
        id: RuleId,
        form: RuleForm,
        provisional: bool,
    ) -> Answer<RuleView> {
        let mode = Mode::provisional(provisional);
        told(mappings::update(&self.0, caller, &id, &form, mode).await, &caller.reference)
    }
    async fn remove(&self, caller: &Caller, id: RuleId, provisional: bool) -> Answer<()> {
        let mode = Mode::provisional(provisional);
        told(mappings::remove(&self.0, caller, &id, &Expected::Any, mode).await, &caller.reference)
    }
    async fn bulk(&self, caller: &Caller, form: BulkForm) -> Answer<u32> {
        told(mappings::bulk(&self.0, caller, &form).await, &caller.reference)
    }
    async fn import_report(&self, caller: &Caller, id: &str) -> Answer<RuleImportReport> {
        told(mappings::report(&self.0, caller, id).await, &caller.reference)
    }
}

#[async_trait]
impl Guard for Engine {
    async fn pending(&self, caller: &Caller) -> Answer<Option<PendingBanner>> {
        if caller.require(Permission::ManageIntegrations).is_err() {
            return Ok(None);
        }
        let live = told(pending::live(&self.0, caller).await, &caller.reference)?;
        let now = self.0.now();
        Ok(live.map(|(change, can_confirm)| PendingBanner {
            seconds_left: ((change.deadline_at.ms() - now.ms()) / 1000).max(0),
            id: change.id,
            summary: change.summary,
            can_confirm,
        }))
    }
    async fn confirm(&self, caller: &Caller, id: PendingChangeId) -> Answer<()> {
        told(pending::confirm(&self.0, caller, &id).await, &caller.reference)
    }
    async fn revert(&self, caller: &Caller, id: PendingChangeId) -> Answer<()> {
        told(pending::revert(&self.0, caller, &id).await, &caller.reference)
    }
}

#[async_trait]
impl Probe for Engine {
    async fn start_form(&self, caller: &Caller, preset: &str, run: &str, name: &str) -> Answer<FormStart> {
        told(probe::start_form(&self.0, caller, preset, run, name).await, &caller.reference)
    }
    async fn begin(&self, caller: &Caller, name: &str) -> Answer<ProbeView> {
        told(probe::begin_stored(&self.0, caller, name).await, &caller.reference)
    }
    async fn begin_draft(
        &self,
        caller: &Caller,
        form: IntegrationForm,
        secret: SecretForm,
        before: &str,
    ) -> Answer<ProbeView> {
        told(probe::begin_draft(&self.0, caller, &form, secret, before).await, &caller.reference)
    }
    async fn view(&self, caller: &Caller, run: &str, after: u32) -> Answer<ProbeView> {
        told(probe::view(&self.0, caller, run, after).await, &caller.reference)
    }
    async fn fill_secret(
        &self,
        caller: &Caller,
        form: &IntegrationForm,
        secret: SecretForm,
        run: &str,
    ) -> Answer<SecretForm> {
        told(probe::fill_secret(&self.0, caller, form, secret, run).await, &caller.reference)
    }
}

#[async_trait]
impl SignIn for Engine {
    async fn options(&self, last_used: Option<&str>) -> Answer<SignInOptions> {
        told(sign_in::options(&self.0, last_used).await, "")
    }
}

#[async_trait]
impl Tenancy for Engine {
    async fn organizations(&self, caller: &Caller) -> Answer<OrganizationList> {
        told(places::organizations(&self.0, caller).await, &caller.reference)
    }
    async fn organization(&self, caller: &Caller, id: OrganizationId) -> Answer<OrganizationDetail> {
        told(places::organization(&self.0, caller, &id).await, &caller.reference)
    }
    async fn create_organization(&self, caller: &Caller, name: String) -> Answer<OrganizationView> {
        let body = json!({"name": name});
        told(tenancy::create_organization(&self.0, caller, body).await, &caller.reference)
    }
    async fn rename_organization(
        &self,
        caller: &Caller,
        id: OrganizationId,
        name: String,
        revision: i64,
    ) -> Answer<OrganizationView> {
        let (body, expected) = (json!({"name": name}), Expected::from(Some(revision)));
        told(tenancy::rename_organization(&self.0, caller, &id, &expected, body).await, &caller.reference)
    }
    async fn remove_organization(&self, caller: &Caller, id: OrganizationId) -> Answer<()> {
        told(tenancy::delete_organization(&self.0, caller, &id, &Expected::Any).await, &caller.reference)
    }
    async fn project(&self, caller: &Caller, id: ProjectId) -> Answer<ProjectDetail> {
        told(places::project(&self.0, caller, &id).await, &caller.reference)
    }
    async fn create_project(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        name: String,
    ) -> Answer<ProjectView> {
        let body = json!({"name": name, "organization": organization});
        told(tenancy::create_project(&self.0, caller, body).await, &caller.reference)
    }
    async fn rename_project(
        &self,
        caller: &Caller,
        id: ProjectId,
        name: String,
        revision: i64,
    ) -> Answer<ProjectView> {
        let (body, expected) = (json!({"name": name}), Expected::from(Some(revision)));
        told(tenancy::rename_project(&self.0, caller, &id, &expected, body).await, &caller.reference)
    }
    async fn remove_project(&self, caller: &Caller, id: ProjectId) -> Answer<()> {
        told(tenancy::delete_project(&self.0, caller, &id, &Expected::Any).await, &caller.reference)
    }
    async fn roles(&self, caller: &Caller) -> Answer<RoleList> {
        told(roles::overview(&self.0, caller).await, &caller.reference)
    }
    async fn role(&self, caller: &Caller, name: &str) -> Answer<RoleDetail> {
        told(roles::detail(&self.0, caller, name).await, &caller.reference)
    }
    async fn create_role(&self, caller: &Caller, form: RoleForm) -> Answer<RoleView> {
        told(roles::create(&self.0, caller, &form).await, &caller.reference)
    }
    async fn change_role(&self, caller: &Caller, form: RoleForm, revision: i64) -> Answer<RoleView> {
        let body = json!({"label": form.label, "description": form.description});
        let expected = Expected::from(Some(revision));
        let done = roles::update_from_json(&self.0, caller, &form.name, &expected, body).await;
        told(done, &caller.reference)
    }
    async fn remove_role(&self, caller: &Caller, name: &str) -> Answer<()> {
        told(roles::delete(&self.0, caller, name, &Expected::Any).await, &caller.reference)
    }
}
