use domain::{access::Caller, form::FieldCode};
use fake_idp::Fault;
use server::service::{ServiceError, integrations};

use crate::support::TestApp;

async fn refused(app: &TestApp, issuer: &str) -> FieldCode {
    let caller = Caller::host("test");
    match integrations::discover(&app.core, &caller, issuer).await {
        Err(ServiceError::Fields(fields)) => {
            let all: Vec<_> = fields.iter().collect();
            assert_eq!((all.len(), all[0].field.as_str()), (1, "issuer"), "{all:?}");
            all[0].code.clone()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn discovery_says_what_the_provider_offers() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    let found = integrations::discover(&app.core, &Caller::host("test"), &idp.issuer()).await.unwrap();
    assert_eq!(found.issuer, idp.issuer());
    assert!(found.token.starts_with(&idp.origin()), "{found:?}");
    assert!(found.pkce, "{found:?}");
}

#[tokio::test]
async fn what_is_wrong_with_an_issuer_is_told_at_its_field() {
    let app = TestApp::new().await;
    let idp = app.idp().await;
    assert_eq!(refused(&app, "").await, FieldCode::Required);
    assert_eq!(refused(&app, "idp").await, FieldCode::BadUrl);
    // Nothing listens on port 9 (discard) of loopback.
    assert_eq!(refused(&app, "http://127.0.0.1:9/").await, FieldCode::ProviderUnreachable);
    assert_eq!(refused(&app, "https://10.0.0.1/").await, FieldCode::AddressRefused);
    idp.set_fault(Some(Fault::DiscoveryIssuerMismatch));
    assert_eq!(refused(&app, &idp.issuer()).await, FieldCode::IssuerMismatch);
    let strict = TestApp::with(|config| config.outbound.allow_http = false).await;
    assert_eq!(refused(&strict, &idp.issuer()).await, FieldCode::NotHttps);
}
