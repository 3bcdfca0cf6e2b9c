//! OMS's `config.yaml`: the keys of its single sign-on, as OceanBase documents them for OMS Enterprise.

use domain::{
    api::{ImportOutcome, ImportProblem},
    claims::ClaimPath,
    form::{FieldCode, words},
    integration::ClientAuthMethod,
    return_to::ReturnTo,
};
use url::Url;

use super::{
    address,
    draft::{Draft, Given},
    entry::{self, Entry},
    yaml,
};

const REGISTRATION: &str = "spring_security_oauth2_client_registration_";
const PROVIDER: &str = "spring_security_oauth2_client_provider_";
/// OMS's own name for its one registration.
const NAME: &str = "oms";

/// What a key of the file is about.
enum Key<'a> {
    Registration { id: &'a str, member: &'static str },
    Provider(&'static str),
    Mode,
    UserName,
    LoginUrl,
    Other,
}

const REGISTRATION_MEMBERS: [&str; 9] = [
    "client_id",
    "client_secret",
    "redirect_uri",
    "authorization_grant_type",
    "scope",
    "clientAuthenticationMethod",
    "client_authentication_method",
    "client_name",
    "provider",
];
const PROVIDER_MEMBERS: [&str; 6] =
    ["jwk_set_uri", "authorization_uri", "token_uri", "user_info_uri", "issuer_uri", "user_name_attribute"];

fn key(text: &str) -> Key<'_> {
    if let Some(rest) = text.strip_prefix(REGISTRATION) {
        let found = REGISTRATION_MEMBERS.into_iter().find_map(|member| {
            Some((rest.strip_suffix(member)?.strip_suffix('_').filter(|id| !id.is_empty())?, member))
        });
        return found.map_or(Key::Other, |(id, member)| Key::Registration { id, member });
    }
    if let Some(rest) = text.strip_prefix(PROVIDER) {
        // With or without the provider's name in between.
        let found = PROVIDER_MEMBERS.into_iter().find(|member| {
            rest.strip_suffix(member).is_some_and(|head| head.is_empty() || head.ends_with('_'))
        });
        return found.map_or(Key::Other, Key::Provider);
    }
    match text {
        "oms_iam_auth" => Key::Mode,
        "oms_oauth2_user_account_name_field" => Key::UserName,
        "oms_oauth2_sso_login_url" => Key::LoginUrl,
        _ => Key::Other,
    }
}

/// Reads the file.
///
/// # Errors
/// It cannot be read at all; every other problem is in the draft.
pub fn read(text: &str, given: &Given<'_>) -> Result<Draft, ImportProblem> {
    let entries = yaml::read(text)?;
    let mut names: Vec<&str> = Vec::new();
    for entry in &entries {
        if let Key::Registration { id, .. } = key(&entry.key)
            && !names.contains(&id)
        {
            names.push(id);
        }
    }
    let registration = names.first().copied().unwrap_or(NAME);
    let name = given.name.unwrap_or(registration).to_owned();
    let mut draft = Draft::new(&name);
    draft.problems = entry::duplicates(&entries, |_| true);
    let mut reader = Reader { draft, given, name, registration, label: None, keys: None, seen: Vec::new() };
    for entry in &entries {
        reader.entry(entry);
    }
    Ok(reader.finish())
}

struct Reader<'a> {
    draft: Draft,
    given: &'a Given<'a>,
    name: String,
    registration: &'a str,
    label: Option<String>,
    /// An endpoint to guess the issuer from: the keys', else another.
    keys: Option<String>,
    /// What was found of what is needed.
    seen: Vec<&'static str>,
}

impl Reader<'_> {
    fn entry(&mut self, entry: &Entry) {
        match key(&entry.key) {
            Key::Registration { id, .. } if id != self.registration => {
                // Two sets of client id and secret are two integrations.
                self.draft.wrong(entry, FieldCode::Ambiguous);
            }
            Key::Registration { member, .. } => self.registration(entry, member),
            Key::Provider(member) => self.provider(entry, member),
            Key::Mode => self.mode(entry),
            Key::UserName => self.user_name(entry),
            Key::LoginUrl => self.login_url(entry),
            Key::Other => match other(&entry.key) {
                (note, true) => self.draft.beside(entry, note),
                (note, false) => self.draft.left(entry, note),
            },
        }
    }

    fn registration(&mut self, entry: &Entry, member: &'static str) {
        if member == "client_secret" {
            return self.draft.take_secret(entry);
        }
        let Some(text) = self.draft.text(entry).map(str::to_owned) else {
            return self.draft.left(entry, "It has no value.");
        };
        match member {
            "client_id" => {
                self.seen.push("client_id");
                self.draft.taken(entry, "clientId", text, "");
            }
            "redirect_uri" => self.redirect(entry, &text),
            "authorization_grant_type" if text == "authorization_code" => {
                let became = Some("the authorization code flow".to_owned());
                self.draft.line(entry, ImportOutcome::Taken, became, "The only flow there is.");
            }
            "authorization_grant_type" => self.draft.wrong(entry, FieldCode::Unsupported),
            "scope" => self.scopes(entry, &text),
            "provider" | "client_name" => {
                self.label = Some(format!("Sign in with {text}"));
                let became = self.label.as_ref().map(|label| format!("label: {label}"));
                let note = "The button's label; change it as you like.";
                self.draft.line(entry, ImportOutcome::Changed, became, note);
            }
            _ => self.method(entry, &text),
        }
    }

    fn redirect(&mut self, entry: &Entry, text: &str) {
        let callback = self.given.callback(&self.name);
        let mut note = "Register this URL at the provider before you enable the integration.".to_owned();
        let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if last == "{registrationId}" {
            note.push_str(&format!(" {{registrationId}} stood for {}.", self.registration));
        } else if last != self.registration {
            note.push_str(&format!(" The old one ends in {last}, not in {}.", self.registration));
        }
        if let Some(meant) = address::mistyped_host(text) {
            note.push_str(&format!(" The old one has a slash in its host; {meant} was probably meant."));
        }
        if text.contains("/omsp/") {
            note.push_str(" Answers under /omsp are understood too.");
        }
        self.draft.line(entry, ImportOutcome::Changed, Some(format!("callbackUrl: {callback}")), &note);
    }

    fn scopes(&mut self, entry: &Entry, text: &str) {
        let mut scopes = words(text);
        if scopes.iter().any(|scope| scope == "openid") {
            return self.draft.taken(entry, "oauthScopes", scopes, "");
        }
        scopes.insert(0, "openid".to_owned());
        self.draft.changed(entry, "oauthScopes", scopes, "openid was added: OpenID Connect needs it.");
    }

    fn method(&mut self, entry: &Entry, text: &str) {
        match ClientAuthMethod::parse(text) {
            None => self.draft.wrong(entry, FieldCode::UnknownChoice),
            Some(method) if method.as_str() == text => self.draft.taken(entry, "clientAuthMethod", text, ""),
            Some(method) => {
                let note = format!("{text} is OMS's short name for it.");
                self.draft.changed(entry, "clientAuthMethod", method.as_str(), &note);
            }
        }
    }

    fn provider(&mut self, entry: &Entry, member: &'static str) {
        let Some(text) = self.draft.text(entry).map(str::to_owned) else {
            return self.draft.left(entry, "It has no value.");
        };
        if member == "user_name_attribute" {
            return self.user_name(entry);
        }
        if let Err(problem) = address::check(&text) {
            return self.draft.wrong(entry, problem);
        }
        self.seen.push(member);
        let field = match member {
            "issuer_uri" => return self.issuer(entry, &text),
            "authorization_uri" => "endpoints.authorization",
            "token_uri" => "endpoints.token",
            "user_info_uri" => "endpoints.userinfo",
            _ => "endpoints.jwks",
        };
        if member == "jwk_set_uri" || self.keys.is_none() {
            self.keys = Some(text.clone());
        }
        self.draft.taken(entry, field, text, "");
    }

    fn issuer(&mut self, entry: &Entry, text: &str) {
        match address::issuer_of_discovery(text) {
            Some(issuer) => {
                self.draft.changed(
                    entry,
                    "issuer",
                    issuer,
                    "The issuer itself, without the path of discovery.",
                );
            }
            None => self.draft.taken(entry, "issuer", text, ""),
        }
    }

    fn mode(&mut self, entry: &Entry) {
        match self.draft.text(entry) {
            Some("OAUTH2") => {
                let note = "OAUTH2 let people sign in both ways. The draft is disabled until you enable it.";
                self.draft.changed(entry, "localSignIn", true, note);
            }
            Some("LOCAL") => {
                let note =
                    "LOCAL means that OMS did not use it: leave the draft disabled until you have tried it.";
                self.draft.changed(entry, "localSignIn", true, note);
                self.draft.check();
            }
            Some(_) => self.draft.wrong(entry, FieldCode::UnknownChoice),
            None => self.draft.left(entry, "It has no value."),
        }
    }

    fn user_name(&mut self, entry: &Entry) {
        let Some(text) = self.draft.text(entry).map(str::to_owned) else {
            return self.draft.left(entry, "It has no value.");
        };
        match ClaimPath::parse(&text) {
            Ok(_) => {
                let note =
                    "Shown and searched. OMS knew people by it; here they are known by issuer and subject.";
                self.draft.taken(entry, "claims.username", text, note);
            }
            Err(_) => self.draft.wrong(entry, FieldCode::BadClaimPath),
        }
    }

    fn login_url(&mut self, entry: &Entry) {
        let Some(text) = self.draft.text(entry).map(str::to_owned) else {
            return self.draft.left(entry, "It has no value.");
        };
        let (own, name) = (self.given.public_url, &self.name);
        let mut note = format!(
            "Sign-in begins at {own}oauth2/authorization/{name}; {own}omsp/oauth2/authorization/{name} with \
             oms_back_url works as well."
        );
        let back = Url::parse(&text).ok().and_then(|url| {
            url.query_pairs().find(|(key, _)| key == "oms_back_url").map(|(_, value)| value.into_owned())
        });
        let dropped = back.filter(|target| {
            ReturnTo::parse(target, self.given.public_url, self.given.return_to_allow).is_err()
        });
        if let Some(target) = &dropped {
            note.push_str(&format!(
                " Leading back to {target} needs its origin in sign_in.return_to_allow in the server's \
                 configuration."
            ));
        }
        if let Some(meant) = address::mistyped_host(&text) {
            note.push_str(&format!(" It has a slash in its host; {meant} was probably meant."));
        }
        self.draft.left(entry, &note);
        if dropped.is_some() {
            self.draft.check();
        }
    }

    fn finish(mut self) -> Draft {
        let by_hand = self.given.issuer.is_none() && !self.seen.contains(&"issuer_uri");
        if !self.seen.contains(&"client_id") {
            self.draft.missing(&format!("{REGISTRATION}{}_client_id", self.registration));
        }
        for member in ["authorization_uri", "token_uri", "jwk_set_uri"] {
            // With an issuer, discovery finds them.
            let there = self.seen.contains(&member);
            if by_hand && !there && !self.draft.problems.iter().any(|wrong| wrong.key.ends_with(member)) {
                self.draft.missing(&format!("{PROVIDER}{member}"));
            }
        }
        let all = ["authorization_uri", "token_uri", "jwk_set_uri"].iter().all(|m| self.seen.contains(m));
        if let Some(issuer) = self.given.issuer {
            self.draft.added("issuer", issuer, "As you typed it.");
        } else if by_hand {
            let guess = self.keys.as_deref().and_then(address::likely_issuer).unwrap_or_default();
            let note = "OMS has no issuer, and every ID token is checked against it. This one is guessed from the \
                        endpoints: compare it with iss in an ID token, or with the provider's discovery document.";
            self.draft.added("issuer", guess, note);
            self.draft.check();
        }
        let note =
            "Every endpoint is in the file. Once the issuer is known to be right, it can be turned on.";
        self.draft.added(
            "discovery",
            !all,
            if all { note } else { "The other endpoints come from the issuer." },
        );
        match self.label.take() {
            Some(label) => super::put_chosen(&mut self.draft, "label", &label),
            None => {
                self.draft.added("label", "Sign in with SSO", "The button's label; change it as you like.")
            }
        }
        self.draft.added("pkce", true, "OMS does not use PKCE; turn it off only if the provider refuses it.");
        self.draft
    }
}

/// Why another key is not taken over, and whether it is not about signing in at all.
fn other(key: &str) -> (&'static str, bool) {
    let starts = |start: &str| key.starts_with(start);
    if starts("oms_meta_") || starts("drc_") {
        ("It is about OMS's own databases.", true)
    } else if starts("cm_") {
        ("It is about OMS's cluster manager.", true)
    } else if starts("tsdb_") {
        ("It is about OMS's metrics.", true)
    } else if starts("https_") {
        ("TLS is the reverse proxy's here: see docs/reverse-proxy.md.", false)
    } else if starts("oms.auth.saml") || starts("oms.auth.sso") {
        ("SAML is not spoken here: connect the provider with OpenID Connect.", false)
    } else if starts("spring_security_oauth2") || starts("oms_oauth2") {
        ("Not a key that OMS documents: look for a slip of the pen, or leave it out.", false)
    } else {
        ("It is not about signing in.", true)
    }
}
