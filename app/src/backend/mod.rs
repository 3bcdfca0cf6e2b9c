//! What the screens ask of the server: one trait an area, implemented by the server's services and, in tests, by
//! fakes. Every method authorizes by itself; nothing here may be called without a [`Caller`] except what an
//! anonymous visitor needs to sign in.

mod access;
mod audit;
mod care;
mod document;
mod guard;
mod imports;
mod integrations;
mod mappings;
mod probe;
mod sign_in;
mod tenancy;

use std::sync::Arc;

pub use access::Access;
pub use audit::Audit;
pub use care::Care;
pub use document::shell;
pub use guard::Guard;
pub use imports::Imports;
pub use integrations::Integrations;
pub use mappings::Mappings;
pub use probe::Probe;
pub(crate) use probe::with_advice;
pub use sign_in::SignIn;
pub use tenancy::Tenancy;

use crate::error::AppError;

/// What a backend method answers.
pub type Answer<T> = Result<T, AppError>;

/// Every area, as server functions find it in their context.
#[derive(Clone)]
pub struct Backend {
    /// One's own page.
    pub access: Arc<dyn Access>,
    /// The audit log.
    pub audit: Arc<dyn Audit>,
    /// Provisional changes.
    pub guard: Arc<dyn Guard>,
    /// Secrets, history and notices of integrations.
    pub care: Arc<dyn Care>,
    /// Integrations.
    pub integrations: Arc<dyn Integrations>,
    /// Imports, and what a configuration file sets.
    pub imports: Arc<dyn Imports>,
    /// Mapping rules.
    pub mappings: Arc<dyn Mappings>,
    /// The probe and the presets.
    pub probe: Arc<dyn Probe>,
    /// The sign-in page.
    pub sign_in: Arc<dyn SignIn>,
    /// Organizations, projects and roles.
    pub tenancy: Arc<dyn Tenancy>,
}
