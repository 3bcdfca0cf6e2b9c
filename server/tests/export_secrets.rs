//! Both of an integration's secrets in a configuration file: named where they have a place, else said to be set.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use domain::access::Caller;
use serde_json::{Value, json};
use server::service::apply::{self, ApplyError, Document, Options};
use support::TestApp;

const STORED: &str = "canary-stored-secret-9001";

struct Place {
    app: TestApp,
    folder: tempfile::TempDir,
}

impl Place {
    /// A console that may read files of a folder with `first` and `second` in it.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["first", "second"] {
            std::fs::write(folder.path().join(name), format!("canary-{name}-in-a-file")).unwrap();
        }
        let home = folder.path().to_owned();
        let app = TestApp::with(|config| config.secrets.client_secret_folder = Some(home)).await;
        Self { app, folder }
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    async fn make(&self) {
        let body =
            json!({"name": "corp", "label": "Corp", "issuer": "https://idp.example.com", "clientId": "x"});
        assert_eq!(self.app.admin().await.post("/integrations", body).await.status, 201);
    }

    async fn secret(&self, change: Value) {
        let answer =
            self.app.admin().await.patch("/integrations/corp", json!({"clientSecret": change})).await;
        assert_eq!(answer.status, 200, "{}", answer.body());
    }

    /// Lets the console change what a file set.
    async fn release(&self) {
        server::service::managed::release(&self.app.core, &Caller::host("test"), "corp").await.unwrap();
    }

    /// Each slot: its source, what it names, whether it is preferred.
    async fn held(&self) -> Vec<(String, Value, bool)> {
        let corp = self.app.admin().await.get("/integrations/corp").await.json();
        let held = corp["clientSecret"]["held"].as_array().unwrap().iter();
        held.map(|slot| {
            let source = slot["source"].as_str().unwrap().to_owned();
            (source, slot["reference"].clone(), slot["preferred"] == true)
        })
        .collect()
    }

    async fn export(&self) -> String {
        let text = apply::export::export(&self.app.core, &Caller::host("test")).await.unwrap();
        assert!(!text.contains("canary"), "{text}");
        text
    }

    async fn apply(&self, text: &str) -> Result<usize, Vec<String>> {
        let words = |problems: Vec<apply::FileProblem>| problems.iter().map(ToString::to_string).collect();
        let document = Document::parse("f.yaml", text, false, &|_| None).map_err(words)?;
        let done = apply::apply(&self.app.core, &Caller::host("test"), &document, Options::default()).await;
        done.map(|changes| changes.len()).map_err(|error| match error {
            ApplyError::Problems(problems) => words(problems),
            ApplyError::Service(error) => vec![error.public().code.code().to_owned()],
        })
    }
}

#[tokio::test]
async fn both_places_are_exported_and_read_again_elsewhere() {
    let here = Place::new().await;
    here.make().await;
    here.secret(json!({"file": here.file("first")})).await;
    here.secret(json!({"add": {"file": here.file("second")}})).await;
    let text = here.export().await;
    assert!(text.contains(&format!("clientSecretFile: {}", here.file("first"))), "{text}");
    assert!(text.contains(&format!("secondClientSecretFile: {}", here.file("second"))), "{text}");
    let before = here.held().await;
    assert_eq!(here.apply(&text).await, Ok(0), "what it says is so already");
    assert_eq!(here.held().await, before);
    // The other one is tried first since a rotation: that is no difference from the file.
    here.release().await;
    here.secret(json!({"prefer": 2})).await;
    assert_eq!(here.apply(&text).await, Ok(0));
    assert_eq!(here.held().await.iter().map(|slot| slot.2).collect::<Vec<_>>(), [false, true]);

    let there = Place::new().await;
    let moved = text.replace(here.folder.path().to_str().unwrap(), there.folder.path().to_str().unwrap());
    assert_eq!(there.apply(&moved).await, Ok(1));
    let held = there.held().await;
    assert_eq!(held.len(), 2, "{held:?}");
    assert_eq!(held[1], ("file".to_owned(), json!(there.file("second")), false));
    assert_eq!(there.apply(&moved).await, Ok(0), "once");
    assert_eq!(there.app.audit("kind=integration.changed").await.len(), 1);
}

#[tokio::test]
async fn a_second_secret_that_is_only_stored_is_said_to_be_set_and_left_alone() {
    let place = Place::new().await;
    place.make().await;
    place.secret(json!({"file": place.file("first")})).await;
    place.secret(json!({"add": STORED})).await;
    let text = place.export().await;
    assert!(text.contains("secondClientSecret: set, not exported"), "{text}");
    let before = place.held().await;
    assert_eq!(place.apply(&text).await, Ok(0));
    assert_eq!(place.held().await, before);
    // Without the line nothing happens to it either; named, it is replaced.
    assert_eq!(place.apply(&text.replace("    secondClientSecret: set, not exported\n", "")).await, Ok(0));
    assert_eq!(place.held().await, before);
    let named = format!("secondClientSecretFile: {}", place.file("second"));
    assert_eq!(place.apply(&text.replace("secondClientSecret: set, not exported", &named)).await, Ok(1));
    assert_eq!(place.held().await[1].1, json!(place.file("second")));
    // One secret alone has no second line.
    place.release().await;
    place.secret(json!({"remove": 2})).await;
    assert!(!place.export().await.contains("\n    secondClientSecret"), "one secret");
}

#[tokio::test]
async fn what_is_wrong_with_a_second_secret_is_told_with_file_and_line() {
    let place = Place::new().await;
    place.make().await;
    place.secret(json!({"file": place.file("first")})).await;
    let text = |line: &str| {
        format!(
            "integrations:\n  - name: corp\n    label: Corp\n    issuer: https://idp.example.com\n    clientId: x\n    \
             {line}\n"
        )
    };
    let (bad, missing) = (place.file("../elsewhere"), place.file("nothing"));
    for (line, problem) in [
        (
            "secondClientSecret: canary-in-the-file".to_owned(),
            "secondClientSecret: Keep the secret out of the file",
        ),
        (
            format!("secondClientSecretFile: {missing}"),
            "secondClientSecretFile: Set the environment variable",
        ),
        (format!("secondClientSecretFile: {bad}"), "secondClientSecretFile: "),
        ("secondClientSecretEnv: HOME".to_owned(), "secondClientSecretEnv: "),
        ("secondClientSecretEnv: ''".to_owned(), "secondClientSecretEnv: Enter a value."),
    ] {
        let problems = place.apply(&text(&line)).await.unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with(&format!("f.yaml:6: integrations.0.{problem}")), "{problems:?}");
        assert!(!problems[0].contains("canary"), "{problems:?}");
    }
    assert_eq!(place.held().await.len(), 1, "nothing half-done");
}
