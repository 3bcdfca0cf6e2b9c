//! What is signed in to: an identity provider with five people, and what the server is told about it.

use std::net::SocketAddr;

use fake_idp::{Alg, Authorized, Config, FakeIdp, Options, Person};
use serde_json::{Value, json};

/// People who sign in by turns.
pub const PEOPLE: usize = 5;
/// Groups of each of them.
const GROUPS: usize = 5;
/// Organizations; each has one project.
const ORGANIZATIONS: usize = 5;

/// The identity provider, in this process: ES256, userinfo, no recording.
pub struct Provider {
    idp: FakeIdp,
    people: Vec<Person>,
}

impl Provider {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// If there is no free port.
    pub async fn start() -> Result<Self, String> {
        let config = Config { alg: Alg::Es256, ..Config::default() };
        let options = Options { record: false, config, ..Options::default() };
        let idp = FakeIdp::start_with(options).await.map_err(|error| format!("no free port: {error}"))?;
        idp.warm_up();
        let person = |number| {
            let groups: Vec<String> = (0..GROUPS).map(|index| group(number, index)).collect();
            Person::new(&format!("person{number}"))
                .groups(&groups.iter().map(String::as_str).collect::<Vec<_>>())
        };
        Ok(Self { idp, people: (0..PEOPLE).map(person).collect() })
    }

    /// The client secret that the server must have.
    #[must_use]
    pub fn client_secret(&self) -> &str {
        self.idp.client_secret()
    }

    /// What a browser gets at the authorization endpoint: the callback's path and query.
    ///
    /// # Errors
    /// If the provider refuses the request, or sends the browser to somebody else.
    pub fn authorize(&self, location: &str, number: usize, server: SocketAddr) -> Result<String, String> {
        if let Some(person) = self.people.get(number % PEOPLE) {
            // Nothing else runs between these two calls: there is one thread and no await.
            self.idp.set_person(person.clone());
        }
        let callback = match self.idp.authorize(location) {
            Authorized::Redirect(callback) => callback,
            other => return Err(format!("the provider answered the authorization request with {other:?}")),
        };
        let path = callback.strip_prefix(&format!("http://{server}"));
        path.map(str::to_owned).ok_or_else(|| format!("the callback goes elsewhere: {callback}"))
    }

    /// The file for `latchkey apply`: the integration, and two rules for each group, 50 in all.
    #[must_use]
    pub fn wanted(&self) -> String {
        let organizations: Vec<Value> =
            (0..ORGANIZATIONS).map(|number| json!({ "name": format!("Org{number}") })).collect();
        let project =
            |number| json!({ "name": format!("project{number}"), "organization": format!("Org{number}") });
        let rules = (0..PEOPLE).flat_map(|person| (0..GROUPS).flat_map(move |index| rules(person, index)));
        let wanted = json!({
            "integrations": [{
                "name": "bench", "label": "Benchmark", "protocol": "oidc",
                "issuer": self.idp.issuer(), "discovery": true,
                "clientId": self.idp.client_id(), "clientSecretEnv": "BENCH_CLIENT_SECRET",
                "clientAuthMethod": "client_secret_basic",
                "oauthScopes": ["openid", "profile", "email", "groups"], "pkce": true,
                "signingAlgorithms": ["ES256"], "userinfo": "always",
                "claims": {
                    "username": "preferred_username", "displayName": "name", "firstName": "given_name",
                    "lastName": "family_name", "email": "email", "groups": "groups",
                },
                "createUsers": true, "enabled": true,
            }],
            "organizations": organizations,
            "projects": (0..ORGANIZATIONS).map(project).collect::<Vec<_>>(),
            "mappingRules": rules.collect::<Vec<_>>(),
        });
        // JSON is YAML.
        format!("{wanted:#}\n")
    }
}

fn group(person: usize, index: usize) -> String {
    format!("department{person}/team{index}")
}

fn rules(person: usize, index: usize) -> [Value; 2] {
    let organization = format!("Org{index}");
    let rule = |role: &str, level: &str, target: &str| {
        json!({
            "integration": "bench", "group": group(person, index), "role": role, "level": level, "target": target,
        })
    };
    [
        rule("ORG_MEMBER", "organization", &organization),
        rule("GROUP_DATA_ACCESS_READ_WRITE", "project", &format!("{organization}/project{index}")),
    ]
}
