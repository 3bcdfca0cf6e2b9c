//! Presets: what is known of common identity providers, so that nobody needs to know OpenID Connect to connect one.
//! A preset fills the form and says, in the provider's own words, what to do there.

mod data;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use data::PRESETS;

/// Whether this server answers at [`ClientUrls::backchannel`]. While it does not, nobody is told to register that address.
pub const SERVES_BACKCHANNEL_LOGOUT: bool = false;

/// What stands for that address in a step.
const BACKCHANNEL: &str = "{backchannel}";

/// The name of every preset. Apart, so that a browser that only checks a name need not load the texts.
pub const PRESET_IDS: [&str; 10] =
    ["keycloak", "entra", "okta", "google", "gitlab", "github", "authentik", "zitadel", "oidc", "oauth2"];

use crate::{
    claims::ClaimPath,
    form::IntegrationForm,
    integration::{ClaimMapping, ClientAuthMethod, Endpoints, IntegrationSettings, Protocol, UserinfoMode},
};

/// What is known of one kind of provider. Placeholders of URLs stand in angle brackets, which no URL may hold
/// (RFC 3986 section 2): a form in which one was left is refused.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// Its name in addresses and settings.
    pub id: &'static str,
    /// What people call the provider.
    pub name: &'static str,
    /// One line for choosing.
    pub line: &'static str,
    /// What is spoken.
    pub protocol: Protocol,
    /// The issuer, with placeholders.
    pub issuer: &'static str,
    /// What goes into the placeholders, one sentence; empty when there are none.
    pub issuer_hint: &'static str,
    /// Authorization, token and userinfo endpoint, where there is no discovery.
    pub endpoints: Option<[&'static str; 3]>,
    /// What is asked for.
    pub scopes: &'static [&'static str],
    /// What identifies a person for good; OAuth 2.0 only.
    pub subject: &'static str,
    /// Where the user name is found.
    pub username: &'static str,
    /// Where the groups are found.
    pub groups: &'static str,
    /// When userinfo is asked.
    pub userinfo: UserinfoMode,
    /// How the token endpoint knows us.
    pub auth: ClientAuthMethod,
    /// What to do at the provider, in order. `{callback}`, `{signed_out}`, `{backchannel}` and `{initiate}` stand for
    /// our URLs.
    pub steps: &'static [&'static str],
    /// What to know about its groups, and what else is special.
    pub notes: &'static [&'static str],
}

/// Our URLs, as a provider is told them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientUrls {
    /// Where the provider sends the browser back.
    pub callback: String,
    /// Where it may send the browser after signing out there.
    pub signed_out: String,
    /// Where it tells that somebody signed out there (OpenID Connect Back-Channel Logout 1.0).
    pub backchannel: String,
    /// Where it may begin a sign-in (OpenID Connect Core 1.0 section 4).
    pub initiate: String,
}

impl ClientUrls {
    /// For an integration of this name on this server.
    #[must_use]
    pub fn new(public_url: &str, name: &str) -> Self {
        let base = public_url.trim_end_matches('/');
        Self {
            callback: format!("{base}/login/oauth2/code/{name}"),
            signed_out: format!("{base}/signed-out"),
            backchannel: format!("{base}/oidc/backchannel-logout/{name}"),
            initiate: format!("{base}/oidc/initiate-login"),
        }
    }

    /// Puts the URLs into a step.
    #[must_use]
    pub fn fill(&self, step: &str) -> String {
        step.replace("{callback}", &self.callback)
            .replace("{signed_out}", &self.signed_out)
            .replace(BACKCHANNEL, &self.backchannel)
            .replace("{initiate}", &self.initiate)
    }
}

/// A preset as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresetView {
    /// Its name in addresses and settings.
    pub id: String,
    /// What people call the provider.
    pub name: String,
    /// One line for choosing.
    pub line: String,
    /// What goes into the issuer's placeholders.
    pub issuer_hint: String,
    /// What to do at the provider, with our URLs.
    pub steps: Vec<String>,
    /// What else to know.
    pub notes: Vec<String>,
}

/// What the page of a new integration begins with, or what a stored one's says of its provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormStart {
    /// The first values.
    pub form: IntegrationForm,
    /// What is offered; empty once something is chosen.
    pub choices: Vec<PresetView>,
    /// What was chosen.
    pub preset: Option<PresetView>,
    /// Our URLs, for the name in the form.
    pub urls: ClientUrls,
    /// The run of the probe whose settings these are; empty: none.
    pub run: String,
    /// Whether that run has a secret.
    pub has_secret: bool,
}

impl Preset {
    /// The preset of this name.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.id == id)
    }

    /// The settings of a new integration with such a provider; `name` is its configuration name.
    #[must_use]
    pub fn settings(&self, name: &str) -> IntegrationSettings {
        let path = |text: &str, default: ClaimPath| ClaimPath::parse(text).unwrap_or(default);
        let claims = ClaimMapping::default();
        let text = |text: &str| Some(text.to_owned());
        let endpoints =
            self.endpoints.map_or_else(Endpoints::default, |[authorization, token, userinfo]| Endpoints {
                authorization: text(authorization),
                token: text(token),
                userinfo: text(userinfo),
                ..Endpoints::default()
            });
        IntegrationSettings {
            name: name.to_owned(),
            label: format!("Sign in with {}", self.name),
            protocol: self.protocol,
            issuer: self.issuer.to_owned(),
            discovery: self.endpoints.is_none(),
            endpoints,
            client_auth_method: self.auth,
            oauth_scopes: self.scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            userinfo: self.userinfo,
            claims: ClaimMapping {
                subject: path(self.subject, claims.subject.clone()),
                username: path(self.username, claims.username.clone()),
                groups: path(self.groups, claims.groups.clone()),
                ..claims
            },
            preset: text(self.id),
            ..IntegrationSettings::default()
        }
    }

    /// A configuration name that nobody has yet.
    #[must_use]
    pub fn free_name(&self, is_taken: impl Fn(&str) -> bool) -> String {
        let base: String = self.id.chars().filter(char::is_ascii_alphanumeric).collect();
        let numbered = (2..1000).map(|n| format!("{base}{n}"));
        std::iter::once(base.clone()).chain(numbered).find(|name| !is_taken(name)).unwrap_or(base)
    }

    /// What a page shows of it for choosing.
    #[must_use]
    pub fn line(&self, urls: &ClientUrls) -> PresetView {
        PresetView { steps: Vec::new(), notes: Vec::new(), ..self.view(urls) }
    }

    /// What a page shows of it.
    #[must_use]
    pub fn view(&self, urls: &ClientUrls) -> PresetView {
        PresetView {
            id: self.id.to_owned(),
            name: self.name.to_owned(),
            line: self.line.to_owned(),
            issuer_hint: self.issuer_hint.to_owned(),
            steps: self
                .steps
                .iter()
                .filter_map(|step| asked(step, SERVES_BACKCHANNEL_LOGOUT))
                .map(|step| urls.fill(&step))
                .collect(),
            notes: self.notes.iter().map(|note| urls.fill(note)).collect(),
        }
    }
}

/// A step without the sentences that ask for an address which is not served; nothing when none is left.
fn asked(step: &str, serves_backchannel: bool) -> Option<String> {
    let is_asked = |sentence: &&str| serves_backchannel || !sentence.contains(BACKCHANNEL);
    let rest: String = step.split_inclusive(". ").filter(is_asked).collect();
    let rest = rest.trim_end();
    (!rest.is_empty()).then(|| rest.to_owned())
}
