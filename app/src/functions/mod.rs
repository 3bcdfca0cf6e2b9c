//! Server functions: signatures, three lines each. Authorization, validation and auditing happen in the server's
//! services, which the REST API and the command line share.

mod access;
mod audit;
mod care;
mod guard;
mod imports;
mod integrations;
mod mappings;
mod probe;
mod sign_in;
mod tenancy;

#[cfg(feature = "ssr")]
pub mod ctx;

use domain::access::Permission;
use serde::Serialize;

pub use access::*;
pub use audit::*;
pub use care::*;
pub use guard::*;
pub use imports::*;
pub use integrations::*;
pub use mappings::*;
pub use probe::*;
pub use sign_in::*;
pub use tenancy::*;

/// Sets the HTTP status of the page that is being rendered on the server; in the browser it does nothing.
pub fn set_page_status(status: u16) {
    if status >= 400 {
        #[cfg(feature = "ssr")]
        ctx::set_page_status(status);
    }
}

/// What a page has read, as JSON for the browser that takes the page over. The browser itself needs no such text, and
/// its module does not learn to write it: there it is empty.
pub fn page_text<T: Serialize + ?Sized>(value: &T) -> String {
    let _ = value;
    #[cfg(feature = "ssr")]
    return serde_json::to_string(value).unwrap_or_default();
    #[allow(unreachable_code, reason = "the server has returned")]
    String::new()
}

/// Every server function with the permission that its service asks for. A function that is not in this table fails a
/// test and is refused by the server.
pub const TABLE: [(&str, Permission); 59] = [
    ("/fn/sign_in/options", Permission::Public),
    ("/fn/access/who_am_i", Permission::Public),
    ("/fn/access/draft", Permission::Public),
    ("/fn/access/me", Permission::OwnAccess),
    ("/fn/access/groups", Permission::OwnAccess),
    ("/fn/access/sessions", Permission::OwnAccess),
    ("/fn/access/end_session", Permission::OwnAccess),
    ("/fn/access/change_password", Permission::OwnAccess),
    ("/fn/audit/search", Permission::ViewAudit),
    ("/fn/audit/get", Permission::ViewAudit),
    ("/fn/integrations/list", Permission::ViewIntegrations),
    ("/fn/integrations/get", Permission::ViewIntegrations),
    ("/fn/integrations/callback_url", Permission::ViewIntegrations),
    ("/fn/integrations/discover", Permission::ManageIntegrations),
    ("/fn/integrations/create", Permission::ManageIntegrations),
    ("/fn/integrations/update", Permission::ManageIntegrations),
    ("/fn/integrations/set_enabled", Permission::ManageIntegrations),
    ("/fn/integrations/consequences", Permission::ViewIntegrations),
    ("/fn/integrations/remove", Permission::ManageIntegrations),
    ("/fn/integrations/secret", Permission::ManageIntegrations),
    ("/fn/integrations/history", Permission::ViewIntegrations),
    ("/fn/integrations/version", Permission::ViewIntegrations),
    ("/fn/integrations/restore", Permission::ManageIntegrations),
    ("/fn/integrations/compare", Permission::ManageIntegrations),
    ("/fn/integrations/kept_secret", Permission::ManageIntegrations),
    ("/fn/notices/open", Permission::ViewIntegrations),
    ("/fn/notices/dismiss", Permission::ManageIntegrations),
    ("/fn/integrations/provider_certificates", Permission::ViewIntegrations),
    ("/fn/probe/begin", Permission::ManageIntegrations),
    ("/fn/probe/begin_draft", Permission::ManageIntegrations),
    ("/fn/probe/get", Permission::ManageIntegrations),
    ("/fn/probe/start_form", Permission::ViewIntegrations),
    ("/fn/integrations/import_plan", Permission::ManageIntegrations),
    ("/fn/integrations/managed", Permission::ViewPlaces),
    ("/fn/integrations/provider_history", Permission::ViewIntegrations),
    ("/fn/pending/confirm", Permission::ManageIntegrations),
    ("/fn/pending/revert", Permission::ManageIntegrations),
    ("/fn/rules/list", Permission::ViewPlaces),
    ("/fn/rules/get", Permission::ViewPlaces),
    ("/fn/rules/choices", Permission::ViewPlaces),
    ("/fn/rules/create", Permission::ManageSomeRules),
    ("/fn/rules/update", Permission::ManageSomeRules),
    ("/fn/rules/remove", Permission::ManageSomeRules),
    ("/fn/organizations/list", Permission::ViewPlaces),
    ("/fn/organizations/get", Permission::ViewPlaces),
    ("/fn/organizations/create", Permission::ManageTenancy),
    ("/fn/organizations/rename", Permission::ManageSomePlaces),
    ("/fn/organizations/remove", Permission::ManageTenancy),
    ("/fn/projects/get", Permission::ViewPlaces),
    ("/fn/projects/create", Permission::ManageSomePlaces),
    ("/fn/projects/rename", Permission::ManageSomePlaces),
    ("/fn/projects/remove", Permission::ManageSomePlaces),
    ("/fn/roles/list", Permission::ViewPlaces),
    ("/fn/roles/get", Permission::ViewPlaces),
    ("/fn/roles/create", Permission::ManageSomePlaces),
    ("/fn/roles/change", Permission::ManageSomePlaces),
    ("/fn/roles/remove", Permission::ManageSomePlaces),
    ("/fn/rules/bulk", Permission::ManageMappings),
    ("/fn/rules/import_report", Permission::ManageMappings),
];
