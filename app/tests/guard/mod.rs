//! Changes that no way in is known to survive, and what becomes of a client secret that was typed into a form which was
//! refused: without scripts, as the server draws it.

use crate::support::{
    Answered, Console, Who,
    fake::Mood,
    html::{all, posted, problems, text},
    sample,
};
use app::{error::AppError, functions::ctx::RequestFacts};
use domain::{
    api::{GroupsSeen, GroupsState, MyGroups},
    form::{IntegrationForm, KeptSecret},
    problem::ProblemCode,
    time::Timestamp,
};
use leptos::server_fn::error::ServerFnUrlError;
use scraper::Html;

/// The address a plain form comes back to when this function refused it so.
fn refused(page: &str, function: &str, code: ProblemCode) -> String {
    let error = ServerFnUrlError::new(function, AppError::refused(code));
    let url = error.to_url(&format!("http://console.test{page}")).unwrap();
    format!("{}?{}", url.path(), url.query().unwrap())
}

async fn shown(console: &Console, path: &str) -> Answered {
    let page = console.get(path, Who::Owner, RequestFacts::default()).await;
    assert_eq!(problems(&page.body), Vec::<String>::new(), "{path}");
    page
}

fn main_of(page: &Answered) -> String {
    text(all(&Html::parse_document(&page.body), "main")[0])
}

/// The button that sends a form provisionally: which form that is, and what the button says.
fn offer(page: &Answered) -> Option<(String, String)> {
    let html = Html::parse_document(&page.body);
    let button = all(&html, "button[form][name=provisional][value=on]").into_iter().next()?;
    let form = button.value().attr("form").unwrap().to_owned();
    let action = all(&html, &format!("form[id='{form}']"))[0].value().attr("action").unwrap().to_owned();
    Some((action, text(button)))
}

#[tokio::test]
async fn what_is_refused_for_the_sake_of_the_ways_in_is_offered_for_ten_minutes_and_nothing_else_is() {
    let console = Console::new(Mood::Filled);
    for (page, action, label) in [
        ("/integrations/corp", "/fn/integrations/update", "Save provisionally (10 minutes)"),
        ("/integrations/okta", "/fn/integrations/set_enabled", "Enable provisionally (10 minutes)"),
        (
            "/integrations/new?preset=oidc",
            "/fn/integrations/create",
            "Save and enable provisionally (10 minutes)",
        ),
        ("/mapping-rules/R1", "/fn/rules/update", "Save provisionally (10 minutes)"),
        ("/mapping-rules/R1", "/fn/rules/remove", "Remove provisionally (10 minutes)"),
    ] {
        assert_eq!(offer(&shown(&console, page).await), None, "{page}");
        for code in [ProblemCode::WayInUnproven, ProblemCode::LastWayIn] {
            let answered = shown(&console, &refused(page, action, code)).await;
            let wanted = (action.to_owned(), label.to_owned());
            assert_eq!(offer(&answered), Some(wanted), "{page} {code:?}");
            assert!(main_of(&answered).contains("taken back by itself after 10 minutes"), "{page}");
        }
        for code in [ProblemCode::Stale, ProblemCode::ChangePending, ProblemCode::LastOwner] {
            let answered = shown(&console, &refused(page, action, code)).await;
            assert_eq!(offer(&answered), None, "{page} {code:?}");
        }
    }
}

#[tokio::test]
async fn the_offered_button_makes_the_change_provisional() {
    let console = Console::new(Mood::Filled);
    for (page, action) in [
        ("/integrations/corp", "/fn/integrations/update"),
        ("/integrations/okta", "/fn/integrations/set_enabled"),
        ("/mapping-rules/R1", "/fn/rules/update"),
        ("/mapping-rules/R1", "/fn/rules/remove"),
    ] {
        let answered = shown(&console, page).await;
        let mut fields = posted(&answered.body, action);
        assert!(!fields.iter().any(|(name, _)| name == "provisional"), "{page}");
        console.post(action, page, &fields, Who::Owner).await;
        assert!(!console.fake.given().provisional, "{page}");
        fields.push(("provisional".to_owned(), "on".to_owned()));
        console.post(action, page, &fields, Who::Owner).await;
        assert!(std::mem::take(&mut console.fake.given().provisional), "{page}");
    }
    let fields: Vec<(String, String)> = IntegrationFormFields::of(&sample::settings("corp"))
        .0
        .into_iter()
        .chain([("provisional".to_owned(), "on".to_owned())])
        .collect();
    console.post("/fn/integrations/create", "/integrations/new?preset=oidc", &fields, Who::Owner).await;
    let given = console.fake.given();
    assert_eq!(
        (given.enabled, given.provisional),
        (Some(true), true),
        "only what is enabled can be refused so"
    );
}

/// A form as a browser sends it.
struct IntegrationFormFields(Vec<(String, String)>);

impl IntegrationFormFields {
    fn of(settings: &domain::integration::IntegrationSettings) -> Self {
        let form = serde_json::to_value(IntegrationForm::from_settings(settings, None)).unwrap();
        let members = form.as_object().unwrap().iter();
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        Self(members.filter_map(|(name, value)| Some((format!("form[{name}]"), text(value)?))).collect())
    }
}

#[tokio::test]
async fn an_import_that_would_be_refused_is_offered_for_ten_minutes() {
    let console = Console::new(Mood::Filled);
    let action = app::routes::POST_IMPORT_MAKE;
    let has = |page: &Answered| posted(&page.body, action).iter().any(|(name, _)| name == "provisional");
    let plain = shown(&console, "/integrations/import?plan=other").await;
    assert!(!has(&plain));
    let unproven = shown(&console, "/integrations/import?plan=unproven").await;
    assert!(has(&unproven));
    assert!(main_of(&unproven).contains("Make it as in the file for 10 minutes"));
    let waits = shown(&console, "/integrations/import?plan=waits").await;
    assert!(!has(&waits));
    assert!(main_of(&waits).contains(ProblemCode::ChangePending.message()));
    let refused = shown(&console, &app::routes::import_refused("unproven", "way_in_unproven")).await;
    assert!(has(&refused) && main_of(&refused).contains("Not imported"));
    let odd = shown(&console, "/integrations/import?plan=other&refused=EVIL").await;
    assert!(!main_of(&odd).contains("EVIL") && !main_of(&odd).contains("Not imported"));
}

#[tokio::test]
async fn a_typed_secret_that_is_kept_goes_on_without_being_shown() {
    let console = Console::new(Mood::Filled);
    let action = "/fn/integrations/update";
    let settings = sample::settings("okta");
    let kept = KeptSecret::of(&IntegrationForm::from_settings(&settings, None));
    let is_on = |page: &Answered| posted(&page.body, action).iter().any(|(name, _)| name == "kept_secret");
    console.fake.given().kept = Some(kept.clone());
    assert!(
        !is_on(&shown(&console, "/integrations/okta").await),
        "a page that is simply opened keeps nothing"
    );
    let back = refused("/integrations/okta", action, ProblemCode::WayInUnproven);
    let page = shown(&console, &back).await;
    assert!(is_on(&page) && main_of(&page).contains("Typed, not saved yet"));
    console.post(action, "/integrations/okta", &posted(&page.body, action), Who::Owner).await;
    assert!(console.fake.given().is_secret_kept);
    console.fake.given().kept = None;
    assert!(!is_on(&shown(&console, &back).await));
}

#[tokio::test]
async fn the_comparison_takes_a_typed_secret_along_unless_the_other_one_led_it_elsewhere() {
    let console = Console::new(Mood::Filled);
    let action = "/fn/integrations/update";
    let stale = refused("/integrations/okta", action, ProblemCode::Stale);
    let merged = sample::conflict().merged;
    let in_panel = |page: &Answered| {
        let html = Html::parse_document(&page.body);
        all(&html, ".callout form input[name=kept_secret]").len()
    };
    let none = shown(&console, &stale).await;
    assert!(!main_of(&none).contains("client secret you typed") && in_panel(&none) == 0);
    console.fake.given().kept = Some(KeptSecret::of(&merged));
    let kept = shown(&console, &stale).await;
    assert!(main_of(&kept).contains("The client secret you typed is kept, and saved with it."));
    assert_eq!(in_panel(&kept), 1);
    console.fake.given().kept =
        Some(KeptSecret { issuer: "https://other.example".to_owned(), ..KeptSecret::of(&merged) });
    let elsewhere = shown(&console, &stale).await;
    assert!(main_of(&elsewhere).contains("the one you typed is not saved") && in_panel(&elsewhere) == 0);
}

#[tokio::test]
async fn a_person_is_told_when_no_groups_came_and_what_to_do() {
    let console = Console::new(Mood::Filled);
    let said = async |state, count| {
        let seen = GroupsSeen { state, count, at: Timestamp::from_ms(0) };
        console.fake.given().groups = Some(MyGroups { integration: "corp".to_owned(), seen });
        main_of(&shown(&console, "/me").await)
    };
    for (state, words) in [
        (GroupsState::Missing, "Your sign-in service sent no groups"),
        (GroupsState::Came, "You are in no group"),
        (GroupsState::Unreadable, "Your groups could not be read"),
    ] {
        let page = said(state, 0).await;
        assert!(page.contains(words) && page.contains("Ask your administrator"), "{page}");
    }
    let page = said(GroupsState::Came, 2).await;
    assert!(!page.contains("group, so no role"), "{page}");
    console.fake.given().groups = None;
    assert!(!main_of(&shown(&console, "/me").await).contains("Your groups could not be read"));
}

#[tokio::test]
async fn an_issuer_is_asked_for_only_where_it_is_needed_and_every_endpoint_has_a_field() {
    let console = Console::new(Mood::Filled);
    for (preset, is_required) in [("oidc", true), ("github", false), ("keycloak", true), ("oauth2", false)] {
        let page = shown(&console, &format!("/integrations/new?preset={preset}")).await;
        let html = Html::parse_document(&page.body);
        let issuer = all(&html, "input[name='form[issuer]']")[0].value().attr("required").is_some();
        assert_eq!(issuer, is_required, "{preset}");
        let id = all(&html, "input[name='form[issuer]']")[0].value().attr("id").unwrap().to_owned();
        let label = text(all(&html, &format!("label[for='{id}']"))[0]);
        assert_eq!(label.contains("optional"), !is_required, "{label}");
        assert_eq!(all(&html, "input[name='form[endpoint_end_session]']").len(), 1);
    }
}

#[tokio::test]
async fn an_address_that_is_not_served_is_not_asked_to_be_registered() {
    let console = Console::new(Mood::Filled);
    for path in [
        "/integrations/new?preset=keycloak",
        "/integrations/new?preset=authentik",
        "/integrations/okta?created=1",
    ] {
        let page = main_of(&shown(&console, path).await);
        let asks = page.contains("/oidc/backchannel-logout/");
        assert_eq!(asks, domain::preset::SERVES_BACKCHANNEL_LOGOUT, "{path}");
        assert_eq!(page.contains("Not needed yet"), !asks, "{path}");
        assert!(page.contains("/signed-out") && page.contains("/login/oauth2/code/"), "{path}");
    }
}
