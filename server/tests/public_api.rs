//! Ops Manager's public API: what its clients send and read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use axum::http::Method;
use domain::{access::Caller, secret::Secret, target::Target};
use md5::Digest as _;
use serde_json::{Value, json};
use server::service::public_api::keys;
use sha2::Digest as _;
use support::TestApp;

const BASE: &str = "/api/public/v1.0";

#[derive(Clone, Copy)]
enum Hash {
    Md5,
    Sha256,
}

impl Hash {
    fn of(self, text: &str) -> String {
        let bytes: Vec<u8> = match self {
            Self::Md5 => md5::Md5::digest(text.as_bytes()).to_vec(),
            Self::Sha256 => sha2::Sha256::digest(text.as_bytes()).to_vec(),
        };
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A client of Ops Manager: asks, is challenged, answers.
struct Client<'a> {
    app: &'a TestApp,
    public: String,
    private: Secret,
    hash: Hash,
    address: &'a str,
}

impl<'a> Client<'a> {
    async fn new(app: &'a TestApp, scope: &Target, roles: &[&str]) -> Self {
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        let made = keys::create(&app.core, &Caller::host("test"), scope, "a script", &roles).await.unwrap();
        let (public, private) = (made.key.public_key, made.private_key);
        Self { app, public, private, hash: Hash::Sha256, address: "198.18.0.1" }
    }

    async fn raw(
        &self,
        method: &Method,
        path: &str,
        authorization: Option<&str>,
        extra: &[(&str, &str)],
        body: &[u8],
    ) -> support::Answer {
        let mut headers = extra.to_vec();
        headers.extend(authorization.map(|text| ("authorization", text)));
        self.app.client_at(self.address).send(method.clone(), path, &headers, body.to_vec()).await
    }

    fn answer(&self, method: &Method, path: &str, nonce: &str, count: u32) -> String {
        let (name, h) = match self.hash {
            Hash::Md5 => ("MD5", Hash::Md5),
            Hash::Sha256 => ("SHA-256", Hash::Sha256),
        };
        let who = h.of(&format!("{}:MMS Public API:{}", self.public, self.private.expose()));
        let what = h.of(&format!("{method}:{path}"));
        let response = h.of(&format!("{who}:{nonce}:{count:08x}:cafe:auth:{what}"));
        format!(
            "Digest username=\"{}\", realm=\"MMS Public API\", nonce=\"{nonce}\", uri=\"{path}\", algorithm={name}, \
             qop=auth, nc={count:08x}, cnonce=\"cafe\", response=\"{response}\"",
            self.public
        )
    }

    async fn nonce(&self) -> String {
        let asked = self.raw(&Method::GET, &format!("{BASE}/orgs"), None, &[], b"").await;
        assert_eq!(asked.status, 401, "{asked:?}");
        let challenge = asked.header("www-authenticate").to_owned();
        challenge.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        extra: &[(&str, &str)],
        body: Option<Value>,
    ) -> support::Answer {
        let path = format!("{BASE}{path}");
        let nonce = self.nonce().await;
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let answer = self.answer(&method, &path, &nonce, 1);
        self.raw(&method, &path, Some(&answer), extra, body.as_bytes()).await
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.send(Method::GET, path, &[], None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    async fn refused(&self, method: Method, path: &str, body: Option<Value>) -> (u16, String) {
        let answer = self.send(method, path, &[], body).await;
        let json = answer.json();
        assert_eq!(json["error"], answer.status);
        assert!(json["detail"].as_str().is_some_and(|text| !text.is_empty()) && json["reason"].is_string());
        (answer.status, json["errorCode"].as_str().unwrap().to_owned())
    }
}

fn mapping(role: &str, groups: &[&str]) -> Value {
    json!({"roleName": role, "idpGroups": groups})
}

async fn organization(owner: &Client<'_>, name: &str) -> Value {
    let body = json!({"name": name, "idpGroupMappings": [mapping("ORG_OWNER", &["owners"])]});
    let answer = owner.send(Method::POST, "/orgs", &[], Some(body)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

#[tokio::test]
async fn a_client_of_ops_manager_maps_groups_to_roles() {
    for app in TestApp::on_each_database().await {
        for hash in [Hash::Md5, Hash::Sha256] {
            let owner = Client { hash, ..Client::new(&app, &Target::Global, &["GLOBAL_OWNER"]).await };
            let name = match hash {
                Hash::Md5 => "Atlas",
                Hash::Sha256 => "Borealis",
            };
            let org = organization(&owner, name).await;
            let id = org["id"].as_str().unwrap();
            assert_eq!(id.len(), 24);
            let project =
                owner.send(Method::POST, "/groups", &[], Some(json!({"name": "catalog", "orgId": id}))).await;
            assert_eq!(project.status, 201, "{project:?}");
            let project = project.json();
            for (member, value) in [
                ("activeAgentCount", json!(0)),
                ("publicApiEnabled", json!(true)),
                ("tags", json!([])),
                ("orgId", json!(id)),
                ("ldapGroupMappings", json!([])),
            ] {
                assert_eq!(project[member], value, "{member}");
            }
            let path = format!("/groups/{}", project["id"].as_str().unwrap());
            // A DN holds commas, and groups are told apart byte for byte.
            let wanted = json!([
                mapping("GROUP_OWNER", &["CN=dba,OU=db,DC=corp", "dba"]),
                mapping("GROUP_READ_ONLY", &["DBA"]),
            ]);
            let changed = owner
                .send(Method::PATCH, &path, &[], Some(json!({"idpGroupMappings": wanted, "tags": ["prod"]})))
                .await;
            assert_eq!(changed.status, 200, "{changed:?}");
            assert_eq!(owner.get(&path).await["idpGroupMappings"], wanted);
            assert_eq!(owner.get(&path).await["tags"], json!(["prod"]));
            assert_eq!(owner.get("/groups/byName/catalog").await["name"], "catalog");
            let of_org = owner.get(&format!("/orgs/{id}/groups")).await;
            assert_eq!(
                (&of_org["totalCount"], &of_org["results"][0]["name"]),
                (&json!(1), &json!("catalog"))
            );
            let fewer = json!([mapping("GROUP_OWNER", &["dba"])]);
            owner.send(Method::PATCH, &path, &[], Some(json!({"idpGroupMappings": fewer}))).await;
            assert_eq!(owner.get(&path).await["idpGroupMappings"], fewer);
            owner
                .send(Method::PATCH, &format!("/orgs/{id}"), &[], Some(json!({"name": format!("{name} 2")})))
                .await;
            let org = owner.get(&format!("/orgs/{id}")).await;
            assert_eq!((&org["name"], &org["isDeleted"]), (&json!(format!("{name} 2")), &json!(false)));
        }
        let list = app.admin().await.get("/mapping-rules").await.json();
        assert_eq!(list["total"], 4, "two owners of organizations, two of projects: {list}");
    }
}

#[tokio::test]
async fn rules_that_this_api_cannot_say_survive_its_changes() {
    let app = TestApp::new().await;
    let (one, two) = (app.idp().await, app.idp().await);
    app.with_integration(&one, "corp").await;
    app.with_integration(&two, "other").await;
    let owner = Client::new(&app, &Target::Global, &["GLOBAL_OWNER"]).await;
    let org = organization(&owner, "Atlas").await;
    let id = org["id"].as_str().unwrap();
    let admin = app.admin().await;
    let special = json!({"integration": "corp", "group": "special", "role": "ORG_READ_ONLY", "level": "organization", "target": id});
    let special = admin.post("/mapping-rules", special).await.json();
    let off = json!({"group": "sleeping", "role": "ORG_MEMBER", "level": "organization", "target": id, "enabled": false});
    let off = admin.post("/mapping-rules", off).await.json();
    let path = format!("/orgs/{id}");
    let shown = owner.get(&path).await;
    assert_eq!(shown["idpGroupMappings"], json!([mapping("ORG_OWNER", &["owners"])]));
    let links: Vec<&str> = shown["links"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|link| link["rel"] == "urn:latchkey:mapping-rule")
        .map(|link| link["href"].as_str().unwrap())
        .collect();
    assert_eq!(links.len(), 2);
    let special_link = format!("/api/v1/mapping-rules/{}", special["id"].as_str().unwrap());
    assert!(links.iter().any(|link| link.ends_with(&special_link)), "{links:?}");
    let wanted = json!([mapping("ORG_OWNER", &["others"]), mapping("ORG_MEMBER", &["sleeping"])]);
    let changed = owner.send(Method::PATCH, &path, &[], Some(json!({"idpGroupMappings": wanted}))).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(changed.json()["idpGroupMappings"], wanted);
    assert_eq!(admin.get(&format!("/mapping-rules/{}", special["id"].as_str().unwrap())).await.status, 200);
    let woken = admin.get(&format!("/mapping-rules/{}", off["id"].as_str().unwrap())).await.json();
    assert_eq!(woken["enabled"], true, "the rule that was turned off is turned on, not made twice");
}

#[tokio::test]
async fn what_is_wrong_is_said_in_ops_managers_codes() {
    let app = TestApp::new().await;
    let owner = Client::new(&app, &Target::Global, &["GLOBAL_OWNER"]).await;
    let id = organization(&owner, "Atlas").await["id"].as_str().unwrap().to_owned();
    let org = format!("/orgs/{id}");
    let project =
        owner.send(Method::POST, "/groups", &[], Some(json!({"name": "catalog", "orgId": id}))).await.json();
    let project = format!("/groups/{}", project["id"].as_str().unwrap());
    let with = |mappings: Value| Some(json!({"idpGroupMappings": mappings}));
    let many: Vec<String> = (0..11).map(|n| format!("t{n}")).collect();
    for (method, path, body, status, code) in [
        (Method::POST, "/orgs", Some(json!({})), 400, "MISSING_ATTRIBUTE"),
        (Method::POST, "/orgs", Some(json!({"name": "x", "colour": 1})), 400, "INVALID_ATTRIBUTE"),
        (Method::POST, "/orgs", Some(json!({"name": 7})), 400, "INVALID_ATTRIBUTE"),
        (Method::POST, "/orgs", Some(json!({"name": "x", "id": "1"})), 400, "ATTRIBUTE_READ_ONLY"),
        (
            Method::POST,
            "/orgs",
            Some(json!({"name": "x", "idpGroupMappings": [mapping("ORG_MEMBER", &["a"])]})),
            400,
            "MISSING_ROLE_ENTRY_IN_LDAP_MAPPING",
        ),
        (
            Method::POST,
            "/orgs",
            Some(json!({"name": "x", "ldapGroupMappings": []})),
            400,
            "DISALLOWED_ATTRIBUTE_TURN_ON_LDAP",
        ),
        (Method::POST, "/orgs", Some(json!([1])), 400, "INVALID_JSON"),
        (Method::POST, "/orgs", None, 400, "INVALID_JSON"),
        (Method::POST, "/orgs", Some(json!({"name": "Atlas"})), 409, "ORG_ALREADY_EXISTS"),
        (
            Method::PATCH,
            &org,
            with(json!([mapping("ORG_MEMBER", &["a"])])),
            403,
            "CANNOT_DEMOTE_LAST_ORG_OWNER",
        ),
        (
            Method::PATCH,
            &org,
            with(json!([mapping("ORG_OWNER", &["a"]), mapping("ORG_OWNER", &["b"])])),
            400,
            "DUPLICATE_ROLE_ENTRY_IN_LDAP_MAPPING",
        ),
        (Method::PATCH, &org, with(json!([mapping("GROUP_OWNER", &["a"])])), 400, "INVALID_ENUM_VALUE"),
        (Method::PATCH, &org, with(json!([mapping("GLOBAL_OWNER", &["a"])])), 403, "CANNOT_ADD_GLOBAL_ROLE"),
        (Method::PATCH, &org, with(json!([{"roleName": "ORG_OWNER"}])), 400, "MISSING_ATTRIBUTE"),
        (Method::PATCH, &org, with(json!([mapping("ORG_OWNER", &[""])])), 400, "INVALID_ATTRIBUTE"),
        (Method::PATCH, &project, Some(json!({"orgId": id})), 400, "ATTRIBUTE_READ_ONLY"),
        (Method::PATCH, &project, Some(json!({"tags": ["a b"]})), 400, "INVALID_GROUP_TAG"),
        (Method::PATCH, &project, Some(json!({"tags": many})), 400, "TOO_MANY_GROUP_TAGS"),
        (Method::POST, "/groups", Some(json!({"name": "catalog", "orgId": id})), 409, "GROUP_ALREADY_EXISTS"),
        (
            Method::POST,
            "/groups",
            Some(json!({"name": "x", "orgId": "5f0000000000000000000000"})),
            404,
            "ORG_NOT_FOUND",
        ),
        (Method::GET, "/orgs/5f0000000000000000000000", None, 404, "ORG_NOT_FOUND"),
        (Method::GET, "/groups/5f0000000000000000000000", None, 404, "GROUP_NOT_FOUND"),
        (Method::GET, "/groups/none", None, 404, "INVALID_GROUP_ID"),
        (Method::GET, "/groups/byName/none", None, 404, "GROUP_NAME_NOT_FOUND"),
        (Method::GET, "/orgs?itemsPerPage=501", None, 400, "INVALID_ATTRIBUTE"),
        (Method::GET, "/nothing", None, 404, "RESOURCE_NOT_FOUND"),
        (Method::DELETE, "/orgs", None, 405, "METHOD_NOT_ALLOWED"),
    ] {
        let seen = owner.refused(method.clone(), path, body.clone()).await;
        assert_eq!(seen, (status, code.to_owned()), "{method} {path} {body:?}");
    }
    assert_eq!(owner.get(&org).await["idpGroupMappings"], json!([mapping("ORG_OWNER", &["owners"])]));
}

#[tokio::test]
async fn an_answer_is_good_once_and_only_for_what_it_was_made_for() {
    let app = TestApp::new().await;
    let owner = Client::new(&app, &Target::Global, &["GLOBAL_OWNER"]).await;
    let (get, path) = (Method::GET, format!("{BASE}/orgs"));
    let nonce = owner.nonce().await;
    let good = owner.answer(&get, &path, &nonce, 1);
    assert_eq!(owner.raw(&get, &path, Some(&good), &[], b"").await.status, 200);
    let again = owner.raw(&get, &path, Some(&good), &[], b"").await;
    assert_eq!(again.status, 401);
    assert!(again.header("www-authenticate").contains("stale=true"));
    let next = owner.answer(&get, &path, &nonce, 2);
    assert_eq!(
        owner.raw(&get, &path, Some(&next), &[], b"").await.status,
        200,
        "the nonce itself stays good"
    );
    let elsewhere = owner.answer(&get, &format!("{BASE}/groups"), &nonce, 3);
    let posted = owner.answer(&Method::POST, &path, &nonce, 4);
    let foreign = owner.answer(&get, &path, "1-abc-x", 5);
    let wrong = Client {
        private: Secret::new("guess"),
        public: owner.public.clone(),
        ..Client::new(&app, &Target::Global, &["GLOBAL_OWNER"]).await
    };
    let guessed = wrong.answer(&get, &path, &nonce, 6);
    for (why, answer) in [
        ("another path", elsewhere),
        ("another method", posted),
        ("a foreign nonce", foreign),
        ("a wrong key", guessed),
    ] {
        let seen = owner.raw(&get, &path, Some(&answer), &[], b"").await;
        assert_eq!((seen.status, seen.header("www-authenticate").contains("stale")), (401, false), "{why}");
    }
    app.advance_minutes(6);
    let late = owner.answer(&get, &path, &nonce, 7);
    assert!(
        owner.raw(&get, &path, Some(&late), &[], b"").await.header("www-authenticate").contains("stale=true")
    );
    // A browser that holds the key is not to be led by another site.
    let fresh = owner.answer(&get, &path, &owner.nonce().await, 1);
    let led = owner.raw(&get, &path, Some(&fresh), &[("origin", "https://evil.example")], b"").await;
    assert_eq!(led.status, 401);
    // Another server of the same database takes the nonce of this one.
    let replica = app.replica().await;
    let nonce = owner.nonce().await;
    let there = Client {
        app: &replica,
        public: owner.public.clone(),
        private: owner.private.clone(),
        hash: owner.hash,
        address: owner.address,
    };
    let answer = there.answer(&get, &path, &nonce, 1);
    assert_eq!(there.raw(&get, &path, Some(&answer), &[], b"").await.status, 200);
}

#[tokio::test]
async fn a_key_sees_and_changes_what_its_roles_reach() {
    let app = TestApp::new().await;
    let owner = Client::new(&app, &Target::Global, &["GLOBAL_OWNER"]).await;
    let (one, two) = (organization(&owner, "Atlas").await, organization(&owner, "Borealis").await);
    let (one, two) = (one["id"].as_str().unwrap(), two["id"].as_str().unwrap());
    let project =
        owner.send(Method::POST, "/groups", &[], Some(json!({"name": "catalog", "orgId": one}))).await.json();
    let project = project["id"].as_str().unwrap();
    let scope = Target::Organization(one.to_owned().into());
    let mine = Client::new(&app, &scope, &["ORG_OWNER"]).await;
    assert_eq!(mine.get("/orgs").await["totalCount"], 1);
    assert_eq!(mine.refused(Method::GET, &format!("/orgs/{two}"), None).await.1, "ORG_NOT_FOUND");
    assert_eq!(mine.refused(Method::POST, "/orgs", Some(json!({"name": "x"}))).await.1, "USER_UNAUTHORIZED");
    let change = json!({"idpGroupMappings": [mapping("GROUP_OWNER", &["g"])]});
    assert_eq!(
        mine.send(Method::PATCH, &format!("/groups/{project}"), &[], Some(change.clone())).await.status,
        200
    );
    let member = Client::new(&app, &scope, &["ORG_MEMBER"]).await;
    assert_eq!(member.get("/orgs").await["totalCount"], 1);
    assert_eq!(member.get("/groups").await["totalCount"], 0);
    assert_eq!(
        member.refused(Method::PATCH, &format!("/orgs/{one}"), Some(json!({"name": "x"}))).await.1,
        "NOT_ORG_ADMIN"
    );
    assert_eq!(member.refused(Method::GET, &format!("/groups/{project}"), None).await.1, "GROUP_NOT_FOUND");
    let creator = Client::new(&app, &scope, &["ORG_GROUP_CREATOR"]).await;
    assert_eq!(
        creator.send(Method::POST, "/groups", &[], Some(json!({"name": "new", "orgId": one}))).await.status,
        201
    );
    let of_project =
        Client::new(&app, &Target::Project(project.to_owned().into()), &["GROUP_USER_ADMIN"]).await;
    assert_eq!(
        of_project.send(Method::PATCH, &format!("/groups/{project}"), &[], Some(change)).await.status,
        200
    );
    let rename = Some(json!({"name": "mine"}));
    assert_eq!(
        of_project.refused(Method::PATCH, &format!("/groups/{project}"), rename).await.1,
        "USER_UNAUTHORIZED"
    );
    let viewer = Client::new(&app, &Target::Global, &["GLOBAL_READ_ONLY"]).await;
    assert_eq!(viewer.get("/orgs").await["totalCount"], 2);
    assert_eq!(
        viewer.refused(Method::PATCH, &format!("/orgs/{one}"), Some(json!({"name": "x"}))).await.0,
        401
    );
}

#[tokio::test]
async fn keys_of_an_organization_are_made_listed_limited_and_deleted() {
    for app in TestApp::on_each_database().await {
        let owner = Client::new(&app, &Target::Global, &["GLOBAL_OWNER"]).await;
        let id = organization(&owner, "Atlas").await["id"].as_str().unwrap().to_owned();
        let keys = format!("/orgs/{id}/apiKeys");
        let made = owner
            .send(Method::POST, &keys, &[], Some(json!({"desc": "robot", "roles": ["ORG_OWNER"]})))
            .await
            .json();
        let (public, private) = (made["publicKey"].as_str().unwrap(), made["privateKey"].as_str().unwrap());
        assert_eq!((public.len(), private.len()), (8, 36));
        let listed = owner.get(&keys).await;
        assert_eq!(listed["totalCount"], 1);
        assert_eq!(listed["results"][0]["roles"], json!([{"orgId": id, "roleName": "ORG_OWNER"}]));
        assert!(!listed.to_string().contains(private), "the private part is shown once");
        let bytes =
            if app.core.db.kind() == store::DbKind::Sqlite { app.database_bytes() } else { Vec::new() };
        assert!(!bytes.windows(private.len()).any(|window| window == private.as_bytes()), "and kept sealed");
        let robot = Client {
            app: &app,
            public: public.to_owned(),
            private: Secret::new(private),
            hash: Hash::Md5,
            address: "198.18.0.9",
        };
        assert_eq!(robot.get("/orgs").await["totalCount"], 1);
        let access = format!("{keys}/{}/accessList", made["id"].as_str().unwrap());
        for wrong in [
            json!([]),
            json!([{}]),
            json!([{"ipAddress": "10.0.0.1", "cidrBlock": "10.0.0.0/8"}]),
            json!([{"ipAddress": "x"}]),
        ] {
            assert_eq!(
                owner.refused(Method::POST, &access, Some(wrong)).await.1,
                "BAD_ACCESS_LIST_ADD_REQUEST"
            );
        }
        let entries = json!([{"ipAddress": "198.18.0.9"}, {"cidrBlock": "10.0.0.0/8"}]);
        assert_eq!(owner.send(Method::POST, &access, &[], Some(entries)).await.status, 200);
        app.advance_minutes(2);
        assert_eq!(robot.get("/orgs").await["totalCount"], 1);
        let elsewhere = Client {
            address: "198.18.0.10",
            app: &app,
            public: public.to_owned(),
            private: Secret::new(private),
            hash: Hash::Md5,
        };
        assert_eq!(
            elsewhere.refused(Method::GET, "/orgs", None).await,
            (403, "IP_ADDRESS_NOT_ON_ACCESS_LIST".to_owned())
        );
        let list = owner.get(&access).await;
        assert_eq!(
            (&list["results"][0]["cidrBlock"], &list["results"][0]["count"]),
            (&json!("10.0.0.0/8"), &json!(0))
        );
        let used = &list["results"][1];
        assert_eq!(
            (&used["ipAddress"], &used["count"], &used["lastUsedAddress"]),
            (&json!("198.18.0.9"), &json!(1), &json!("198.18.0.9"))
        );
        assert_eq!(
            robot.refused(Method::DELETE, &format!("{access}/198.18.0.9"), None).await.1,
            "CANNOT_REMOVE_CALLER_FROM_ACCESS_LIST"
        );
        assert_eq!(
            owner.send(Method::DELETE, &format!("{access}/10.0.0.0%2F8"), &[], None).await.status,
            204
        );
        let key = format!("{keys}/{}", made["id"].as_str().unwrap());
        assert_eq!(
            owner.send(Method::PATCH, &key, &[], Some(json!({"roles": ["ORG_READ_ONLY"]}))).await.status,
            200
        );
        assert_eq!(
            robot.refused(Method::PATCH, &format!("/orgs/{id}"), Some(json!({"name": "x"}))).await.1,
            "NOT_ORG_ADMIN"
        );
        assert_eq!(owner.send(Method::DELETE, &key, &[], None).await.status, 204);
        let path = format!("{BASE}/orgs");
        let answer = robot.answer(&Method::GET, &path, &robot.nonce().await, 1);
        assert_eq!(robot.raw(&Method::GET, &path, Some(&answer), &[], b"").await.status, 401);
        let events = app.audit("kind=api_key.created").await;
        assert!(events.iter().any(|event| event["detail"]["publicKey"] == public));
        assert!(!serde_json::to_string(&events).unwrap().contains(private));
    }
}

#[tokio::test]
async fn a_dry_run_shows_and_keeps_nothing_and_an_old_tag_is_refused() {
    let app = TestApp::new().await;
    let owner = Client::new(&app, &Target::Global, &["GLOBAL_OWNER"]).await;
    let id = organization(&owner, "Atlas").await["id"].as_str().unwrap().to_owned();
    let path = format!("/orgs/{id}");
    let first = owner.send(Method::GET, &path, &[], None).await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 10);
    let change = json!({"idpGroupMappings": [mapping("ORG_OWNER", &["others"])]});
    let tried = owner.send(Method::PATCH, &format!("{path}?dryRun=true"), &[], Some(change.clone())).await;
    assert_eq!((tried.status, &tried.json()["idpGroupMappings"]), (200, &change["idpGroupMappings"]));
    assert_eq!(owner.send(Method::GET, &path, &[], None).await.header("etag"), tag);
    let done = owner.send(Method::PATCH, &path, &[("if-match", &tag)], Some(change.clone())).await;
    assert_eq!(done.status, 200, "{done:?}");
    let late = owner.send(Method::PATCH, &path, &[("if-match", &tag)], Some(json!({"name": "x"}))).await;
    assert_eq!(late.status, 412);
    assert_eq!(owner.get(&path).await["name"], "Atlas");
    let tried = owner.send(Method::POST, "/orgs?dryRun=true", &[], Some(json!({"name": "Never"}))).await;
    assert_eq!(tried.status, 201);
    assert_eq!(owner.get("/orgs").await["totalCount"], 1);
}

#[tokio::test]
async fn lists_come_in_pages_pretty_and_enveloped() {
    let app = TestApp::new().await;
    let owner = Client::new(&app, &Target::Global, &["GLOBAL_OWNER"]).await;
    for name in ["Atlas", "Borealis", "Atoll"] {
        organization(&owner, name).await;
    }
    let page = owner.get("/orgs?pageNum=2&itemsPerPage=2&envelope=true").await;
    assert_eq!((&page["status"], &page["totalCount"]), (&json!(200), &json!(3)));
    assert_eq!(page["results"].as_array().unwrap().len(), 1);
    assert_eq!(page["links"][1]["rel"], "previous");
    assert_eq!(owner.get("/orgs?name=AT").await["totalCount"], 2);
    let one = page["results"][0]["id"].as_str().unwrap();
    let enveloped = owner.get(&format!("/orgs/{one}?envelope=true")).await;
    assert_eq!((&enveloped["status"], &enveloped["content"]["id"]), (&json!(200), &json!(one)));
    let pretty = owner.send(Method::GET, "/orgs?pretty=true", &[], None).await;
    assert!(pretty.body().contains("\n  \"links\""));
    let mut browser = app.admin_browser().await;
    let answer = browser.get(&format!("{BASE}/orgs")).await;
    assert_eq!(answer.status, 401, "a cookie opens nothing here");
}
