use std::sync::Arc;

use domain::time::Timestamp;
use sqlx::{MySql, Sqlite, Transaction};

use crate::{
    ApiKeys, ApiTokens, AuditEvents, ClientKeys, ClientSecrets, EndedSessions, FormDrafts, GroupCounts,
    Identities, IntegrationRevisions, Integrations, Leases, LoginAnswers, LoginAttempts, ManagedObjects,
    MappingRules, Notices, Organizations, Passwords, PendingChanges, ProbeRuns, ProjectTags, Projects,
    ProviderCertificates, ProviderSnapshots, RoleGrants, Roles, SessionTokens, Sessions, Settings,
    SignInFailures, Users, crypt::Keys, db::Shared, error::Result,
};

/// A transaction. Dropping it without [`Tx::commit`] takes everything back.
///
/// Repositories borrow it mutably, one per table: `tx.integrations().find("corp").await?`.
pub struct Tx {
    pub(crate) open: Open,
    pub(crate) shared: Arc<Shared>,
}

/// The transaction of whichever database it is.
pub(crate) enum Open {
    Sqlite(Transaction<'static, Sqlite>),
    MySql(Transaction<'static, MySql>),
}

macro_rules! repositories {
    ($($(#[$doc:meta])* $name:ident: $repository:ident,)+) => {
        impl Tx {
            $($(#[$doc])*
            pub fn $name(&mut self) -> $repository<'_> {
                $repository { tx: self }
            })+
        }
    };
}

repositories! {
    /// Connections to identity providers.
    integrations: Integrations,
    /// The two secrets of each integration.
    client_secrets: ClientSecrets,
    /// What integrations were, change by change.
    integration_revisions: IntegrationRevisions,
    /// Things an administrator should know about.
    notices: Notices,
    /// Mapping rules.
    mapping_rules: MappingRules,
    /// What configuration files set.
    managed_objects: ManagedObjects,
    /// What providers said of themselves.
    provider_snapshots: ProviderSnapshots,
    /// The certificates that providers show.
    provider_certificates: ProviderCertificates,
    /// Why sessions ended.
    ended_sessions: EndedSessions,
    /// Organizations.
    organizations: Organizations,
    /// Projects.
    projects: Projects,
    /// People.
    users: Users,
    /// What people sign in with at providers.
    identities: Identities,
    /// Passwords of local users.
    passwords: Passwords,
    /// Failed tries, counted.
    sign_in_failures: SignInFailures,
    /// Custom roles.
    roles: Roles,
    /// Roles of people.
    role_grants: RoleGrants,
    /// Logins between leaving for the provider and coming back.
    login_attempts: LoginAttempts,
    /// Signed-in browsers.
    sessions: Sessions,
    /// The record of what was done.
    audit_events: AuditEvents,
    /// API tokens.
    api_tokens: ApiTokens,
    /// Keys of the public API.
    api_keys: ApiKeys,
    /// Tags of projects.
    project_tags: ProjectTags,
    /// Settings that change while the server runs.
    settings: Settings,
    /// Forms to be shown again.
    form_drafts: FormDrafts,
    /// Runs of the probe.
    probe_runs: ProbeRuns,
    /// Tasks that one server at a time does.
    leases: Leases,
    /// Our own key pairs.
    client_keys: ClientKeys,
    /// Answers of providers that were posted.
    login_answers: LoginAnswers,
    /// Refresh tokens of live sessions.
    session_tokens: SessionTokens,
    /// Integrations whose people have many groups.
    group_counts: GroupCounts,
    /// Changes that have to be confirmed.
    pending_changes: PendingChanges,
}

impl Tx {
    /// Keeps what was done.
    ///
    /// # Errors
    /// The database's; nothing was kept then.
    pub async fn commit(self) -> Result<()> {
        match self.open {
            Open::Sqlite(tx) => tx.commit().await?,
            Open::MySql(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Now, by the database's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.shared.keys
    }

    pub(crate) fn new_id(&self) -> String {
        self.shared.new_id()
    }
}
