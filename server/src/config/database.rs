use domain::secret::Secret;

use super::{
    ConfigProblem,
    field::{Setting, section},
};

/// A database URL: shown without its password.
#[derive(Debug, Clone)]
pub struct DatabaseUrl(pub Secret);

impl Setting for DatabaseUrl {
    const SECRET: bool = true;

    fn from_text(text: &str) -> Result<Self, String> {
        let known = ["sqlite:", "mysql:", "mariadb:"].iter().any(|scheme| text.starts_with(scheme));
        if known {
            Ok(Self(Secret::new(text)))
        } else {
            Err("must begin with sqlite:// or mysql://, such as sqlite://data/latchkey.db".to_owned())
        }
    }

    fn show(&self) -> String {
        let text = self.0.expose();
        match (text.split_once("://"), text.rsplit_once('@')) {
            (Some((scheme, _)), Some((credentials, place))) if scheme != "sqlite" => {
                let user = credentials.split_once("://").map_or("", |(_, rest)| rest);
                let user = user.split_once(':').map_or(user, |(user, _)| user);
                // Parameters may hold file names of keys; they are no secret, yet nobody needs them here.
                let place = place.split_once('?').map_or(place, |(place, _)| place);
                format!("{scheme}://{user}:[redacted]@{place}")
            }
            _ => text.to_owned(),
        }
    }
}

section! {
    /// Where everything is kept.
    Database "database" {
        /// `sqlite://path` (made on first start), or `mysql://user:password@host:port/database` for MySQL, MariaDB,
        /// OceanBase's MySQL mode and TiDB.
        url: DatabaseUrl = "sqlite://data/latchkey.db", "mysql://latchkey:password@db.example.com:3306/latchkey";
    }
}

impl Database {
    pub(super) fn validate(&self, problems: &mut Vec<ConfigProblem>) {
        if self.url.0.expose().chars().any(char::is_control) {
            problems.push(ConfigProblem::new(
                "database.url",
                "has control characters: remove line breaks and tabs",
            ));
        }
    }
}
