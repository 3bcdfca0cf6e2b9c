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
    }
}
