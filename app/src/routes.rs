//! Every page: its path, its title, the permission it needs. No other file writes a path as a literal.

use domain::access::Permission;

/// The start: leads to what the person may see.
pub const HOME: &str = "/";
/// Sign in.
pub const SIGN_IN: &str = "/sign-in";
/// A sign-in that failed.
pub const SIGN_IN_FAILED: &str = "/sign-in/failed";
/// After signing out.
pub const SIGNED_OUT: &str = "/signed-out";
/// My access.
pub const ME: &str = "/me";
/// Change my password.
pub const PASSWORD: &str = "/me/password";
/// Integrations.
pub const INTEGRATIONS: &str = "/integrations";
/// A new integration.
pub const NEW_INTEGRATION: &str = "/integrations/new";
/// A run of the probe for settings that are not stored.
pub const PROBE_DRAFT: &str = "/integrations/new/probe";
/// Where a sign-in that a probe tries begins; no page.
pub const PROBE_SIGN_IN: &str = "/probe/{run}/sign-in";
/// Import of another system's configuration.
pub const IMPORT: &str = "/integrations/import";
/// The same, when nothing was handed in.
pub const IMPORT_NOTHING: &str = "/integrations/import?nothing=1";
/// Mapping rules.
pub const RULES: &str = "/mapping-rules";
/// Rules from a file.
pub const RULE_IMPORT: &str = "/mapping-rules/import";
/// Every rule as a file, for programs and spreadsheets; no page.
pub const RULE_EXPORT: &str = "/api/v1/mapping-rules/export";
/// A new mapping rule.
pub const NEW_RULE: &str = "/mapping-rules/new";
/// Organizations.
pub const ORGANIZATIONS: &str = "/organizations";
/// A new organization.
pub const NEW_ORGANIZATION: &str = "/organizations/new";
/// Below it, each project has its page.
pub const PROJECTS: &str = "/projects";
/// Roles.
pub const ROLES: &str = "/roles";
/// A new custom role.
pub const NEW_ROLE: &str = "/roles/new";
/// The audit log.
pub const AUDIT: &str = "/audit";

/// Plain form posts that are not server functions.
pub const POST_SIGN_IN: &str = "/fn/sign_in";
/// See above.
pub const POST_HOME_REALM: &str = "/fn/home_realm";
/// See above.
pub const POST_SIGN_OUT: &str = "/fn/sign_out";
/// See above.
pub const POST_IMPORT: &str = "/fn/import/plan";
/// See above.
pub const POST_IMPORT_MAKE: &str = "/fn/import/make";
/// See above.
pub const POST_RULE_IMPORT: &str = "/fn/rule_import";
/// See above.
pub const POST_THEME: &str = "/fn/theme";

/// Keeps a provisional change; a plain form, so that the whole page is read anew.
pub const POST_KEEP_CHANGE: &str = "/fn/pending/confirm";
/// Takes a provisional change back.
pub const POST_REVERT_CHANGE: &str = "/fn/pending/revert";

/// Every page as the router matches it, with the permission it needs. The server sends anonymous visitors of pages
/// that need one to the sign-in page, and refuses those whose roles do not give it.
pub const PAGES: [(&str, Permission); 34] = [
    (HOME, Permission::OwnAccess),
    (SIGN_IN, Permission::Public),
    (SIGN_IN_FAILED, Permission::Public),
    (SIGNED_OUT, Permission::Public),
    (ME, Permission::OwnAccess),
    (PASSWORD, Permission::OwnAccess),
    (INTEGRATIONS, Permission::ViewIntegrations),
    (NEW_INTEGRATION, Permission::ManageIntegrations),
    (IMPORT, Permission::ManageIntegrations),
    ("/integrations/{name}", Permission::ViewIntegrations),
    (PROBE_DRAFT, Permission::ManageIntegrations),
    ("/integrations/{name}/probe", Permission::ManageIntegrations),
    ("/integrations/{name}/watch", Permission::ViewIntegrations),
    ("/integrations/{name}/disable", Permission::ManageIntegrations),
    ("/integrations/{name}/delete", Permission::ManageIntegrations),
    ("/integrations/{name}/secrets", Permission::ViewIntegrations),
    ("/integrations/{name}/history", Permission::ViewIntegrations),
    ("/integrations/{name}/history/{id}", Permission::ViewIntegrations),
    (RULES, Permission::ViewPlaces),
    (NEW_RULE, Permission::ManageSomeRules),
    (RULE_IMPORT, Permission::ManageMappings),
    ("/mapping-rules/{id}", Permission::ViewPlaces),
    (ORGANIZATIONS, Permission::ViewPlaces),
    (NEW_ORGANIZATION, Permission::ManageTenancy),
    ("/organizations/{id}", Permission::ViewPlaces),
    ("/organizations/{id}/delete", Permission::ManageTenancy),
    ("/projects/{id}", Permission::ViewPlaces),
    ("/projects/{id}/delete", Permission::ManageSomePlaces),
    (ROLES, Permission::ViewPlaces),
    (NEW_ROLE, Permission::ManageSomePlaces),
    ("/roles/{name}", Permission::ViewPlaces),
    ("/roles/{name}/delete", Permission::ManageSomePlaces),
    (AUDIT, Permission::ViewAudit),
    ("/audit/{id}", Permission::ViewAudit),
];

/// Pages that are documents: they show, and post plain forms, so the browser gets them ready from the server and without
/// the console's module, which stays small for the pages that think along. See [`is_document`].
pub const DOCUMENTS: [&str; 26] = [
    HOME,
    ME,
    SIGN_IN_FAILED,
    SIGNED_OUT,
    RULES,
    INTEGRATIONS,
    IMPORT,
    RULE_IMPORT,
    "/integrations/{name}/watch",
    "/integrations/{name}/disable",
    "/integrations/{name}/delete",
    "/integrations/{name}/secrets",
    "/integrations/{name}/history",
    "/integrations/{name}/history/{id}",
    ORGANIZATIONS,
    NEW_ORGANIZATION,
    "/organizations/{id}",
    "/organizations/{id}/delete",
    "/projects/{id}",
    "/projects/{id}/delete",
    ROLES,
    NEW_ROLE,
    "/roles/{name}",
    "/roles/{name}/delete",
    AUDIT,
    "/audit/{id}",
];

/// Whether this address, with or without a query, is a document's: links to it load it, and it carries no script.
#[must_use]
pub fn is_document(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    DOCUMENTS.iter().any(|page| {
        let (mut asked, mut known) = (path.split('/'), page.split('/'));
        loop {
            match (asked.next(), known.next()) {
                (None, None) => return true,
                (Some(asked), Some(known))
                    if asked == known || (known.starts_with('{') && !asked.is_empty()) => {}
                _ => return false,
            }
        }
    })
}

/// Starts a login with this integration.
#[must_use]
pub fn begin_login(name: &str, return_to: Option<&str>) -> String {
    match return_to {
        Some(target) => format!("/oauth2/authorization/{name}?return_to={}", encode(target)),
        None => format!("/oauth2/authorization/{name}"),
    }
}

/// One integration's page.
#[must_use]
pub fn integration(name: &str) -> String {
    format!("{INTEGRATIONS}/{name}")
}

/// The plan of a file that was handed in.
#[must_use]
pub fn import_plan(id: &str) -> String {
    format!("{IMPORT}?plan={}", encode(id))
}

/// The same, with why it was not carried out: a code.
#[must_use]
pub fn import_refused(id: &str, code: &str) -> String {
    format!("{}&refused={}", import_plan(id), encode(code))
}

/// What became of a file of rules.
#[must_use]
pub fn rule_import_report(id: &str) -> String {
    format!("{RULE_IMPORT}?report={}", encode(id))
}

/// One integration's page, just created: it shows what to do next.
#[must_use]
pub fn integration_created(name: &str) -> String {
    format!("{INTEGRATIONS}/{name}?created=1")
}

/// One integration's page, just saved.
#[must_use]
pub fn integration_saved(name: &str) -> String {
    format!("{INTEGRATIONS}/{name}?saved=1")
}

/// The page that probes an integration.
#[must_use]
pub fn probe(name: &str) -> String {
    format!("{INTEGRATIONS}/{name}/probe")
}

/// A run of the probe: of a stored integration, or of a draft.
#[must_use]
pub fn probe_run(stored: Option<&str>, run: &str) -> String {
    let page = stored.map_or_else(|| PROBE_DRAFT.to_owned(), probe);
    with_query(&page, &[("run", run)])
}

/// The same in the tab in which a sign-in was tried.
#[must_use]
pub fn probe_result(stored: Option<&str>, run: &str) -> String {
    format!("{}&tried=1", probe_run(stored, run))
}

/// Where the sign-in of this run begins.
#[must_use]
pub fn probe_sign_in(run: &str) -> String {
    PROBE_SIGN_IN.replace("{run}", &encode(run))
}

/// The page that asks before an integration is turned off.
#[must_use]
pub fn disable_integration(name: &str) -> String {
    format!("{INTEGRATIONS}/{name}/disable")
}

/// The page that asks before an integration is deleted.
#[must_use]
pub fn delete_integration(name: &str) -> String {
    format!("{INTEGRATIONS}/{name}/delete")
}

/// The page of an integration's two secrets.
#[must_use]
pub fn integration_secrets(name: &str) -> String {
    format!("{INTEGRATIONS}/{name}/secrets")
}

/// The changes of an integration.
#[must_use]
pub fn integration_history(name: &str) -> String {
    format!("{INTEGRATIONS}/{name}/history")
}

/// One change of an integration.
#[must_use]
pub fn integration_version(name: &str, revision: i64) -> String {
    format!("{INTEGRATIONS}/{name}/history/{revision}")
}

/// What an integration's provider said of itself over time.
#[must_use]
pub fn watch_integration(name: &str) -> String {
    format!("{INTEGRATIONS}/{name}/watch")
}

/// One mapping rule's page.
#[must_use]
pub fn rule(id: &str) -> String {
    format!("{RULES}/{id}")
}

/// One organization's page.
#[must_use]
pub fn organization(id: &str) -> String {
    format!("{ORGANIZATIONS}/{id}")
}

/// The page that asks before an organization is deleted.
#[must_use]
pub fn delete_organization(id: &str) -> String {
    format!("{ORGANIZATIONS}/{id}/delete")
}

/// One project's page.
#[must_use]
pub fn project(id: &str) -> String {
    format!("{PROJECTS}/{id}")
}

/// The page that asks before a project is deleted.
#[must_use]
pub fn delete_project(id: &str) -> String {
    format!("{PROJECTS}/{id}/delete")
}

/// One role's page.
#[must_use]
pub fn role(name: &str) -> String {
    format!("{ROLES}/{name}")
}

/// The page that asks before a custom role is deleted.
#[must_use]
pub fn delete_role(name: &str) -> String {
    format!("{ROLES}/{name}/delete")
}

/// A new custom role of this organization.
#[must_use]
pub fn new_role(organization: &str) -> String {
    with_query(NEW_ROLE, &[("organization", organization)])
}

/// The mapping rules at this organization or project.
#[must_use]
pub fn rules_at(target: &str) -> String {
    with_query(RULES, &[("target", target)])
}

/// A page that says what was just done.
#[must_use]
pub fn done(page: &str, what: &str) -> String {
    with_query(page, &[("done", what)])
}

/// One audit event's page.
#[must_use]
pub fn audit_event(id: &str) -> String {
    format!("{AUDIT}/{id}")
}

/// A page with these query parameters; empty ones are left out.
#[must_use]
pub fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut out = path.to_owned();
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(name);
        out.push('=');
        out.push_str(&encode(value));
    }
    out
}

/// Pairs as a form posts them.
#[must_use]
pub fn pairs(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{}={}", encode(name), encode(value));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// Percent-encodes a query value (RFC 3986 section 2.3: all but unreserved characters).
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
