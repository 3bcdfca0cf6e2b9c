//! Every page, rendered by the real router with a fake engine, in every state.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod guard;
mod support;

use std::collections::BTreeSet;

use app::{error::AppError, functions::ctx::RequestFacts, routes};
use domain::{
    form::{ConditionForm, FieldCode, FieldErrors, IntegrationForm, RuleForm},
    login_failure::LoginFailure,
    problem::ProblemCode,
    target::Level,
};
use scraper::Html;
use support::{
    Console, Who,
    fake::Mood,
    html::{all, posted, problems, text},
    mounted, sample,
};

const PAGES: [&str; 70] = [
    "/sign-in",
    "/sign-in?error=wrong_credentials&reference=ref-1&return_to=%2Fme",
    "/sign-in?error=nonsense",
    "/sign-in/failed",
    "/sign-in/failed?code=issuer_mismatch&reference=ref-1",
    "/signed-out",
    "/me",
    "/me?changed=password",
    "/me/password",
    "/integrations",
    "/integrations/new",
    "/integrations/new?preset=keycloak",
    "/integrations/new?preset=github",
    "/integrations/new?preset=oidc&probe=DRAFT&claim_groups=roles",
    "/integrations/new/probe",
    "/integrations/new/probe?run=DRAFT",
    "/integrations/new/probe?run=DRAFT-WAITING",
    "/integrations/new/probe?run=DRAFT-FAILED&tried=1",
    "/integrations/new/probe?run=DRAFT-DONE-REFUSED-NONE",
    "/integrations/corp/probe",
    "/integrations/corp/probe?run=STORED-DONE&tried=1",
    "/integrations/corp?claim_groups=realm_access.roles",
    "/integrations/import",
    "/integrations/import?nothing=1",
    "/integrations/import?plan=new",
    "/integrations/import?plan=same",
    "/integrations/import?plan=other",
    "/integrations/import?plan=wrong",
    "/integrations/import?plan=unproven",
    "/integrations/import?plan=unproven&refused=way_in_unproven",
    "/integrations/import?plan=waits",
    "/integrations/corp",
    "/integrations/corp?saved=1",
    "/integrations/okta?created=1",
    "/integrations/corp/watch",
    "/integrations/corp/disable",
    "/integrations/corp/delete",
    "/integrations/corp/secrets",
    "/integrations/corp/secrets?remove=2",
    "/integrations/okta/secrets?done=add",
    "/integrations/corp/history",
    "/integrations/corp/history/3",
    "/mapping-rules",
    "/mapping-rules?group=x&level=project&cursor=1",
    "/mapping-rules?finding=shadowed",
    "/mapping-rules?changed=3",
    "/mapping-rules/import",
    "/mapping-rules/import?report=right",
    "/mapping-rules/import?report=wrong",
    "/mapping-rules/new",
    "/mapping-rules/R1",
    "/mapping-rules/R3",
    "/mapping-rules/R4",
    "/organizations",
    "/organizations?done=deleted",
    "/organizations/new",
    "/organizations/aa01",
    "/organizations/aa01?done=created",
    "/organizations/aa01/delete",
    "/projects/bb01",
    "/projects/bb01/delete",
    "/roles",
    "/roles/new",
    "/roles/new?organization=aa01",
    "/roles/GROUP_ON_CALL",
    "/roles/GROUP_ON_CALL/delete",
    "/audit",
    "/audit?outcome=failure&from=yesterday&cursor=1",
    "/audit/E1",
    "/audit/E2",
];

async fn get(mood: Mood, who: Who, path: &str) -> support::Answered {
    Console::new(mood).get(path, who, RequestFacts::default()).await
}

#[tokio::test]
async fn every_page_keeps_the_rules_of_markup_in_every_state() {
    let moods = [
        Mood::Filled,
        Mood::Empty,
        Mood::Failing(ProblemCode::Forbidden),
        Mood::Failing(ProblemCode::NotFound),
        Mood::Failing(ProblemCode::Unavailable),
    ];
    let mut found = Vec::new();
    for mood in moods {
        for who in [Who::Owner, Who::Viewer, Who::Member, Who::OneTime, Who::Nobody] {
            let console = Console::new(mood);
            for path in PAGES {
                let page = console.get(path, who, RequestFacts::default()).await;
                for problem in problems(&page.body) {
                    found.push(format!("{path} {mood:?} {who:?}: {problem}"));
                }
            }
        }
    }
    assert!(found.is_empty(), "{} problems:\n{}", found.len(), found[..found.len().min(40)].join("\n"));
}

#[tokio::test]
async fn the_router_has_exactly_the_pages_of_the_table_and_renders_them_whole() {
    let mounted = mounted();
    let have: BTreeSet<String> = mounted.iter().map(|(path, _)| path.clone()).collect();
    let want: BTreeSet<String> = routes::PAGES.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(have, want);
    assert!(mounted.iter().all(|(_, is_async)| *is_async), "{mounted:?}");
}

#[tokio::test]
async fn an_unknown_address_is_a_404_with_a_page() {
    let page = get(Mood::Filled, Who::Owner, "/nowhere/at/all").await;
    assert_eq!(page.status, 404);
    assert_eq!(problems(&page.body), Vec::<String>::new());
}

#[tokio::test]
async fn a_refusal_sets_the_pages_status() {
    for code in [ProblemCode::Forbidden, ProblemCode::NotFound, ProblemCode::Unavailable] {
        for path in ["/integrations", "/integrations/corp", "/audit/E1"] {
            let page = get(Mood::Failing(code), Who::Owner, path).await;
            assert_eq!(page.status.as_u16(), code.status(), "{path}");
        }
    }
    assert_eq!(get(Mood::Filled, Who::Owner, "/mapping-rules/R99").await.status, 404);
    assert_eq!(get(Mood::Filled, Who::Owner, "/audit/..%2Fx").await.status, 404);
}

#[tokio::test]
async fn the_start_leads_to_what_the_person_may_see() {
    for (who, to) in [
        (Who::Owner, routes::INTEGRATIONS),
        (Who::Viewer, routes::INTEGRATIONS),
        (Who::Member, routes::ME),
        (Who::OneTime, routes::PASSWORD),
        (Who::Nobody, routes::SIGN_IN),
    ] {
        let page = get(Mood::Filled, who, "/").await;
        assert_eq!((page.status.as_u16(), page.location.as_deref()), (302, Some(to)), "{who:?}");
    }
}

#[tokio::test]
async fn navigation_and_buttons_show_only_what_is_allowed() {
    let links = |body: &str| -> BTreeSet<String> {
        let page = Html::parse_document(body);
        all(&page, "nav a").into_iter().map(|link| link.value().attr("href").unwrap().to_owned()).collect()
    };
    let set = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<BTreeSet<_>>();
    let every = set(&[
        routes::INTEGRATIONS,
        routes::RULES,
        routes::ORGANIZATIONS,
        routes::ROLES,
        routes::ME,
        routes::AUDIT,
    ]);
    for (who, want) in [
        (Who::Owner, every.clone()),
        (Who::Viewer, every),
        (Who::Member, set(&[routes::ME])),
        (Who::OneTime, set(&[routes::ME])),
    ] {
        assert_eq!(links(&get(Mood::Filled, who, "/me").await.body), want, "{who:?}");
    }
    for path in
        ["/integrations", "/integrations/corp", "/integrations/okta", "/mapping-rules", "/mapping-rules/R1"]
    {
        let has = |body: &str| {
            let page = Html::parse_document(body);
            let change = ["/fn/integrations/", "/fn/rules/"];
            let buttons = all(&page, "main form button[type=submit]").len()
                + all(&page, "main a[href$=\"/new\"]").len();
            let posts = all(&page, "main form[method=post]")
                .into_iter()
                .filter(|form| {
                    change.iter().any(|start| form.value().attr("action").unwrap().starts_with(start))
                })
                .count();
            (buttons, posts)
        };
        let owner = has(&get(Mood::Filled, Who::Owner, path).await.body);
        let viewer = has(&get(Mood::Filled, Who::Viewer, path).await.body);
        assert!(owner.0 > viewer.0, "{path}: {owner:?} {viewer:?}");
    }
}

#[tokio::test]
async fn a_title_with_markup_stays_text() {
    let answered = get(Mood::Filled, Who::Owner, "/integrations/corp").await;
    assert!(answered.body.contains("<title>Sign in with &lt;Corp> &amp; \"Sons\" · Latchkey</title>"));
}

#[tokio::test]
async fn the_document_carries_theme_nonce_and_assets() {
    let console = Console::new(Mood::Filled);
    let dark = RequestFacts { theme: Some("dark".to_owned()), ..RequestFacts::default() };
    let odd = RequestFacts { theme: Some("\" onload=\"x".to_owned()), ..RequestFacts::default() };
    let page = Html::parse_document(&console.get("/me/password", Who::Owner, dark).await.body);
    assert_eq!(page.root_element().value().attr("data-theme"), Some("dark"));
    let pressed = all(&page, "button[name=theme][aria-pressed=true]");
    assert!(!pressed.is_empty() && pressed.iter().all(|button| button.value().attr("value") == Some("dark")));
    let page = Html::parse_document(&console.get("/me/password", Who::Owner, odd).await.body);
    assert_eq!(page.root_element().value().attr("data-theme"), None);
    assert_eq!(all(&page, "link[rel=stylesheet][href=\"/pkg/main.0123.css\"]").len(), 1);
    let scripts: String =
        all(&page, "script[type=module]").into_iter().map(|script| script.inner_html()).collect();
    assert!(
        scripts.contains("/pkg/latchkey.0123.js") && scripts.contains("/pkg/latchkey.0123.wasm"),
        "{scripts}"
    );
    let nonces: BTreeSet<_> =
        all(&page, "script").into_iter().map(|script| script.value().attr("nonce")).collect();
    assert_eq!(nonces.len(), 1, "{nonces:?}");
}

#[tokio::test]
async fn a_page_that_needs_no_script_carries_no_module() {
    let console = Console::new(Mood::Filled);
    for path in ["/me", "/mapping-rules", "/integrations/corp/secrets", "/audit"] {
        let page = Html::parse_document(&console.get(path, Who::Owner, RequestFacts::default()).await.body);
        assert_eq!(page.root_element().value().attr("data-document"), Some("true"), "{path}");
        let loads = "script[type=module], script[src], link[rel=modulepreload], link[rel=preload]";
        assert!(all(&page, loads).is_empty(), "{path}");
        assert_eq!(all(&page, "link[rel=stylesheet]").len(), 1, "{path}");
    }
}

#[tokio::test]
async fn the_sign_in_page_puts_the_last_used_first_and_carries_the_return_target() {
    let console = Console::new(Mood::Filled);
    let facts = RequestFacts { last_integration: Some("okta".to_owned()), ..RequestFacts::default() };
    let page = console.get("/sign-in?return_to=%2Faudit%3Fkind%3Dx", Who::Nobody, facts).await;
    let html = Html::parse_document(&page.body);
    let buttons: Vec<_> = all(&html, "a.provider-button").into_iter().map(text).collect();
    assert!(buttons[0].contains("Okta") && buttons[0].contains("Last used"), "{buttons:?}");
    assert!(!buttons[1].contains("Last used"), "{buttons:?}");
    let href = all(&html, "a.provider-button")[0].value().attr("href").unwrap().to_owned();
    assert_eq!(href, "/oauth2/authorization/okta?return_to=%2Faudit%3Fkind%3Dx");
    let fields = posted(&page.body, routes::POST_SIGN_IN);
    assert!(fields.contains(&("return_to".to_owned(), "/audit?kind=x".to_owned())), "{fields:?}");
}

#[tokio::test]
async fn a_failed_sign_in_shows_words_for_every_code_and_nothing_of_the_address() {
    for failure in LoginFailure::ALL {
        for path in ["/sign-in/failed?code=", "/sign-in?error="] {
            let page = get(Mood::Filled, Who::Nobody, &format!("{path}{failure}&reference=ref-1")).await;
            let title = app::text::login_failure(*failure).title;
            let html = Html::parse_document(&page.body);
            assert!(text(all(&html, "main")[0]).contains(title), "{failure}");
        }
    }
    for path in ["/sign-in/failed?code=", "/sign-in?error="] {
        let page = get(Mood::Filled, Who::Nobody, &format!("{path}EVIL&reference=call%20555%20EVIL")).await;
        let html = Html::parse_document(&page.body);
        assert!(!text(all(&html, "body")[0]).contains("EVIL"));
        assert!(text(all(&html, "main")[0]).contains(app::text::UNKNOWN_FAILURE.title));
    }
}

#[tokio::test]
async fn the_edit_form_posts_back_exactly_what_is_stored() {
    let console = Console::new(Mood::Filled);
    let page = console.get("/integrations/corp", Who::Owner, RequestFacts::default()).await;
    let action = "/fn/integrations/update";
    let answer = console.post(action, "/integrations/corp", &posted(&page.body, action), Who::Owner).await;
    assert_eq!(answer.location.as_deref(), Some("/integrations/corp?saved=1"));
    let want = IntegrationForm::from_settings(&sample::settings("corp"), Some(7));
    assert_eq!(console.fake.given().integration.as_ref(), Some(&want));
}

#[tokio::test]
async fn the_rule_form_posts_back_exactly_what_is_stored() {
    let console = Console::new(Mood::Filled);
    for rule in sample::rules() {
        let path = routes::rule(rule.id.as_str());
        let page = console.get(&path, Who::Owner, RequestFacts::default()).await;
        let answer = console
            .post("/fn/rules/update", &path, &posted(&page.body, "/fn/rules/update"), Who::Owner)
            .await;
        assert_eq!(answer.location.as_deref(), Some(routes::RULES));
        let target = if rule.level == Level::Global { "global".to_owned() } else { rule.target.unwrap() };
        let blank = [ConditionForm::default(), ConditionForm::default()];
        let want = RuleForm {
            integration: rule.integration.unwrap_or_default(),
            group: rule.group,
            conditions: rule.conditions.iter().map(ConditionForm::of).chain(blank).collect(),
            role: rule.role.to_string(),
            target,
            level: rule.level.to_string(),
            enabled: rule.enabled.then(|| "on".to_owned()),
            revision: "3".to_owned(),
            more_groups: String::new(),
        };
        assert_eq!(console.fake.given().rule.as_ref(), Some(&want));
    }
}

#[tokio::test]
async fn a_refused_form_comes_back_with_its_values_and_its_errors_without_scripts() {
    let console = Console::new(Mood::Filled);
    let blank = console.get("/integrations/new?preset=oidc", Who::Owner, RequestFacts::default()).await;
    let action = "/fn/integrations/create";
    let mut fields = posted(&blank.body, action);
    for (name, value) in &mut fields {
        match name.as_str() {
            "form[label]" => *value = "Corp <SSO>".to_owned(),
            "form[issuer]" => *value = "not a url".to_owned(),
            "form[name]" => value.clear(),
            "client_secret" => *value = "hunter2".to_owned(),
            _ => {}
        }
    }
    fields.retain(|(name, _)| name != "form[create_users]");
    let answer = console.post(action, "/integrations/new?preset=oidc", &fields, Who::Owner).await;
    assert!(console.fake.given().has_secret);
    assert_eq!(answer.status, 302);
    let location = answer.location.unwrap();
    assert!(!location.contains("hunter2"), "{location}");
    let back = location.strip_prefix("http://console.test").unwrap();
    fields.retain(|(name, _)| name != "client_secret");
    let facts = RequestFacts { draft: fields.clone(), ..RequestFacts::default() };
    let page = console.get(back, Who::Owner, facts).await;
    assert_eq!(problems(&page.body), Vec::<String>::new());
    let html = Html::parse_document(&page.body);
    let summary = all(&html, "[role=alert]");
    assert!(summary.iter().any(|alert| text(*alert).contains("Issuer: Enter a whole URL")), "{summary:?}");
    let invalid: Vec<_> = all(&html, "[aria-invalid=true]")
        .iter()
        .map(|field| field.value().attr("name").unwrap().to_owned())
        .collect();
    assert_eq!(invalid, ["form[issuer]", "form[name]", "form[client_id]"]);
    let kept = posted(&page.body, action);
    assert!(fields.iter().all(|field| kept.contains(field)), "{fields:?}\n{kept:?}");
    assert!(!kept.iter().any(|(name, _)| name == "form[create_users]"));
}

#[tokio::test]
async fn a_crafted_error_link_puts_no_words_into_the_page() {
    let errors = [
        AppError::Refused { code: ProblemCode::Stale, reference: "call EVIL now".to_owned() },
        AppError::Invalid { fields: FieldErrors::one("EVIL field", FieldCode::Required) },
    ];
    for error in errors {
        let error = leptos::server_fn::error::ServerFnUrlError::new("/fn/integrations/create", error);
        let url = error.to_url("http://console.test/integrations/new?preset=oidc").unwrap();
        let path = format!("{}?{}", url.path(), url.query().unwrap());
        let page = get(Mood::Filled, Who::Owner, &path).await;
        let html = Html::parse_document(&page.body);
        assert!(!text(all(&html, "body")[0]).contains("EVIL"), "{path}");
        assert_eq!(all(&html, "[role=alert]").len(), 1, "{path}");
    }
}

#[tokio::test]
async fn filters_of_the_address_reach_the_engine() {
    let console = Console::new(Mood::Filled);
    let path =
        "/audit?actor=ada&kind=login.failed&outcome=failure&from=2026-05-03T14%3A05&until=bad&reference=r";
    console.get(path, Who::Owner, RequestFacts::default()).await;
    let filter = console.fake.given().audit.clone().unwrap();
    assert_eq!(filter.actor.as_deref(), Some("ada"));
    assert_eq!(filter.kind.as_deref(), Some("login.failed"));
    assert_eq!(filter.from, domain::time::Timestamp::parse("2026-05-03T14:05:00Z"));
    assert_eq!((filter.until, filter.reference.as_deref()), (None, Some("r")));
    console
        .get(
            "/mapping-rules?level=project&role=GROUP_OWNER&integration=",
            Who::Owner,
            RequestFacts::default(),
        )
        .await;
    let filter = console.fake.given().rules.clone().unwrap();
    assert_eq!(filter.level, Some(Level::Project));
    assert_eq!((filter.role.as_deref(), filter.integration), (Some("GROUP_OWNER"), None));
}

#[tokio::test]
async fn what_is_shown_tells_what_it_should() {
    let shown = async |path: &str| {
        let page = get(Mood::Filled, Who::Owner, path).await;
        text(all(&Html::parse_document(&page.body), "main")[0])
    };
    for (path, wanted) in [
        ("/me", "because you are in group platform-admins \u{2014} signed in with corp"),
        ("/me", "given to you by hand"),
        ("/mapping-rules", "Members of platform-admins are Project owner in Atlas / billing ."),
        ("/mapping-rules", "Members of platform-admins are Global owner everywhere ."),
        ("/integrations/okta?created=1", "Register this callback URL at the provider"),
        ("/integrations/corp/disable", "1 session ends at once (ada)."),
        ("/integrations/corp/disable", "3 people have no other way in."),
        ("/integrations/corp/delete", "2 mapping rules of it are removed."),
        ("/integrations/corp/delete", "Global owners who can still sign in: root with a password."),
        ("/audit/E2", "differs by upper and lower case"),
        ("/audit/E1", "label Old New <b>"),
    ] {
        let page = shown(path).await;
        assert!(page.contains(wanted), "{path}: {wanted:?} is not in {page}");
    }
}

#[tokio::test]
async fn who_has_a_one_time_password_is_told_why() {
    let page = get(Mood::Filled, Who::OneTime, "/me/password").await;
    assert!(page.body.contains("one-time password that somebody else has seen"));
    let fields: Vec<_> =
        posted(&page.body, "/fn/access/change_password").into_iter().map(|(name, _)| name).collect();
    assert_eq!(fields, ["current", "new", "repeat"]);
}

#[tokio::test]
async fn every_field_of_either_protocol_is_there_without_scripts_and_says_which_it_is_for() {
    let console = Console::new(Mood::Filled);
    let blank = console.get("/integrations/new?preset=oidc", Who::Owner, RequestFacts::default()).await;
    assert_eq!(problems(&blank.body), Vec::<String>::new());
    let html = Html::parse_document(&blank.body);
    assert!(all(&html, "details[open]").is_empty(), "nobody needs Advanced at first");
    assert!(all(&html, "[hidden] select, [hidden] textarea").is_empty(), "nothing is hidden without scripts");
    for name in ["claim_subject", "pushed_authorization", "max_age", "acr_values", "issuer"] {
        let control = &all(&html, &format!("[name='form[{name}]']"))[0];
        let described = control.value().attr("aria-describedby").unwrap();
        let hint = text(all(&html, &format!("[id='{}']", described.split(' ').next().unwrap()))[0]);
        assert!(hint.contains("OAuth 2.0") || hint.contains("OpenID Connect"), "{name}: {hint}");
    }
    let action = "/fn/integrations/create";
    let mut fields = posted(&blank.body, action);
    for (name, value) in &mut fields {
        match name.as_str() {
            "form[protocol]" => *value = "oauth2".to_owned(),
            "form[label]" | "form[name]" | "form[client_id]" => *value = "corp".to_owned(),
            "form[max_age]" => *value = "60".to_owned(),
            "form[client_auth_method]" => *value = "private_key_jwt".to_owned(),
            "form[extra_authorization_params]" => *value = "state=x".to_owned(),
            _ => {}
        }
    }
    let answer = console.post(action, "/integrations/new", &fields, Who::Owner).await;
    let location = answer.location.unwrap();
    let back = location.strip_prefix("http://console.test").unwrap();
    let facts = RequestFacts { draft: fields.clone(), ..RequestFacts::default() };
    let page = console.get(back, Who::Owner, facts).await;
    assert_eq!(problems(&page.body), Vec::<String>::new());
    let html = Html::parse_document(&page.body);
    assert_eq!(all(&html, "details[open]").len(), 1, "what is wrong is not folded away");
    let invalid: std::collections::BTreeSet<_> =
        all(&html, "[aria-invalid=true]").iter().map(|field| field.value().attr("name").unwrap()).collect();
    let wrong = [
        "form[endpoint_authorization]",
        "form[endpoint_token]",
        "form[endpoint_userinfo]",
        "form[extra_authorization_params]",
        "form[max_age]",
    ];
    assert_eq!(invalid, wrong.into());
    let kept = posted(&page.body, action);
    assert!(fields.iter().all(|field| kept.contains(field)), "{fields:?}\n{kept:?}");
}

#[tokio::test]
async fn a_new_integration_begins_with_a_choice_of_providers() {
    let page = get(Mood::Filled, Who::Owner, "/integrations/new").await;
    let html = Html::parse_document(&page.body);
    let links: Vec<&str> =
        all(&html, "main ul a").iter().filter_map(|link| link.value().attr("href")).collect();
    let want: Vec<String> =
        domain::preset::PRESET_IDS.iter().map(|id| format!("/integrations/new?preset={id}")).collect();
    assert_eq!(links, want);
    assert!(all(&html, "form input[name='form[issuer]']").is_empty(), "the form comes after the choice");

    let page = get(Mood::Filled, Who::Owner, "/integrations/new?preset=keycloak").await;
    let html = Html::parse_document(&page.body);
    let shown = text(all(&html, "main")[0]);
    assert!(shown.contains("Clients → Create client"), "{shown}");
    let urls: Vec<String> = all(&html, ".copyable__value").into_iter().map(text).collect();
    assert_eq!(
        urls[0], "https://console.test/login/oauth2/code/keycloak",
        "plain text, to be copied without scripts"
    );
    assert!(urls.contains(&"https://console.test/oidc/initiate-login".to_owned()), "{urls:?}");
    let issuer = all(&html, "input[name='form[issuer]']")[0].value().attr("value");
    assert_eq!(issuer, Some("https://<host>/realms/<realm>"));
    let other = all(&html, "button[formaction]")[0].value().attr("formaction");
    assert_eq!(other, Some("/fn/probe/begin_draft"));
}

#[tokio::test]
async fn a_probe_shows_each_step_in_words_and_what_to_change() {
    let page = get(Mood::Filled, Who::Owner, "/integrations/corp/probe?run=STORED-FAILED").await;
    let html = Html::parse_document(&page.body);
    let shown = text(all(&html, "main")[0]);
    for words in ["Passed with a warning", "Failed", "Skipped", "Did you mean https://idp.example.com/ ?"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!page.body.contains("<b>markup</b>"), "foreign text is text");
    assert!(shown.contains("Client id or client secret") || shown.contains("invalid_client"), "{shown}");
    let begin = all(&html, "a[href='/probe/STORED-FAILED/sign-in']")[0].value();
    assert_eq!((begin.attr("target"), begin.attr("rel")), (Some("_blank"), Some("external noopener")));
}

#[tokio::test]
async fn a_claim_leads_to_the_form_it_is_proposed_for() {
    let hrefs = |body: &str| -> Vec<String> {
        let html = Html::parse_document(body);
        all(&html, "table a").iter().map(|link| link.value().attr("href").unwrap().to_owned()).collect()
    };
    let stored = get(Mood::Filled, Who::Owner, "/integrations/corp/probe?run=STORED-DONE").await;
    let links = hrefs(&stored.body);
    assert!(links.contains(&"/integrations/corp?claim_groups=realm_access.roles".to_owned()), "{links:?}");
    let draft = get(Mood::Filled, Who::Owner, "/integrations/new/probe?run=DRAFT-DONE").await;
    let links = hrefs(&draft.body);
    let want = "/integrations/new?probe=DRAFT-DONE&claim_groups=realm_access.roles";
    assert!(links.contains(&want.to_owned()), "{links:?}");
    let form = get(Mood::Filled, Who::Owner, "/integrations/corp?claim_groups=realm_access.roles").await;
    let html = Html::parse_document(&form.body);
    let groups = all(&html, "input[name='form[claim_groups]']")[0].value().attr("value");
    assert_eq!(groups, Some("realm_access.roles"));
    let bad = get(Mood::Filled, Who::Owner, "/integrations/corp?claim_groups=.").await;
    assert!(!bad.body.contains("A claim was put into the form"));
}

#[tokio::test]
async fn the_sign_in_page_asks_for_an_address_says_why_passwords_are_on_and_notes_only_what_it_knows() {
    let console = Console::new(Mood::Filled);
    let path = "/sign-in?note=returned&return_to=%2Fme&login_hint=ada%40x&among=corp,evil";
    let page = console.get(path, Who::Nobody, RequestFacts::default()).await;
    let html = Html::parse_document(&page.body);
    let main = text(all(&html, "main")[0]);
    assert!(main.contains("Passwords are on because of Corp <SSO>"), "{main}");
    assert!(main.contains("several times"), "{main}");
    let buttons = all(&html, "a.provider-button");
    assert_eq!(buttons.len(), 1, "only those that are meant");
    let href = buttons[0].value().attr("href").unwrap();
    assert_eq!(href, "/oauth2/authorization/corp?return_to=%2Fme&login_hint=ada%40x");
    assert_eq!(all(&html, "a.provider-button svg").len(), 1, "its drawing");
    let fields = posted(&page.body, routes::POST_HOME_REALM);
    assert!(fields.contains(&("return_to".to_owned(), "/me".to_owned())), "{fields:?}");
    let page = get(Mood::Filled, Who::Nobody, "/sign-in?note=EVIL&among=nobody").await;
    assert!(!page.body.contains("EVIL"));
    let html = Html::parse_document(&page.body);
    assert_eq!(all(&html, "a.provider-button").len(), 2, "a link that fits nothing hides nothing");
}

#[tokio::test]
async fn a_change_that_waits_is_shown_on_every_page_of_the_console() {
    for can_confirm in [false, true] {
        let console = Console::new(Mood::Filled);
        console.fake.given().pending = Some(app::functions::PendingBanner {
            id: domain::id::PendingChangeId::new("P1"),
            summary: "Disable <Corp>".to_owned(),
            seconds_left: 545,
            can_confirm,
        });
        for path in ["/me", "/integrations", "/mapping-rules", "/audit", "/integrations/corp/disable"] {
            let page = console.get(path, Who::Owner, RequestFacts::default()).await;
            let html = Html::parse_document(&page.body);
            let main = text(all(&html, "main")[0]);
            assert!(main.contains("Disable <Corp>") && main.contains("9:05"), "{path}: {main}");
            assert!(main.contains("latchkey local-sign-in on"), "{path}: {main}");
            let revert = posted(&page.body, routes::POST_REVERT_CHANGE);
            assert_eq!(revert, [("id".to_owned(), "P1".to_owned())]);
            assert_eq!(
                page.body.contains(&format!("action=\"{}\"", routes::POST_KEEP_CHANGE)),
                can_confirm,
                "{path}"
            );
            assert!(problems(&page.body).is_empty(), "{path}: {:?}", problems(&page.body));
        }
    }
}

#[tokio::test]
async fn what_no_way_in_is_known_to_survive_is_offered_for_ten_minutes_only() {
    for (page, action) in [
        ("/integrations/corp/disable", "/fn/integrations/set_enabled"),
        ("/integrations/corp/delete", "/fn/integrations/remove"),
    ] {
        let shown = get(Mood::Empty, Who::Owner, page).await;
        let fields = posted(&shown.body, action);
        assert!(fields.contains(&("provisional".to_owned(), "on".to_owned())), "{page}: {fields:?}");
        assert!(shown.body.contains("for 10 minutes"), "{page}");
        let shown = get(Mood::Filled, Who::Owner, page).await;
        let fields = posted(&shown.body, action);
        assert!(!fields.iter().any(|(name, _)| name == "provisional"), "{page}: {fields:?}");
        assert!(text(all(&Html::parse_document(&shown.body), "main")[0]).contains("root with a password"));
    }
}

#[tokio::test]
async fn the_list_of_integrations_is_sorted_by_links() {
    let shown = get(Mood::Filled, Who::Viewer, "/integrations?sort=created&dir=desc").await;
    let html = Html::parse_document(&shown.body);
    let sorted: Vec<_> = all(&html, "th[aria-sort=descending]").into_iter().map(text).collect();
    assert_eq!(sorted.len(), 1);
    assert!(sorted[0].contains("Created"), "{sorted:?}");
    let links: Vec<_> =
        all(&html, "a.table__sort").into_iter().filter_map(|a| a.value().attr("href")).collect();
    assert!(
        links.contains(&"/integrations?sort=modified") && links.contains(&"/integrations?sort=created"),
        "{links:?}"
    );
    let main = text(all(&html, "main")[0]);
    assert!(
        main.contains("Certificate expires") && main.contains("Enabled") && main.contains("Disabled"),
        "{main}"
    );
}
