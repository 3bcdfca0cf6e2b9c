//! The controls of the integration form: form field names, error fields, labels, and when an error is shown.

use std::time::Duration;

use domain::{
    form::{FieldErrors, IntegrationForm},
    integration::IntegrationSettings,
};
use leptos::{html, prelude::*, web_sys};

use crate::{
    error::AppError,
    pages::forms::{FieldName, control_name, read},
};

/// Every control.
pub(super) const FIELDS: &[FieldName] = &[
    ("form[protocol]", "protocol", "Protocol"),
    ("form[issuer]", "issuer", "Issuer"),
    ("form[label]", "label", "Label"),
    ("form[name]", "name", "Name"),
    ("form[client_id]", "clientId", "Client id"),
    ("client_secret", "clientSecret", "Client secret"),
    ("form[client_auth_method]", "clientAuthMethod", "Client authentication"),
    ("form[oauth_scopes]", "oauthScopes", "Scopes"),
    ("form[claim_subject]", "claims.subject", "Subject claim"),
    ("form[claim_username]", "claims.username", "User name claim"),
    ("form[claim_display_name]", "claims.displayName", "Full name claim"),
    ("form[claim_first_name]", "claims.firstName", "Given name claim"),
    ("form[claim_last_name]", "claims.lastName", "Family name claim"),
    ("form[claim_email]", "claims.email", "E-mail claim"),
    ("form[claim_groups]", "claims.groups", "Groups claim"),
    ("form[local_sign_in]", "localSignIn", "Local sign-in"),
    ("form[create_users]", "createUsers", "Create users"),
    ("form[required_groups]", "requiredGroups", "Required groups"),
    ("form[on_missing_groups]", "onMissingGroups", "Missing groups"),
    ("form[when_nothing_matches]", "whenNothingMatches", "No rule matches"),
    ("form[default_role]", "defaultRole", "Default role"),
    ("form[default_role_target]", "defaultRoleTarget", "Where the default role counts"),
    ("form[groups_endpoint]", "groupsEndpoint", "Directory"),
    ("form[groups_endpoint_field]", "groupsEndpointField", "Directory member"),
    ("form[live_groups]", "liveGroups", "Live groups"),
    ("form[order]", "order", "Order"),
    ("form[icon]", "icon", "Icon"),
    ("form[email_domains]", "emailDomains", "E-mail domains"),
    ("form[hidden]", "hidden", "Button"),
    ("form[discovery]", "discovery", "Discovery"),
    ("form[endpoint_authorization]", "endpoints.authorization", "Authorization endpoint"),
    ("form[endpoint_token]", "endpoints.token", "Token endpoint"),
    ("form[endpoint_userinfo]", "endpoints.userinfo", "Userinfo endpoint"),
    ("form[endpoint_jwks]", "endpoints.jwks", "Keys endpoint"),
    ("form[endpoint_end_session]", "endpoints.endSession", "End-session endpoint"),
    ("form[pkce]", "pkce", "PKCE"),
    ("form[signing_algorithms]", "signingAlgorithms", "Signature algorithms"),
    ("form[clock_skew_seconds]", "clockSkewSeconds", "Clock skew"),
    ("form[userinfo]", "userinfo", "Userinfo"),
    ("form[userinfo_auth]", "userinfoAuth", "Access token for userinfo"),
    ("form[response_mode]", "responseMode", "Answers come"),
    ("form[pushed_authorization]", "pushedAuthorization", "Pushed requests"),
    ("form[prompt]", "prompt", "Prompt"),
    ("form[max_age]", "maxAge", "Longest time since sign-in"),
    ("form[acr_values]", "acrValues", "Strength of sign-in"),
    ("form[extra_authorization_params]", "extraAuthorizationParams", "More parameters"),
    ("form[custom_ca]", "customCa", "Certificates"),
];

/// The boxes: absent when not ticked.
pub(super) const BOXES: &[&str] =
    &["discovery", "pkce", "local_sign_in", "create_users", "hidden", "live_groups"];

/// Controls that are under Advanced, by error field.
pub(super) const ADVANCED: &[&str] = &[
    "discovery",
    "endpoints.authorization",
    "endpoints.token",
    "endpoints.userinfo",
    "endpoints.jwks",
    "endpoints.endSession",
    "pkce",
    "signingAlgorithms",
    "clockSkewSeconds",
    "userinfo",
    "userinfoAuth",
    "responseMode",
    "pushedAuthorization",
    "prompt",
    "maxAge",
    "acrValues",
    "extraAuthorizationParams",
    "customCa",
];

/// How long a left field waits before its error comes or goes.
const SETTLES: Duration = Duration::from_millis(250);

/// What is in the form now, what is wrong with it, and what was left already: a field's error shows once the person
/// has left it; what the server said shows until the field is left again.
#[derive(Clone, Copy)]
pub(super) struct Checks {
    /// The page's form.
    pub(super) element: NodeRef<html::Form>,
    typed: RwSignal<IntegrationForm>,
    wrong: Memo<FieldErrors>,
    left: RwSignal<Vec<(String, usize)>>,
    answer: Signal<Option<AppError>>,
    answers: Signal<usize>,
}

impl Checks {
    pub(super) fn new(
        first: IntegrationForm,
        base: IntegrationSettings,
        answer: Signal<Option<AppError>>,
        answers: Signal<usize>,
    ) -> Self {
        let typed = RwSignal::new(first);
        let wrong = Memo::new(move |_| typed.with(|form| form.validate(&base).err().unwrap_or_default()));
        Self { element: NodeRef::new(), typed, wrong, left: RwSignal::new(Vec::new()), answer, answers }
    }

    /// Reads the form again.
    pub(super) fn update(self) {
        if let Some(form) = read(self.element) {
            self.typed.set(form);
        }
    }

    /// Notes that a control was left. A little later, because an error that comes or goes moves what is below it, and
    /// a button must not move away between the press that left the field and the release.
    pub(super) fn leave(self, event: &web_sys::FocusEvent) {
        let Some(name) = control_name(event) else { return };
        let note = move || {
            let Some(answers) = self.answers.try_get_untracked() else { return };
            let _ = self.left.try_update(|left| left.push((name, answers)));
        };
        set_timeout(note, SETTLES);
    }

    /// What is typed.
    pub(super) fn typed(self) -> IntegrationForm {
        self.typed.get_untracked()
    }

    /// The name as it is typed.
    pub(super) fn name(self) -> String {
        self.typed.with(|form| form.name.trim().to_owned())
    }

    /// The sentence for one control, by its form field name.
    pub(super) fn of(self, name: &'static str) -> Signal<Option<String>> {
        let field = FIELDS.iter().find(|(known, ..)| *known == name).map_or("", |(_, field, _)| *field);
        Signal::derive(move || {
            let answers = self.answers.get();
            let was_left =
                self.left.with(|left| left.iter().any(|(left, at)| left == name && *at == answers));
            if was_left {
                self.wrong.with(|wrong| wrong.message(field))
            } else {
                self.answer.with(|answer| answer.as_ref().and_then(|error| error.field(field)))
            }
        })
    }

    /// Whether the server found something wrong under Advanced: then it must be open.
    pub(super) fn is_advanced_wrong(self) -> bool {
        self.answer.with_untracked(|answer| match answer {
            Some(AppError::Invalid { fields }) => {
                fields.iter().any(|problem| ADVANCED.contains(&problem.field.as_str()))
            }
            _ => false,
        })
    }
}
