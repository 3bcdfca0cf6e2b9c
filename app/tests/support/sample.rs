//! Sample data with everything in it that can be shown.

use domain::{
    api::{
        Because, CertificateView, DiscoveryView, IdentityView, ImpliedBy, ImportAction, ImportChange,
        ImportLine, ImportOutcome, ImportPlan, ImportProblem, ImportReview, ImportSource,
        IntegrationConsequences, IntegrationView, ManagedKind, ManagedView, ManyGroups, MappingChoices, Me,
        MeSession, MeUser, OrganizationView, OwnerWays, ProjectView, ProviderCertificate, ProviderChange,
        ProviderChangeKind, ProviderKey, ProviderSnapshot, RoleGrantView, RoleView, RuleImportReport,
        RuleRowProblem, RuleView, SessionView, UsedBy,
    },
    audit::{AuditEvent, AuditKind, Outcome},
    form::{FieldCode, IntegrationForm},
    history::{Conflict, ConflictField, FieldChange, RevisionAction, RevisionDetail, RevisionView},
    id::{AuditEventId, IdentityId, OrganizationId, ProjectId, RuleId, SessionId, UserId},
    integration::IntegrationSettings,
    login_failure::LoginFailure,
    mapping::{Condition, ConditionKind, FindingKind, RuleFinding},
    notice::{NoticeKind, NoticeView, Urgency},
    preset::{ClientUrls, FormStart, PRESETS, Preset},
    probe::{
        ClaimFound, ClaimUse, ProbeReport, ProbeState, ProbeStep, ProbeView, RoleFound, SignInFound,
        SignInProblem, SignInTest,
    },
    problem::ProblemCode,
    role::RoleName,
    secret::{SecretSlot, SecretSource, SecretState},
    target::Level,
    time::Timestamp,
};
use serde_json::json;

pub const AT: Timestamp = Timestamp::from_ms(1_795_315_734_123);

pub fn settings(name: &str) -> IntegrationSettings {
    IntegrationSettings {
        name: name.to_owned(),
        label: "Sign in with <Corp> & \"Sons\"".to_owned(),
        issuer: "https://idp.example.com/realms/main".to_owned(),
        client_id: "latchkey".to_owned(),
        required_groups: vec!["staff, all".to_owned(), "CN=Admins,OU=x".to_owned()],
        ..IntegrationSettings::default()
    }
}

pub fn integration(name: &str, enabled: bool) -> IntegrationView {
    IntegrationView {
        callback_url: format!("https://console.test/login/oauth2/code/{name}"),
        settings: settings(name),
        client_secret: secrets(enabled),
        enabled,
        created_by: "ada".to_owned(),
        created_at: AT,
        updated_at: AT,
        revision: 7,
        last_success_at: enabled.then_some(AT),
        last_failure_at: Some(AT),
        last_failure_code: Some("client_rejected".to_owned()),
        custom_ca_certificates: vec![CertificateView {
            subject: "Example Root".to_owned(),
            issuer: "Example Root".to_owned(),
            not_after: AT,
            expired: true,
            fingerprint: "AE:F0".to_owned(),
        }],
        many_groups: Some(ManyGroups { most: 160, seen_at: AT }),
        secret_expires_at: None,
        certificate_expires_at: enabled.then_some(AT),
    }
}

fn secrets(two: bool) -> SecretState {
    let slot = |slot, source, reference: Option<&str>, days| SecretSlot {
        slot,
        source,
        reference: reference.map(str::to_owned),
        set_at: AT,
        set_by: "ada".to_owned(),
        expires_at: Some(AT),
        expires_in_days: Some(days),
        last_used_at: (slot == 1).then_some(AT),
        last_rejected_at: (slot == 2).then_some(AT),
        preferred: slot == 1,
    };
    let mut held = vec![slot(1, SecretSource::Stored, None, 6)];
    if two {
        held.push(slot(2, SecretSource::File, Some("/run/secrets/<corp>"), -3));
    }
    SecretState::of(held)
}

pub fn notice() -> NoticeView {
    NoticeView {
        id: "N1".to_owned(),
        integration: Some("corp".to_owned()),
        kind: NoticeKind::SecretExpiring,
        urgency: Urgency::Warning,
        subject: "slot 1".to_owned(),
        text: "The client secret in slot 1 of corp expires on <soon>.".to_owned(),
        detail: json!({"slot": 1}),
        first_seen_at: AT,
        last_seen_at: AT,
    }
}

/// One that somebody may put away.
pub fn change_notice() -> NoticeView {
    NoticeView {
        id: "N2".to_owned(),
        kind: NoticeKind::ProviderAddressChanged,
        subject: "token".to_owned(),
        text: "The provider of corp changed an address <token>.".to_owned(),
        detail: json!({"from": "https://a", "to": "https://b"}),
        ..notice()
    }
}

pub fn provider_certificate() -> ProviderCertificate {
    ProviderCertificate {
        host: "idp.example:443".to_owned(),
        subject: "idp <example>".to_owned(),
        issuer: "Example CA".to_owned(),
        not_after: AT,
        fingerprint: "AA:BB".to_owned(),
        seen_at: AT,
    }
}

pub fn version(revision: i64) -> RevisionView {
    RevisionView {
        revision,
        at: AT,
        by: "ada".to_owned(),
        by_kind: "token".to_owned(),
        action: RevisionAction::Restored,
        restored_from: Some(2),
        changed: vec!["label".to_owned(), "clientSecret".to_owned(), "claims.groups".to_owned()],
    }
}

pub fn version_detail(revision: i64) -> RevisionDetail {
    let change = |field: &str, from, to| FieldChange { field: field.to_owned(), from, to };
    RevisionDetail {
        version: version(revision),
        settings: settings("corp"),
        enabled: true,
        changes: vec![
            change("label", json!("Old <label>"), json!("New")),
            change("pkce", json!(false), json!(true)),
            change(
                "customCa",
                json!(null),
                json!("-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----"),
            ),
        ],
        restoring: vec![change("issuer", json!("https://a.example"), json!("https://b.example"))],
        needs_secret: true,
        newest: 7,
    }
}

pub fn conflict() -> Conflict {
    Conflict {
        by: "eve".to_owned(),
        at: AT,
        fields: vec![ConflictField {
            field: "label".to_owned(),
            before: json!("A"),
            theirs: json!("B"),
            yours: json!("C"),
        }],
        merged: IntegrationForm::from_settings(&settings("corp"), Some(8)),
    }
}

pub fn start_form(preset: &str, name: &str) -> FormStart {
    let chosen = Preset::find(if name.is_empty() { preset } else { "keycloak" });
    let settings = chosen.map(|preset| preset.settings("keycloak")).unwrap_or_default();
    let urls = ClientUrls::new("https://console.test", &settings.name);
    let choices =
        if chosen.is_some() { Vec::new() } else { PRESETS.iter().map(|one| one.line(&urls)).collect() };
    FormStart {
        form: IntegrationForm::from_settings(&settings, None),
        choices,
        preset: chosen.map(|preset| preset.view(&urls)),
        urls,
        run: String::new(),
        has_secret: false,
    }
}

/// A run: begun, finished, waiting for a sign-in, done or failed, by its name.
pub fn probe_run(run: &str, stored: Option<&str>, is_young: bool) -> ProbeView {
    let report = |step, state| {
        ProbeReport::new(step, state, "A sentence with <b>markup</b>.").fact("Keys", "kid-1, RSA, 2048 bits")
    };
    let all = [
        report(ProbeStep::Address, ProbeState::Ok),
        report(ProbeStep::Tls, ProbeState::Warn),
        report(ProbeStep::Discovery, ProbeState::Failed)
            .expected("https://idp.example.com/")
            .found("https://idp.example.com")
            .advice("Did you mean https://idp.example.com/ ?"),
        report(ProbeStep::Issuer, ProbeState::Skipped),
    ];
    let found = SignInFound {
        subject: "248289761001".to_owned(),
        username: "ada".to_owned(),
        display_name: Some("Ada Lovelace".to_owned()),
        email: None,
        claims: vec![
            ClaimFound {
                path: "preferred_username".to_owned(),
                value: "ada".to_owned(),
                source: "id_token".to_owned(),
                is_text: true,
                is_list: true,
                used: vec![ClaimUse::Username],
            },
            ClaimFound {
                path: "realm_access.roles".to_owned(),
                value: "dba, <script>".to_owned(),
                source: "userinfo".to_owned(),
                is_text: false,
                is_list: true,
                used: Vec::new(),
            },
        ],
        groups: vec!["dba".to_owned()],
        group_count: 3,
        groups_missing: run.contains("NONE"),
        roles: vec![RoleFound {
            role: RoleName::new("GROUP_OWNER"),
            level: Level::Project,
            target: Some("5f2b".to_owned()),
            target_name: Some("Atlas / billing".to_owned()),
            groups: vec!["dba".to_owned()],
        }],
        near: vec![("Dba".to_owned(), "dba".to_owned())],
        refused: run.contains("REFUSED").then_some(LoginFailure::UserUnknown),
    };
    let problem = SignInProblem {
        failure: LoginFailure::ClientRejected,
        cause: Some("the token endpoint does not accept the client".to_owned()),
        said: Some("invalid_client".to_owned()),
    };
    let sign_in = match run {
        run if run.contains("WAITING") => SignInTest::Waiting,
        run if run.contains("DONE") => SignInTest::Done(Box::new(found)),
        run if run.contains("FAILED") => SignInTest::Failed(problem),
        _ => SignInTest::NotBegun,
    };
    ProbeView {
        id: run.to_owned(),
        stored: stored.map(str::to_owned),
        name: "corp".to_owned(),
        label: "Sign in with Corp".to_owned(),
        enabled: false,
        callback_url: "https://console.test/login/oauth2/code/corp".to_owned(),
        steps: if is_young { all[..2].to_vec() } else { all.to_vec() },
        finished: !is_young,
        stage: 5,
        sign_in,
        advice: None,
        expires_at: AT,
    }
}

/// By identifier: `wrong` has problems, `same` nothing to do, `other` differs.
pub fn import_review(id: &str) -> ImportReview {
    let line = |line: u32, key: &str, outcome: ImportOutcome, became: &str, check: bool| ImportLine {
        line: Some(line),
        key: Some(key.to_owned()),
        outcome,
        became: Some(became.to_owned()).filter(|text| !text.is_empty()),
        note: check.then(|| "Look at <this> & that.".to_owned()),
        check,
        aside: key == "oms_meta_host",
    };
    let change = |action: ImportAction, kind: &str, name: &str, diff: serde_json::Value| ImportChange {
        action,
        kind: kind.to_owned(),
        name: name.to_owned(),
        diff,
    };
    let differs = json!({"label": {"from": "A", "to": null}});
    let plan = ImportPlan {
        source: ImportSource::Oms,
        integration: "oms".to_owned(),
        callback_url: "https://console.test/login/oauth2/code/oms".to_owned(),
        exists: id != "new",
        needs_force: id == "other",
        applied: false,
        changes: match id {
            "same" => Vec::new(),
            "other" => vec![change(ImportAction::Update, "integration", "oms", differs)],
            _ => vec![
                change(ImportAction::Create, "integration", "oms", json!(null)),
                change(ImportAction::Create, "mapping rule", "a → GLOBAL_OWNER (oms)", json!(null)),
            ],
        },
        lines: vec![
            line(1, "client_id", ImportOutcome::Taken, "clientId: x", false),
            line(2, "scope", ImportOutcome::Changed, "oauthScopes: openid", true),
            line(3, "oms_meta_host", ImportOutcome::NotTaken, "", false),
            ImportLine { line: None, key: None, ..line(0, "", ImportOutcome::Added, "pkce: true", true) },
        ],
        refused: match id {
            "unproven" => Some(ProblemCode::WayInUnproven),
            "waits" => Some(ProblemCode::ChangePending),
            _ => None,
        },
    };
    let problem = |line: Option<u32>, key: &str, problem: FieldCode| ImportProblem {
        line,
        key: key.to_owned(),
        problem,
    };
    ImportReview {
        source: ImportSource::OpsManager,
        name: "given".to_owned(),
        issuer: String::new(),
        plan: (id != "wrong").then_some(plan),
        problems: match id {
            "wrong" => vec![
                problem(Some(3), "token_uri", FieldCode::NotHttps),
                problem(None, "", FieldCode::NotReadable),
            ],
            _ => Vec::new(),
        },
    }
}

/// The newest first: away, changed, the first look.
pub fn provider_history() -> Vec<ProviderSnapshot> {
    let snapshot = |id: &str, error: Option<&str>, changes| ProviderSnapshot {
        id: id.to_owned(),
        seen_at: AT,
        checked_at: AT,
        metadata: error
            .is_none()
            .then(|| json!({"token": "https://idp/<t>", "scopes": ["a", "b"], "userinfo": null})),
        keys: error
            .is_none()
            .then(|| vec![ProviderKey { kid: Some("k1".to_owned()), thumbprint: "print".to_owned() }]),
        error: error.map(str::to_owned),
        changes,
    };
    let change = |kind, from: Option<&str>, to: Option<&str>| ProviderChange {
        kind,
        what: "token".to_owned(),
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
    };
    vec![
        snapshot("P3", Some("provider_unreachable"), vec![change(ProviderChangeKind::Lost, None, None)]),
        snapshot(
            "P2",
            None,
            vec![
                change(ProviderChangeKind::Endpoint, Some("https://a"), Some("https://b")),
                change(ProviderChangeKind::KeyAdded, None, Some("print")),
            ],
        ),
        snapshot("P1", None, Vec::new()),
    ]
}

pub fn managed(kind: ManagedKind) -> ManagedView {
    let fields: &[&str] = match kind {
        ManagedKind::Integration => {
            &["name", "label", "issuer", "pkce", "clientAuthMethod", "requiredGroups", "clientSecret"]
        }
        _ => &["group", "role", "enabled"],
    };
    ManagedView {
        file: "latchkey.yaml".to_owned(),
        applied_at: AT,
        released: false,
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        drift: vec!["label".to_owned()],
    }
}

pub fn consequences() -> IntegrationConsequences {
    IntegrationConsequences {
        sessions: 1,
        users: 3,
        rules: 2,
        owners_left: vec!["root".to_owned()],
        local_sign_in: true,
        session_users: vec!["ada".to_owned()],
        owner_ways: vec![OwnerWays { username: "root".to_owned(), password: true, integrations: Vec::new() }],
        is_safe: true,
    }
}

pub fn discovery() -> DiscoveryView {
    DiscoveryView {
        issuer: "https://idp.example.com".to_owned(),
        authorization: "https://idp.example.com/auth".to_owned(),
        token: "https://idp.example.com/token".to_owned(),
        userinfo: None,
        jwks: "https://idp.example.com/jwks".to_owned(),
        end_session: None,
        scopes_supported: vec!["openid".to_owned(), "groups".to_owned()],
        claims_supported: vec!["groups".to_owned()],
        signing_algorithms: vec!["RS256".to_owned()],
        client_auth_methods: Vec::new(),
        pushed_authorization: false,
        pkce: true,
    }
}

pub fn rule(id: &str, level: Level, role: &str, target: Option<(&str, &str)>) -> RuleView {
    RuleView {
        id: RuleId::new(id),
        integration: (level == Level::Project).then(|| "corp".to_owned()),
        group: "platform-admins".to_owned(),
        conditions: Vec::new(),
        last_matched_at: None,
        findings: Vec::new(),
        role: RoleName::new(role),
        level,
        target: target.map(|(id, _)| id.to_owned()),
        target_name: target.map(|(_, name)| name.to_owned()),
        enabled: level != Level::Organization,
        created_at: AT,
        updated_at: AT,
        revision: 3,
    }
}

pub fn rules() -> Vec<RuleView> {
    vec![
        rule("R1", Level::Global, "GLOBAL_OWNER", None),
        rule("R2", Level::Organization, "ORG_OWNER", Some(("aa01", "Atlas"))),
        rule("R3", Level::Project, "GROUP_OWNER", Some(("bb01", "Atlas / billing"))),
        RuleView {
            group: String::new(),
            conditions: vec![
                Condition { kind: ConditionKind::GroupGlob, path: None, value: "team-*".to_owned() },
                Condition {
                    kind: ConditionKind::ClaimEquals,
                    path: Some("department".to_owned()),
                    value: "42 <b>".to_owned(),
                },
            ],
            last_matched_at: Some(AT),
            findings: vec![RuleFinding { kind: FindingKind::Shadowed, rule: Some(RuleId::new("R3")) }],
            ..rule("R4", Level::Project, "GROUP_READ_ONLY", Some(("bb01", "Atlas / billing")))
        },
    ]
}

pub fn choices() -> MappingChoices {
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    MappingChoices {
        integrations: vec![pair("corp", "Corp SSO")],
        organizations: vec![pair("aa01", "Atlas")],
        projects: vec![pair("bb01", "Atlas / billing")],
        groups: vec!["platform-admins".to_owned(), "everyone".to_owned()],
        custom_roles: vec![(Level::Project, "GROUP_ON_CALL".to_owned(), "On <call>".to_owned())],
    }
}

pub fn me() -> Me {
    let because = |rule: Option<&str>, group: Option<&str>| Because {
        rule: rule.map(RuleId::new),
        group: group.map(str::to_owned),
        integration: group.map(|_| "corp".to_owned()),
        implied_by: None,
    };
    Me {
        user: MeUser {
            id: UserId::new("U1"),
            username: "ada".to_owned(),
            display_name: Some("Ada <Lovelace>".to_owned()),
            email: Some("ada@example.com".to_owned()),
            identities: vec![IdentityView {
                id: IdentityId::new("I1"),
                integration: None,
                issuer: "https://idp.example.com".to_owned(),
                subject: "0042".to_owned(),
            }],
            has_password: true,
        },
        role_grants: vec![
            RoleGrantView {
                role: RoleName::new("GROUP_OWNER"),
                level: Level::Project,
                target: Some("bb01".to_owned()),
                target_name: Some("Atlas / billing".to_owned()),
                because: vec![because(Some("R3"), Some("platform-admins"))],
            },
            RoleGrantView {
                role: RoleName::new("ORG_MEMBER"),
                level: Level::Organization,
                target: Some("aa01".to_owned()),
                target_name: Some("Atlas".to_owned()),
                because: vec![Because {
                    implied_by: Some(ImpliedBy {
                        role: RoleName::new("GROUP_OWNER"),
                        level: Level::Project,
                        target: Some("bb01".to_owned()),
                        target_name: Some("Atlas / billing".to_owned()),
                    }),
                    ..because(None, None)
                }],
            },
            RoleGrantView {
                role: RoleName::new("GLOBAL_OWNER"),
                level: Level::Global,
                target: None,
                target_name: None,
                because: vec![because(None, None), because(Some("R1"), None)],
            },
        ],
        session: Some(MeSession {
            id: SessionId::new("S1"),
            created_at: AT,
            expires_at: AT,
            integration: None,
        }),
        must_change_password: false,
    }
}

pub fn session(id: &str, current: bool) -> SessionView {
    SessionView {
        id: SessionId::new(id),
        user_id: UserId::new("U1"),
        username: "ada".to_owned(),
        integration: current.then(|| "corp".to_owned()),
        created_at: AT,
        last_seen_at: AT,
        expires_at: AT,
        address: Some("192.0.2.7".to_owned()),
        user_agent: (!current).then(|| "Firefox".to_owned()),
        current,
    }
}

pub fn event(id: &str) -> AuditEvent {
    let failed = id == "E2";
    let detail = if failed {
        json!({"groups": ["Platform-Admins", "payers"], "rules": {
            "total": 9,
            "granted": [{"rule": "R3", "group": "payers", "role": "GROUP_OWNER", "level": "project", "target": "bb01"}],
            "grantedCount": 1,
            "nearMisses": [
                {"rule": "R4", "group": "platform-admins", "token": "Platform-Admins", "difference": "case"},
            ],
            "nearMissCount": 1,
            "matchedButDisabled": 1,
        }})
    } else {
        json!({"changes": {"label": {"from": "Old", "to": "New <b>"}, "customCa": {"from": null, "to": "PEM"}}})
    };
    let kind = if failed { AuditKind::LoginFailed } else { AuditKind::IntegrationChanged };
    AuditEvent {
        id: AuditEventId::new(id),
        number: 12,
        at: AT,
        kind,
        risk: kind.risk(),
        outcome: if failed { Outcome::Failure } else { Outcome::Success },
        actor: "ada".to_owned(),
        actor_id: Some("U1".to_owned()),
        target: (!failed).then(|| "integration:corp".to_owned()),
        integration: Some("corp".to_owned()),
        code: failed.then(|| "client_rejected".to_owned()),
        address: Some("192.0.2.7".to_owned()),
        reference: "ref-1".to_owned(),
        detail,
    }
}

pub fn rule_import(is_wrong: bool) -> RuleImportReport {
    let problem = |row, field: &str, problem| RuleRowProblem { row, field: field.to_owned(), problem };
    let problems = vec![
        problem(Some(3), "role", FieldCode::RoleNotOfLevel),
        problem(None, "content", FieldCode::TooMany { max: 10_000 }),
    ];
    match is_wrong {
        true => RuleImportReport { problems, more: 7, ..RuleImportReport::default() },
        false => RuleImportReport { created: 12, unchanged: 1, ..RuleImportReport::default() },
    }
}
pub fn organization() -> OrganizationView {
    OrganizationView {
        id: OrganizationId::new("aa01"),
        name: "Atlas & <sons>".to_owned(),
        created_at: AT,
        updated_at: AT,
        revision: 3,
    }
}

pub fn project() -> ProjectView {
    ProjectView {
        id: ProjectId::new("bb01"),
        name: "billing".to_owned(),
        organization: OrganizationId::new("aa01"),
        created_at: AT,
        updated_at: AT,
        revision: 2,
    }
}

pub fn custom_role(name: &str) -> RoleView {
    RoleView {
        name: RoleName::new(name),
        level: Level::Project,
        label: "On <call>".to_owned(),
        description: "Answers at night.".to_owned(),
        builtin: false,
        organization: Some(OrganizationId::new("aa01")),
        revision: 1,
    }
}

pub fn used_by() -> Vec<UsedBy> {
    let item = |kind: &str, id: &str, name: &str| UsedBy {
        kind: kind.to_owned(),
        id: id.to_owned(),
        name: name.to_owned(),
    };
    vec![
        item("project", "bb01", "billing"),
        item("mapping rule", "R3", "platform-admins \u{2192} Project owner at Atlas / billing"),
        item("person", "U1", "ada"),
    ]
}
