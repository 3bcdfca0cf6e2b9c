//! An engine that answers with samples and remembers what it was given.

use std::sync::Mutex;

use app::{
    backend::{Access, Answer, Audit, Care, Guard, Imports, Integrations, Mappings, Probe, SignIn, Tenancy},
    error::AppError,
    functions::PendingBanner,
};
use async_trait::async_trait;
use domain::{
    access::Caller,
    api::{
        AuditFilter, BulkForm, DiscoveryView, ImportReview, IntegrationConsequences, IntegrationView,
        LocalSignInReason, ManagedKind, ManagedView, MappingChoices, Me, MyGroups, OrganizationDetail,
        OrganizationList, OrganizationSummary, OrganizationView, Page, PageQuery, ProjectDetail,
        ProjectSummary, ProjectView, ProviderCertificate, ProviderSnapshot, RoleDetail, RoleList, RoleView,
        RuleFilter, RuleImportReport, RuleView, SessionView, SignInButton, SignInOptions,
    },
    audit::AuditEvent,
    form::{
        FieldCode, FieldErrors, IntegrationForm, KeptSecret, OrganizationForm, PasswordForm, RoleForm,
        RuleForm, SecretForm, SecretSlotForm,
    },
    history::{Conflict, RevisionDetail, RevisionView},
    id::{AuditEventId, OrganizationId, PendingChangeId, ProjectId, RuleId, SessionId},
    notice::NoticeView,
    preset::FormStart,
    probe::ProbeView,
    problem::ProblemCode,
    secret::Secret,
    target::Level,
};

use super::sample;

/// What the engine has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Filled,
    Empty,
    Failing(ProblemCode),
}

/// What it was given.
#[derive(Debug, Default)]
pub struct Given {
    pub integration: Option<IntegrationForm>,
    pub has_secret: bool,
    pub enabled: Option<bool>,
    pub rule: Option<RuleForm>,
    pub audit: Option<AuditFilter>,
    pub rules: Option<RuleFilter>,
    /// The last change of several rules.
    pub bulk: Option<BulkForm>,
    pub ended: Option<SessionId>,
    pub pending: Option<PendingBanner>,
    pub provisional: bool,
    pub is_secret_kept: bool,
    /// What is kept of a form that was refused.
    pub kept: Option<KeptSecret>,
    pub groups: Option<MyGroups>,
}

pub struct Fake {
    mood: Mood,
    given: Mutex<Given>,
}

impl Fake {
    pub fn new(mood: Mood) -> Self {
        Self { mood, given: Mutex::default() }
    }

    pub fn given(&self) -> std::sync::MutexGuard<'_, Given> {
        self.given.lock().unwrap()
    }

    fn answer<T>(&self, value: T) -> Answer<T> {
        match self.mood {
            Mood::Failing(code) => Err(AppError::Refused { code, reference: "ref-1".to_owned() }),
            _ => Ok(value),
        }
    }

    fn list<T>(&self, items: Vec<T>) -> Answer<Vec<T>> {
        self.answer(if self.mood == Mood::Empty { Vec::new() } else { items })
    }

    fn page<T>(&self, items: Vec<T>) -> Answer<Page<T>> {
        let items = self.list(items)?;
        let next_cursor = (!items.is_empty()).then(|| "next&page".to_owned());
        Ok(Page { total: items.len() as u64, items, next_cursor })
    }
}

#[async_trait]
impl Probe for Fake {
    async fn start_form(&self, _: &Caller, preset: &str, _: &str, name: &str) -> Answer<FormStart> {
        self.answer(sample::start_form(preset, name))
    }
    async fn begin(&self, _: &Caller, name: &str) -> Answer<ProbeView> {
        self.answer(sample::probe_run("STORED", Some(name), false))
    }
    async fn begin_draft(
        &self,
        _: &Caller,
        form: IntegrationForm,
        secret: SecretForm,
        _: &str,
    ) -> Answer<ProbeView> {
        self.given().has_secret = !secret.client_secret.is_empty();
        let valid = form.validate(&domain::integration::IntegrationSettings::default());
        valid.map_err(|fields| AppError::Invalid { fields })?;
        self.given().integration = Some(form);
        self.answer(sample::probe_run("DRAFT", None, false))
    }
    async fn view(&self, _: &Caller, run: &str, _: u32) -> Answer<ProbeView> {
        let stored = run.starts_with("STORED").then_some("corp");
        self.answer(sample::probe_run(run, stored, self.mood == Mood::Empty))
    }
    async fn fill_secret(
        &self,
        _: &Caller,
        _: &IntegrationForm,
        secret: SecretForm,
        _: &str,
    ) -> Answer<SecretForm> {
        self.answer(secret)
    }
}

#[async_trait]
impl SignIn for Fake {
    async fn options(&self, last_used: Option<&str>) -> Answer<SignInOptions> {
        let button = |name: &str, label: &str| SignInButton {
            name: name.to_owned(),
            label: label.to_owned(),
            last_used: last_used == Some(name),
            icon: (name == "corp").then(|| "building".to_owned()),
        };
        let integrations =
            self.list(vec![button("corp", "Sign in with Corp"), button("okta", "Sign in with Okta")])?;
        let why = if integrations.is_empty() {
            LocalSignInReason::NoneAllows
        } else {
            LocalSignInReason::Integration { name: "corp".to_owned(), label: "Corp <SSO>".to_owned() }
        };
        Ok(SignInOptions {
            local_sign_in: !integrations.is_empty(),
            by_email: !integrations.is_empty(),
            integrations,
            why,
        })
    }
}

#[async_trait]
impl Guard for Fake {
    async fn pending(&self, _: &Caller) -> Answer<Option<PendingBanner>> {
        Ok(self.given().pending.clone())
    }
    async fn confirm(&self, _: &Caller, _: PendingChangeId) -> Answer<()> {
        self.answer(())
    }
    async fn revert(&self, _: &Caller, _: PendingChangeId) -> Answer<()> {
        self.answer(())
    }
}

#[async_trait]
impl Access for Fake {
    async fn me(&self, _: &Caller) -> Answer<Me> {
        let mut me = sample::me();
        if self.mood == Mood::Empty {
            me.role_grants.clear();
            me.user.identities.clear();
            me.user.has_password = false;
        }
        self.answer(me)
    }
    async fn my_groups(&self, _: &Caller) -> Answer<Option<MyGroups>> {
        let groups = self.given().groups.clone();
        self.answer(groups)
    }
    async fn my_sessions(&self, _: &Caller) -> Answer<Vec<SessionView>> {
        self.list(vec![
            sample::session("S1", true),
            sample::session("S2", false),
            sample::session("S3", false),
        ])
    }
    async fn end_my_session(&self, _: &Caller, id: SessionId) -> Answer<()> {
        self.given().ended = Some(id);
        self.answer(())
    }
    async fn change_password(&self, caller: &Caller, form: PasswordForm) -> Answer<()> {
        form.validate(&caller.username).map_err(|fields| AppError::Invalid { fields })?;
        self.answer(())
    }
}

#[async_trait]
impl Audit for Fake {
    async fn search(&self, _: &Caller, filter: AuditFilter, _: PageQuery) -> Answer<Page<AuditEvent>> {
        self.given().audit = Some(filter);
        self.page(vec![sample::event("E2"), sample::event("E1")])
    }
    async fn get(&self, _: &Caller, id: AuditEventId) -> Answer<AuditEvent> {
        self.answer(sample::event(id.as_str()))
    }
}

#[async_trait]
impl Integrations for Fake {
    async fn list(&self, _: &Caller) -> Answer<Vec<IntegrationView>> {
        Fake::list(self, vec![sample::integration("corp", true), sample::integration("okta", false)])
    }
    async fn get(&self, _: &Caller, name: &str) -> Answer<IntegrationView> {
        self.answer(sample::integration(name, name == "corp"))
    }
    async fn discover(&self, _: &Caller, _: &str) -> Answer<DiscoveryView> {
        self.answer(sample::discovery())
    }
    async fn create(
        &self,
        _: &Caller,
        form: IntegrationForm,
        secret: SecretForm,
        enable: bool,
        provisional: bool,
    ) -> Answer<IntegrationView> {
        self.given().provisional = provisional;
        let checked = form.validate(&domain::integration::IntegrationSettings::default());
        let mut given = self.given();
        given.has_secret = !secret.client_secret.is_empty();
        given.enabled = Some(enable);
        given.integration = Some(form);
        let valid = checked.map_err(|fields| AppError::Invalid { fields })?;
        self.answer(sample::integration(&valid.settings.name, enable))
    }
    async fn update(
        &self,
        _: &Caller,
        name: &str,
        form: IntegrationForm,
        secret: SecretForm,
        provisional: bool,
    ) -> Answer<IntegrationView> {
        self.given().is_secret_kept = secret.is_kept;
        self.given().provisional = provisional;
        self.given().integration = Some(form);
        self.answer(sample::integration(name, true))
    }
    async fn set_enabled(
        &self,
        _: &Caller,
        name: &str,
        enabled: bool,
        provisional: bool,
    ) -> Answer<IntegrationView> {
        self.given().provisional = provisional;
        self.given().enabled = Some(enabled);
        self.answer(sample::integration(name, enabled))
    }
    async fn consequences(&self, _: &Caller, _: &str) -> Answer<IntegrationConsequences> {
        let mut known = sample::consequences();
        if self.mood == Mood::Empty {
            known = IntegrationConsequences {
                sessions: 0,
                users: 0,
                rules: 0,
                owners_left: Vec::new(),
                local_sign_in: false,
                session_users: Vec::new(),
                owner_ways: Vec::new(),
                is_safe: false,
            };
        }
        self.answer(known)
    }
    async fn remove(&self, _: &Caller, _: &str, provisional: bool) -> Answer<()> {
        self.given().provisional = provisional;
        self.answer(())
    }
    fn callback_url(&self, name: &str) -> String {
        format!("https://console.test/login/oauth2/code/{name}")
    }
}

#[async_trait]
impl Care for Fake {
    async fn change_secret(
        &self,
        _: &Caller,
        name: &str,
        form: SecretSlotForm,
        secret: Secret,
    ) -> Answer<IntegrationView> {
        form.validate(secret).map_err(|fields| AppError::Invalid { fields })?;
        self.answer(sample::integration(name, true))
    }
    async fn history(&self, _: &Caller, _: &str) -> Answer<Vec<RevisionView>> {
        Fake::list(self, vec![sample::version(4), sample::version(3)])
    }
    async fn version(&self, _: &Caller, _: &str, revision: i64) -> Answer<RevisionDetail> {
        self.answer(sample::version_detail(revision))
    }
    async fn restore(
        &self,
        _: &Caller,
        name: &str,
        _: i64,
        _: i64,
        _: SecretForm,
    ) -> Answer<IntegrationView> {
        self.answer(sample::integration(name, true))
    }
    async fn compare(&self, _: &Caller, _: &str, _: IntegrationForm) -> Answer<Option<Conflict>> {
        self.answer(Some(sample::conflict()))
    }
    async fn kept_secret(&self, _: &Caller, _: &str) -> Answer<Option<KeptSecret>> {
        let kept = self.given().kept.clone();
        self.answer(kept)
    }
    async fn notices(&self, _: &Caller) -> Answer<Vec<NoticeView>> {
        Fake::list(self, vec![sample::notice(), sample::change_notice()])
    }
    async fn dismiss_notice(&self, _: &Caller, _: &str) -> Answer<()> {
        self.answer(())
    }
    async fn provider_certificates(&self, _: &Caller, _: &str) -> Answer<Vec<ProviderCertificate>> {
        Fake::list(self, vec![sample::provider_certificate()])
    }
}

#[async_trait]
impl Imports for Fake {
    async fn plan(&self, _: &Caller, id: &str) -> Answer<ImportReview> {
        self.answer(sample::import_review(id))
    }
    async fn managed(&self, _: &Caller, kind: ManagedKind, id: &str) -> Answer<Option<ManagedView>> {
        // Asked beside what the page is about, which says by itself that it is not there.
        let is_managed = kind == ManagedKind::Integration && id == "corp" || id == "R3";
        self.answer((is_managed && self.mood != Mood::Empty).then(|| sample::managed(kind)))
    }
    async fn provider_history(&self, _: &Caller, _: &str) -> Answer<Vec<ProviderSnapshot>> {
        self.list(sample::provider_history())
    }
}

#[async_trait]
impl Mappings for Fake {
    async fn list(&self, _: &Caller, filter: RuleFilter, _: PageQuery) -> Answer<Page<RuleView>> {
        self.given().rules = Some(filter);
        self.page(sample::rules())
    }
    async fn get(&self, _: &Caller, id: RuleId) -> Answer<RuleView> {
        let rule = sample::rules().into_iter().find(|rule| rule.id == id);
        rule.map_or_else(|| Err(AppError::refused(ProblemCode::NotFound)), |rule| self.answer(rule))
    }
    async fn choices(&self, _: &Caller) -> Answer<MappingChoices> {
        self.answer(if self.mood == Mood::Empty { MappingChoices::default() } else { sample::choices() })
    }
    async fn create(&self, _: &Caller, form: RuleForm) -> Answer<RuleView> {
        let checked = form.validate();
        self.given().rule = Some(form);
        checked.map_err(|fields| AppError::Invalid { fields })?;
        self.answer(sample::rules().remove(0))
    }
    async fn update(&self, _: &Caller, _: RuleId, form: RuleForm, provisional: bool) -> Answer<RuleView> {
        self.given().provisional = provisional;
        self.given().rule = Some(form);
        self.answer(sample::rules().remove(0))
    }
    async fn remove(&self, _: &Caller, _: RuleId, provisional: bool) -> Answer<()> {
        self.given().provisional = provisional;
        self.answer(())
    }
    async fn bulk(&self, _: &Caller, form: BulkForm) -> Answer<u32> {
        let many = u32::try_from(form.rules.len()).unwrap();
        let wrong = FieldErrors::one("rules.R1", FieldCode::ManagedByConfiguration);
        self.given().bulk = Some(form);
        if many == 1 { Err(AppError::Invalid { fields: wrong }) } else { self.answer(many) }
    }
    async fn import_report(&self, _: &Caller, id: &str) -> Answer<RuleImportReport> {
        self.answer(sample::rule_import(id == "wrong"))
    }
}

#[async_trait]
impl Tenancy for Fake {
    async fn organizations(&self, _: &Caller) -> Answer<OrganizationList> {
        let summary = OrganizationSummary {
            organization: sample::organization(),
            projects: 1,
            rules: 12,
            owners: vec!["ada".to_owned(), "bob".to_owned()],
        };
        Ok(OrganizationList { items: Fake::list(self, vec![summary])?, may_create: true })
    }
    async fn organization(&self, _: &Caller, _: OrganizationId) -> Answer<OrganizationDetail> {
        let is_full = self.mood == Mood::Filled;
        let projects = vec![ProjectSummary { project: sample::project(), rules: 4 }];
        self.answer(OrganizationDetail {
            organization: sample::organization(),
            projects: if is_full { projects } else { Vec::new() },
            roles: if is_full { vec![sample::custom_role("GROUP_ON_CALL")] } else { Vec::new() },
            rules: if is_full { 12 } else { 0 },
            owners: if is_full { vec!["ada".to_owned()] } else { Vec::new() },
            used_by: if is_full { sample::used_by() } else { Vec::new() },
            may_rename: true,
            may_delete: true,
            may_create_project: true,
            may_manage_roles: true,
        })
    }
    async fn create_organization(&self, _: &Caller, name: String) -> Answer<OrganizationView> {
        OrganizationForm { name }.validate().map_err(|fields| AppError::Invalid { fields })?;
        self.answer(sample::organization())
    }
    async fn rename_organization(
        &self,
        _: &Caller,
        _: OrganizationId,
        name: String,
        _: i64,
    ) -> Answer<OrganizationView> {
        OrganizationForm { name }.validate().map_err(|fields| AppError::Invalid { fields })?;
        self.answer(sample::organization())
    }
    async fn remove_organization(&self, _: &Caller, _: OrganizationId) -> Answer<()> {
        self.answer(())
    }
    async fn project(&self, _: &Caller, _: ProjectId) -> Answer<ProjectDetail> {
        let is_full = self.mood == Mood::Filled;
        self.answer(ProjectDetail {
            project: sample::project(),
            organization_name: "Atlas & <sons>".to_owned(),
            rules: 4,
            used_by: if is_full { sample::used_by() } else { Vec::new() },
            may_rename: true,
            may_delete: true,
        })
    }
    async fn create_project(&self, _: &Caller, _: OrganizationId, name: String) -> Answer<ProjectView> {
        OrganizationForm { name }.validate().map_err(|fields| AppError::Invalid { fields })?;
        self.answer(sample::project())
    }
    async fn rename_project(&self, _: &Caller, _: ProjectId, name: String, _: i64) -> Answer<ProjectView> {
        OrganizationForm { name }.validate().map_err(|fields| AppError::Invalid { fields })?;
        self.answer(sample::project())
    }
    async fn remove_project(&self, _: &Caller, _: ProjectId) -> Answer<()> {
        self.answer(())
    }
    async fn roles(&self, _: &Caller) -> Answer<RoleList> {
        let mut builtin = sample::custom_role("GLOBAL_OWNER");
        (builtin.builtin, builtin.level, builtin.organization) = (true, Level::Global, None);
        let detail = |role: RoleView| RoleDetail {
            organization_name: role.organization.as_ref().map(|_| "Atlas & <sons>".to_owned()),
            used_by: Vec::new(),
            may_manage: !role.builtin,
            role,
        };
        let items = Fake::list(self, vec![builtin, sample::custom_role("GROUP_ON_CALL")])?;
        Ok(RoleList {
            items: items.into_iter().map(detail).collect(),
            organizations: vec![("aa01".to_owned(), "Atlas & <sons>".to_owned())],
            may_create_for_all: true,
        })
    }
    async fn role(&self, _: &Caller, name: &str) -> Answer<RoleDetail> {
        let is_full = self.mood == Mood::Filled;
        self.answer(RoleDetail {
            role: sample::custom_role(name),
            organization_name: is_full.then(|| "Atlas & <sons>".to_owned()),
            used_by: if is_full { sample::used_by() } else { Vec::new() },
            may_manage: true,
        })
    }
    async fn create_role(&self, _: &Caller, form: RoleForm) -> Answer<RoleView> {
        let role = form.validate().map_err(|fields| AppError::Invalid { fields })?;
        self.answer(sample::custom_role(role.name.as_str()))
    }
    async fn change_role(&self, _: &Caller, form: RoleForm, _: i64) -> Answer<RoleView> {
        let role = form.validate().map_err(|fields| AppError::Invalid { fields })?;
        self.answer(sample::custom_role(role.name.as_str()))
    }
    async fn remove_role(&self, _: &Caller, _: &str) -> Answer<()> {
        self.answer(())
    }
}
