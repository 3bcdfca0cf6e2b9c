use domain::{
    integration::IntegrationSettings,
    login_failure::LoginFailure,
    probe::{ProbeReport, ProbeState, ProbeStep, SignInProblem, SignInTest},
    secret::Secret,
};
use store::{NewProbe, ProbeAttempt};

use crate::support::on_every_database;

fn attempt(state: char) -> ProbeAttempt {
    ProbeAttempt {
        state_hash: state.to_string().repeat(64),
        browser_hash: "b".repeat(64),
        issuer: "https://idp.example".to_owned(),
        nonce: Secret::new("the nonce"),
        pkce_verifier: Secret::new("the verifier"),
    }
}

#[test]
fn a_run_is_its_users_alone_and_ends_with_its_time() {
    on_every_database(async |t| {
        let (ada, bob) = (t.user("ada").await, t.user("bob").await);
        let settings = IntegrationSettings { name: "corp".to_owned(), ..IntegrationSettings::default() };
        let new = NewProbe::Draft(Box::new(settings.clone()), Some(Secret::new("hunter2")));
        let until = t.now().plus_minutes(15);
        let mut tx = t.db.begin().await.unwrap();
        let id = tx.probe_runs().insert(&new, &ada, until).await.unwrap();
        assert!(tx.probe_runs().find(&id, &bob, t.now()).await.unwrap().is_none());
        assert!(tx.probe_runs().find(&id, &ada, until).await.unwrap().is_none(), "over");
        let run = tx.probe_runs().find(&id, &ada, t.now()).await.unwrap().unwrap();
        assert_eq!((run.settings, run.stage, run.finished), (Some(settings), 1, false));
        assert_eq!(run.secret.unwrap().expose(), "hunter2");
        assert_eq!(run.sign_in, SignInTest::NotBegun);
        let steps = [ProbeReport::new(ProbeStep::Address, ProbeState::Ok, "It resolves.")];
        tx.probe_runs().set_steps(&id, &steps, true).await.unwrap();
        let run = tx.probe_runs().find(&id, &ada, t.now()).await.unwrap().unwrap();
        assert_eq!((run.steps.as_slice(), run.stage, run.finished), (&steps[..], 2, true));
        tx.commit().await.unwrap();
        let rows: Vec<(String,)> = t.look("select secret from probe_run").await;
        assert!(rows[0].0.starts_with("v1."), "{rows:?}");
        let mut tx = t.db.begin().await.unwrap();
        assert_eq!(tx.probe_runs().purge(t.now()).await.unwrap(), 0);
        assert_eq!(tx.probe_runs().purge(until).await.unwrap(), 1);
    });
}

#[test]
fn a_tried_sign_in_is_consumed_once_and_by_its_user() {
    on_every_database(async |t| {
        let (ada, bob) = (t.user("ada").await, t.user("bob").await);
        let corp = t.integration("corp").await;
        let (now, until) = (t.now(), t.now().plus_minutes(15));
        let mut tx = t.db.begin().await.unwrap();
        let id = tx.probe_runs().insert(&NewProbe::Stored(corp.id), &ada, until).await.unwrap();
        let first = attempt('a');
        tx.probe_runs().begin_sign_in(&id, &first).await.unwrap();
        let run = tx.probe_runs().find(&id, &ada, now).await.unwrap().unwrap();
        assert_eq!(run.sign_in, SignInTest::Waiting);
        assert_eq!(tx.probe_runs().owner_of_state(&first.state_hash).await.unwrap(), Some(ada.clone()));
        assert_eq!(tx.probe_runs().owner_of_state(&"c".repeat(64)).await.unwrap(), None);
        assert!(tx.probe_runs().consume(&first.state_hash, &bob, now).await.unwrap().is_none());
        assert!(tx.probe_runs().consume(&first.state_hash, &ada, until).await.unwrap().is_none());
        let (found, attempt) = tx.probe_runs().consume(&first.state_hash, &ada, now).await.unwrap().unwrap();
        assert_eq!((found.as_str(), attempt.nonce.expose()), (id.as_str(), "the nonce"));
        assert_eq!(attempt.pkce_verifier.expose(), "the verifier");
        assert!(tx.probe_runs().consume(&first.state_hash, &ada, now).await.unwrap().is_none(), "once");
        let outcome = SignInTest::Failed(SignInProblem {
            failure: LoginFailure::ClientRejected,
            cause: Some("canary".to_owned()),
            said: None,
        });
        tx.probe_runs().finish_sign_in(&id, &first.state_hash, &outcome).await.unwrap();
        let run = tx.probe_runs().find(&id, &ada, now).await.unwrap().unwrap();
        assert_eq!(run.sign_in, outcome);
        tx.commit().await.unwrap();
        let rows: Vec<(String,)> = t.look("select outcome from probe_run").await;
        assert!(rows[0].0.starts_with("v1.") && !rows[0].0.contains("canary"), "{rows:?}");
    });
}

#[test]
fn the_answer_to_an_older_sign_in_does_not_replace_a_newer_one() {
    on_every_database(async |t| {
        let ada = t.user("ada").await;
        let corp = t.integration("corp").await;
        let mut tx = t.db.begin().await.unwrap();
        let until = t.now().plus_minutes(15);
        let id = tx.probe_runs().insert(&NewProbe::Stored(corp.id), &ada, until).await.unwrap();
        tx.probe_runs().begin_sign_in(&id, &attempt('a')).await.unwrap();
        tx.probe_runs().begin_sign_in(&id, &attempt('d')).await.unwrap();
        let outcome = SignInTest::Failed(SignInProblem {
            failure: LoginFailure::ProviderRefused,
            cause: None,
            said: None,
        });
        tx.probe_runs().finish_sign_in(&id, &attempt('a').state_hash, &outcome).await.unwrap();
        let run = tx.probe_runs().find(&id, &ada, t.now()).await.unwrap().unwrap();
        assert_eq!(run.sign_in, SignInTest::Waiting);
    });
}
