//! Ops Manager's `conf-mms.properties`: the keys `mms.oidc.*`, as MongoDB documents them.

use domain::{
    api::{ImportOutcome, ImportProblem},
    claims::ClaimPath,
    form::{FieldCode, RuleForm, words},
};

use super::{
    address,
    draft::{Draft, DraftRule, Given},
    entry::{self, Entry},
    groups, properties,
};

const PREFIX: &str = "mms.oidc.";
/// Ops Manager has one provider and no name for it.
const NAME: &str = "ops_manager";

/// The most groups of one key.
const MOST_GROUPS: usize = 1000;

/// The keys that give a global role, and the role.
const ROLES: [(&str, &str); 6] = [
    ("global.role.owner", "GLOBAL_OWNER"),
    ("global.role.automationAdmin", "GLOBAL_AUTOMATION_ADMIN"),
    ("global.role.backupAdmin", "GLOBAL_BACKUP_ADMIN"),
    ("global.role.monitoringAdmin", "GLOBAL_MONITORING_ADMIN"),
    ("global.role.userAdmin", "GLOBAL_USER_ADMIN"),
    ("global.role.readOnly", "GLOBAL_READ_ONLY"),
];
/// The keys that name a claim, and the member.
const CLAIMS: [(&str, &str); 4] = [
    ("user.claims.firstName", "claims.firstName"),
    ("user.claims.lastName", "claims.lastName"),
    ("user.claims.email", "claims.email"),
    ("group.claims.member", "claims.groups"),
];

/// Reads the file.
///
/// # Errors
/// It cannot be read at all; every other problem is in the draft.
pub fn read(text: &str, given: &Given<'_>) -> Result<Draft, ImportProblem> {
    let entries = properties::read(text)?;
    let mut draft = Draft::new(given.name.unwrap_or(NAME));
    // Java takes the last one silently; of the rest it matters to nobody here.
    draft.problems = entry::duplicates(&entries, |key| key.starts_with(PREFIX));
    for entry in &entries {
        match entry.key.strip_prefix(PREFIX) {
            Some(key) => member(&mut draft, entry, key, given),
            None => outside(&mut draft, entry),
        }
    }
    finish(&mut draft, &entries, given);
    Ok(draft)
}

fn member(draft: &mut Draft, entry: &Entry, key: &str, given: &Given<'_>) {
    if key == "client.secret" {
        return draft.take_secret(entry);
    }
    let Some(text) = draft.text(entry).map(str::to_owned) else {
        return draft.left(entry, "It has no value.");
    };
    if let Some((_, role)) = ROLES.iter().find(|(known, _)| *known == key) {
        return rules(draft, entry, &text, role);
    }
    if let Some((_, claim)) = CLAIMS.iter().find(|(known, _)| *known == key) {
        return match ClaimPath::parse(&text) {
            Ok(_) => draft.taken(entry, claim, text, ""),
            Err(_) => draft.wrong(entry, FieldCode::BadClaimPath),
        };
    }
    match key {
        "issuer.uri" => issuer(draft, entry, &text, given),
        "client.id" => draft.taken(entry, "clientId", text, ""),
        "pkce.enabled" => match text.to_ascii_lowercase().as_str() {
            "true" => draft.taken(entry, "pkce", true, ""),
            "false" => {
                draft.taken(
                    entry,
                    "pkce",
                    false,
                    "Turn it on again if the provider allows it: it protects the code.",
                );
            }
            _ => draft.wrong(entry, FieldCode::UnknownChoice),
        },
        "requestedScopes" => {
            let mut scopes = words(&text);
            if scopes.iter().any(|scope| scope == "openid") {
                return draft.taken(entry, "oauthScopes", scopes, "");
            }
            scopes.insert(0, "openid".to_owned());
            draft.changed(entry, "oauthScopes", scopes, "openid was added: OpenID Connect needs it.");
        }
        "customCaCertificate" if text.contains("-----BEGIN") => {
            draft.decide(entry, "customCa", text);
            draft.line(entry, ImportOutcome::Taken, Some("customCa: certificates".to_owned()), "");
        }
        "customCaCertificate" => {
            draft.left(
                entry,
                "Only certificates themselves can be taken: paste that file's content into the draft.",
            );
            draft.check();
        }
        "sp.baseUrl" => base(draft, entry, &text, given),
        _ => draft.left(
            entry,
            "Not a key that Ops Manager documents: look for a slip of the pen, or leave it out.",
        ),
    }
}

fn issuer(draft: &mut Draft, entry: &Entry, text: &str, given: &Given<'_>) {
    if let Some(typed) = given.issuer {
        let note = "Another was typed for this import.";
        return if typed == text {
            draft.taken(entry, "issuer", text, "")
        } else {
            draft.changed(entry, "issuer", typed, note)
        };
    }
    if let Err(problem) = address::check(text) {
        return draft.wrong(entry, problem);
    }
    match address::issuer_of_discovery(text) {
        Some(issuer) => {
            let note = "The issuer itself: Ops Manager takes the discovery document's address as well. If the provider \
                        writes its issuer with a slash at the end, add it.";
            draft.changed(entry, "issuer", issuer, note);
        }
        None => draft.taken(entry, "issuer", text, ""),
    }
}

fn base(draft: &mut Draft, entry: &Entry, text: &str, given: &Given<'_>) {
    let name = draft.name.clone();
    let callback = given.callback(&name);
    let own = given.public_url.as_str().trim_end_matches('/');
    let note = if text.trim_end_matches('/') == own {
        "Register this URL at the provider before you enable the integration."
    } else {
        "This console has its own address (http.public_url in the server's configuration). Register this URL at the \
         provider before you enable the integration."
    };
    draft.line(entry, ImportOutcome::Changed, Some(format!("callbackUrl: {callback}")), note);
}

fn rules(draft: &mut Draft, entry: &Entry, text: &str, role: &str) {
    // Before the list is taken apart: a real one has a handful.
    if text.matches(',').count() >= MOST_GROUPS {
        return draft.wrong(entry, FieldCode::Unsupported);
    }
    let groups = groups::split(text);
    if groups.names.is_empty() {
        return draft.left(entry, "It names no group.");
    }
    for group in &groups.names {
        let form = RuleForm {
            integration: draft.name.clone(),
            group: group.clone(),
            conditions: Vec::new(),
            role: role.to_owned(),
            target: String::new(),
            level: "global".to_owned(),
            enabled: Some("on".to_owned()),
            revision: String::new(),
            more_groups: String::new(),
        };
        draft.rules.push(DraftRule { form, line: entry.line, key: entry.key.clone() });
    }
    let named: Vec<String> = groups.names.iter().map(|group| format!("{group} \u{2192} {role}")).collect();
    let kind = if groups.names.len() == 1 { "mapping rule" } else { "mapping rules" };
    let became = Some(format!("{kind}: {}", named.join("; ")));
    draft.line(entry, ImportOutcome::Changed, became, &groups.note);
    if groups.check {
        draft.check();
    }
}

/// Keys that are not of its single sign-on.
fn outside(draft: &mut Draft, entry: &Entry) {
    let starts = |start: &str| entry.key.starts_with(start);
    let note = if entry.key == "mms.centralUrl" {
        "This console has its own address: http.public_url in the server's configuration."
    } else if starts("mms.saml.") || starts("mms.ldap.") {
        "SAML and LDAP are not spoken here: connect the provider with OpenID Connect."
    } else {
        return draft.beside(entry, "It is not about signing in with OpenID Connect.");
    };
    draft.left(entry, note);
}

fn finish(draft: &mut Draft, entries: &[Entry], given: &Given<'_>) {
    let there = |key: &str| entries.iter().any(|entry| entry.key.strip_prefix(PREFIX) == Some(key));
    for key in ["issuer.uri", "client.id"] {
        let typed = key == "issuer.uri" && given.issuer.is_some();
        if !there(key) && !typed {
            draft.missing(&format!("{PREFIX}{key}"));
        }
    }
    if let (Some(issuer), false) = (given.issuer, there("issuer.uri")) {
        draft.added("issuer", issuer, "As you typed it.");
    }
    draft.added("label", "Sign in with SSO", "The button's label; change it as you like.");
    let note = "Ops Manager has no setting for it; the provider may want another.";
    draft.added("clientAuthMethod", "client_secret_basic", note);
    if !there("requestedScopes") {
        let note = "The file names none. Add the scope that brings groups, if the provider has one.";
        draft.added("oauthScopes", vec!["openid", "profile", "email"], note);
    }
    if !there("pkce.enabled") {
        draft.added("pkce", true, "As Ops Manager has it when nothing is said.");
    }
    draft.added(
        "localSignIn",
        true,
        "Ops Manager has one way to sign in; here passwords go on until you turn them off.",
    );
    if !there("global.role.owner") {
        let note = "Ops Manager needs a group for it; without a rule for it nobody becomes global owner through this \
                    integration.";
        draft.lines.push(domain::api::ImportLine {
            line: None,
            key: Some(format!("{PREFIX}global.role.owner")),
            outcome: ImportOutcome::NotTaken,
            became: None,
            note: Some(note.to_owned()),
            check: true,
            aside: false,
        });
    }
}
