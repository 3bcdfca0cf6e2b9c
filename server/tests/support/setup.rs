//! What tests need before they can begin: integrations, rules, users, whole logins.

use domain::{role::RoleName, target::Target};
use fake_idp::{FakeIdp, Person};
use serde_json::{Value, json};

use super::{Answer, Browser, TestApp};

/// The login in the middle: the browser has left for the provider.
pub struct Leaving {
    /// The provider's authorization URL.
    pub url: String,
    /// What the provider sends the browser back to, as a path on the server.
    pub callback: String,
}

impl TestApp {
    /// An enabled integration with this provider; what differs from the default is in `change`.
    pub async fn integration(&self, idp: &FakeIdp, name: &str, change: Value) -> Value {
        let mut body = json!({
            "name": name,
            "label": format!("Sign in with {name}"),
            "issuer": idp.issuer(),
            "clientId": idp.client_id(),
            "clientSecret": idp.client_secret(),
            "enabled": true,
        });
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        let answer = self.admin().await.post("/integrations", body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()
    }

    /// An enabled integration with this provider.
    pub async fn with_integration(&self, idp: &FakeIdp, name: &str) -> Value {
        self.integration(idp, name, json!({})).await
    }

    /// A mapping rule of every integration: `target` is `global`, `organization:ID` or `project:ID`.
    pub async fn rule(&self, group: &str, role: &str, target: &str) -> Value {
        let (level, id) = target.split_once(':').map_or((target, None), |(level, id)| (level, Some(id)));
        let body = json!({"integration": null, "group": group, "role": role, "level": level, "target": id});
        let answer = self.admin().await.post("/mapping-rules", body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()
    }

    /// A new organization; its identifier.
    pub async fn organization(&self, name: &str) -> String {
        let answer = self.admin().await.post("/organizations", json!({"name": name})).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// A local user who has chosen this password already; their identifier.
    pub async fn user(&self, username: &str, password: &str) -> String {
        let answer = self.admin().await.post("/users", json!({"username": username})).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let made = answer.json();
        let first = made["oneTimePassword"].as_str().unwrap();
        let mut browser = self.browser();
        browser.sign_in_with_password(username, first).await;
        let fields = [("current", first), ("new", password), ("repeat", password)];
        let answer = browser.call("/fn/access/change_password", &fields).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        browser.sign_out().await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// Gives a user a global role that no rule maps.
    pub async fn grant(&self, user: &str, role: &str) {
        let user = domain::id::UserId::parse(user).unwrap();
        let mut tx = self.core.db.begin().await.unwrap();
        assert!(tx.role_grants().set_manual(&user, RoleName::new(role), Target::Global).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// The identifier of the user with this name.
    pub async fn user_id(&self, username: &str) -> String {
        let answer = self.admin().await.get(&format!("/users?search={username}")).await.json();
        let items = answer["items"].as_array().unwrap();
        let found = items.iter().find(|user| user["username"] == username);
        found.unwrap_or_else(|| panic!("no user {username}: {answer}"))["id"].as_str().unwrap().to_owned()
    }

    /// Leaves for the provider as far as the way back.
    pub async fn leave(&self, browser: &mut Browser, idp: &FakeIdp, begin: &str) -> Leaving {
        let answer = browser.get(begin).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let url = answer.location().to_owned();
        assert!(url.starts_with(&idp.issuer()), "not sent to the provider: {answer:?}");
        let callback = browser.path_of(&idp.authorize(&url).callback_url());
        Leaving { url, callback }
    }

    /// A whole login with this integration; the answer of the callback, whatever it is.
    pub async fn log_in_at(
        &self,
        browser: &mut Browser,
        idp: &FakeIdp,
        name: &str,
        person: Person,
    ) -> Answer {
        idp.set_person(person);
        let leaving = self.leave(browser, idp, &format!("/oauth2/authorization/{name}")).await;
        browser.get_from_elsewhere(&leaving.callback).await
    }

    /// A whole login with the integration `corp` that succeeds.
    pub async fn sign_in(&self, browser: &mut Browser, idp: &FakeIdp, person: Person) -> Answer {
        let answer = self.log_in_at(browser, idp, "corp", person).await;
        assert!(answer.set_cookie("__Host-latchkey").is_some(), "not signed in: {answer:?}");
        answer
    }

    /// Asserts that a login failed with this code, whatever else was recorded under its reference.
    pub fn assert_login_failed_with(&self, answer: &Answer, code: &str) {
        assert!(answer.location().starts_with("/sign-in/failed?"), "{answer:?}");
        assert_eq!(answer.location_param("code").as_deref(), Some(code), "{answer:?}");
        assert_eq!(answer.set_cookie("__Host-latchkey"), None, "{answer:?}");
    }

    /// Asserts that a login failed with this code: the page, no session, one audit event with the page's reference.
    pub async fn assert_login_failed(&self, answer: &Answer, code: &str) {
        assert_eq!(answer.status, 303, "{answer:?}");
        assert!(answer.location().starts_with("/sign-in/failed?"), "{answer:?}");
        assert_eq!(answer.location_param("code").as_deref(), Some(code), "{answer:?}");
        assert_eq!(answer.set_cookie("__Host-latchkey"), None, "{answer:?}");
        let reference = answer.location_param("reference").unwrap();
        let events = self.audit(&format!("reference={reference}")).await;
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(events[0]["kind"], "login.failed");
        assert_eq!(events[0]["outcome"], "failure");
        assert_eq!(events[0]["code"], code);
    }
}
