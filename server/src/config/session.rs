use domain::{return_to::AllowedOrigin, secret::Secret};
use ipnet::IpNet;

use super::{ConfigProblem, field::section};

section! {
    /// How long people stay signed in.
    Session "session" {
        /// Minutes without a request after which a session ends, 1 to 1440.
        idle_minutes: i64 = "30", "60";
        /// Hours after which a session ends whatever happens, 1 to 720.
        absolute_hours: i64 = "12", "8";
        /// Minutes between two readings of a signed-in person's groups at the provider, 1 to 1440; for integrations
        /// with `liveGroups`.
        live_groups_minutes: i64 = "15", "5";
        /// Minutes a session with live groups lives on while the provider cannot be reached, since its groups were
        /// last read, 1 to 10080. More than `session.live_groups_minutes`.
        provider_grace_minutes: i64 = "60", "120";
    }
}

impl Session {
    pub(super) fn validate(&self, problems: &mut Vec<ConfigProblem>) {
        if !(1..=1440).contains(&self.idle_minutes) {
            problems.push(ConfigProblem::new("session.idle_minutes", "must be 1 to 1440 minutes"));
        }
        if !(1..=720).contains(&self.absolute_hours) {
            problems.push(ConfigProblem::new("session.absolute_hours", "must be 1 to 720 hours"));
        }
        let live = self.live_groups_minutes;
        if !(1..=1440).contains(&live) {
            problems.push(ConfigProblem::new("session.live_groups_minutes", "must be 1 to 1440 minutes"));
        }
        if !(1..=10_080).contains(&self.provider_grace_minutes) || self.provider_grace_minutes <= live {
            problems.push(ConfigProblem::new(
                "session.provider_grace_minutes",
                "must be 1 to 10080 minutes, and more than session.live_groups_minutes",
            ));
        }
    }
}

section! {
    /// The way through the sign-in page.
    SignIn "sign_in" {
        /// Origins (scheme, host, port, path prefix) a return target may name besides this console.
        return_to_allow: Vec<AllowedOrigin> = "", "https://grafana.example.com,https://tools.example.com/wiki";
        /// Minutes for which an owner's sign-in proves that its way in works, 1 to 120: for so long another way in may
        /// be closed for good.
        proof_minutes: i64 = "15", "30";
    }
}

impl SignIn {
    pub(super) fn validate(&self, problems: &mut Vec<ConfigProblem>) {
        if !(1..=120).contains(&self.proof_minutes) {
            problems.push(ConfigProblem::new("sign_in.proof_minutes", "must be 1 to 120 minutes"));
        }
    }
}

section! {
    /// The first administrator, made while no user has the role `GLOBAL_OWNER`.
    Bootstrap "bootstrap" {
        /// The user name.
        admin_username: String = "admin", "root";
        /// The password; none: a random one is printed once at the first start and must be changed at the first
        /// sign-in. A password set here need not be changed.
        admin_password: Option<Secret> = "", "a long sentence nobody knows";
    }
}

impl Bootstrap {
    pub(super) fn validate(&self, problems: &mut Vec<ConfigProblem>) {
        let name = &self.admin_username;
        if !domain::username::is_plain(name) || name.chars().count() > 64 {
            problems.push(ConfigProblem::new(
                "bootstrap.admin_username",
                "must be 1 to 64 characters without outer spaces or invisible characters",
            ));
        }
        let password =
            self.admin_password.as_ref().map(|secret| domain::password_policy::check(secret.expose(), name));
        if let Some(Err(code)) = password {
            problems.push(ConfigProblem::new("bootstrap.admin_password", code.message()));
        }
    }
}

section! {
    /// Connections this server opens to identity providers.
    Outbound "outbound" {
        /// Networks an identity provider may live in although they are private; loopback and private addresses are
        /// refused without it.
        allow_private: Vec<IpNet> = "", "10.20.0.0/16";
        /// Permits `http` for addresses inside `outbound.allow_private`: for labs and tests.
        allow_http: bool = "false", "true";
        /// The proxy that requests to identity providers go through; user name and password may stand in it. It
        /// resolves names then, so this server checks names and literal addresses, and no longer what a name resolves
        /// to. The environment's proxy variables are never read.
        proxy: Option<Secret> = "", "http://proxy.example.com:3128";
        /// Hosts, suffixes, addresses and networks that are called without `outbound.proxy`; `*` is all.
        no_proxy: Vec<String> = "", ".corp.example.com,10.0.0.0/8";
    }
}

impl Outbound {
    pub(super) fn validate(&self, problems: &mut Vec<ConfigProblem>) {
        if let Err((key, text)) = self.read_proxy() {
            problems.push(ConfigProblem::new(key, text));
        }
    }

    /// The proxy, ready for use. The setting, like all that may hold a password, is never shown.
    ///
    /// # Errors
    /// The key, and what is wrong with its value.
    pub fn read_proxy(&self) -> Result<Option<oidc::Proxy>, (&'static str, String)> {
        // Each checked by itself, so that the right one is named.
        let nowhere = Secret::new("http://proxy.invalid");
        oidc::Proxy::new(&nowhere, &self.no_proxy).map_err(|text| ("outbound.no_proxy", text))?;
        let proxy = self.proxy.as_ref().map(|url| oidc::Proxy::new(url, &self.no_proxy)).transpose();
        proxy.map_err(|text| ("outbound.proxy", text))
    }
}
