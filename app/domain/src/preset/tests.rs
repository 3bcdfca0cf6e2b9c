use super::*;
use crate::{
    claims::{Claims, GroupsClaim},
    form::{IntegrationForm, check_settings},
};

/// What a person does: puts words into the brackets, and enters the client id.
fn filled(preset: &Preset) -> IntegrationSettings {
    let mut settings = preset.settings(&preset.free_name(|_| false));
    let fill = |text: &str| {
        let mut out = String::new();
        for part in text.split('<') {
            out.push_str(
                part.split_once('>')
                    .map_or_else(|| part.to_owned(), |(_, rest)| format!("word{rest}"))
                    .as_str(),
            );
        }
        out
    };
    settings.issuer = match settings.issuer.as_str() {
        "" if preset.protocol == Protocol::Oidc => "https://word".to_owned(),
        issuer => fill(issuer),
    };
    for end in [
        &mut settings.endpoints.authorization,
        &mut settings.endpoints.token,
        &mut settings.endpoints.userinfo,
    ] {
        *end = end.as_deref().map(fill);
    }
    settings.client_id = "client".to_owned();
    settings
}

/// The presets whose protocol is spoken.
fn spoken() -> impl Iterator<Item = &'static Preset> {
    PRESETS.iter().filter(|preset| check_settings(&filled(preset)).message("protocol").is_none())
}

#[test]
fn every_preset_holds_once_its_placeholders_are_filled() {
    assert!(spoken().count() >= 8);
    for preset in spoken() {
        assert_eq!(check_settings(&filled(preset)), crate::form::FieldErrors::default(), "{}", preset.id);
    }
}

#[test]
fn a_placeholder_that_was_left_is_found() {
    for preset in PRESETS.iter().filter(|preset| preset.issuer.contains('<')) {
        let mut settings = filled(preset);
        settings.issuer = preset.issuer.to_owned();
        assert!(check_settings(&settings).message("issuer").is_some(), "{}", preset.id);
    }
}

#[test]
fn a_preset_survives_the_form() {
    for preset in spoken() {
        let settings = filled(preset);
        let form = IntegrationForm::from_settings(&settings, None);
        let base = IntegrationSettings { name: String::new(), ..settings.clone() };
        assert_eq!(form.validate(&base).unwrap().settings, settings, "{}", preset.id);
    }
}

#[test]
fn every_preset_says_where_the_callback_url_goes_and_leaves_no_placeholder() {
    let urls = ClientUrls::new("https://console.example.com/", "corp");
    assert_eq!(urls.callback, "https://console.example.com/login/oauth2/code/corp");
    for preset in PRESETS {
        let view = preset.view(&urls);
        assert!(view.steps.iter().any(|step| step.contains(&urls.callback)), "{}", preset.id);
        let all = format!("{:?} {:?}", view.steps, view.notes);
        assert!(!all.contains('{') && !all.contains('}'), "{all}");
        assert!(preset.issuer.contains('<') <= !preset.issuer_hint.is_empty(), "{}", preset.id);
    }
}

#[test]
fn names_are_distinct_and_free_ones_are_found() {
    let ids: Vec<&str> = PRESETS.iter().map(|preset| preset.id).collect();
    assert_eq!(ids, PRESET_IDS);
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len());
    let okta = Preset::find("okta").unwrap();
    assert_eq!(okta.free_name(|name| name == "okta"), "okta2");
    assert!(Preset::find("nonsense").is_none());
}

#[test]
fn zitadels_object_of_roles_gives_its_keys() {
    let claim = Preset::find("zitadel").unwrap().settings("zitadel").claims.groups;
    let claims: Claims = serde_json::from_value(serde_json::json!({
        "urn:zitadel:iam:org:project:roles": {"dba": {"123": "acme.zitadel.cloud"}, "viewer": {"123": "acme.zitadel.cloud"}}
    }))
    .unwrap();
    assert_eq!(claims.groups(&claim), GroupsClaim::Groups(vec!["dba".to_owned(), "viewer".to_owned()]));
}

#[test]
fn a_step_asks_for_the_back_channel_address_only_while_that_is_served() {
    let all = || PRESETS.iter().flat_map(|preset| preset.steps.iter());
    let with = all().filter_map(|step| asked(step, true)).filter(|step| step.contains(BACKCHANNEL)).count();
    assert!(with >= 3);
    for step in all() {
        assert_eq!(asked(step, true).as_deref(), Some(*step));
        let without = asked(step, false).unwrap_or_default();
        assert!(!without.contains(BACKCHANNEL), "{without}");
        for other in ["{callback}", "{signed_out}", "{initiate}"] {
            assert_eq!(without.contains(other), step.contains(other), "{without}");
        }
        assert!(without.is_empty() || without.ends_with(['.', '!', ':']), "{without}");
    }
}
