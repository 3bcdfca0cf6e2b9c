//! What was seen of a provider becomes notices, and they go when it is good again.

use domain::{
    api::{ProviderCertificate, ProviderChange, ProviderChangeKind as Kind, ProviderKey, ProviderSnapshot},
    audit::{AuditKind, NewAuditEvent, Outcome},
    integration::{Integration, IntegrationSettings},
    login_failure::LoginFailure,
    notice::{NoticeKind, NoticeView},
    secret::due_warning,
    time::Timestamp,
};
use serde_json::{Value, json};
use store::{NewSnapshot, Tx};

use super::changes::is_elsewhere;
use crate::{
    service::{ServiceError, client_secrets::expiry::left, notices},
    state::Core,
};

/// How notices name the certificates that are trusted for a provider.
const TRUSTED: &str = "customCa";
/// What settings and provider must agree on.
const ALGORITHMS: &str = "signingAlgorithms";
const CLIENT_AUTH: &str = "clientAuthMethod";

/// What a look brought.
pub(super) struct Told<'a> {
    pub(super) integration: &'a Integration,
    pub(super) new: &'a NewSnapshot,
    /// Why it could not be read.
    pub(super) cause: Option<String>,
}

/// Something that is set and no longer offered.
struct Misfit {
    subject: &'static str,
    text: String,
}

/// What the provider no longer offers of what is set. One that does not say what it offers is believed to offer it, and
/// so is a client authentication that it never said: sign-ins tell.
fn misfits(settings: &IntegrationSettings, metadata: &Value, before: &[ProviderSnapshot]) -> Vec<Misfit> {
    let mut found = Vec::new();
    let name = &settings.name;
    let accepted: Vec<&str> = settings.signing_algorithms.iter().map(|one| one.as_str()).collect();
    let offered = list(metadata, "signingAlgorithms");
    if !offered.is_empty() && !offered.iter().any(|one| accepted.contains(one)) {
        let text = format!(
            "The provider of {name} offers the signature algorithms {}, and {name} accepts {}. Nobody can sign in until one \
             of them is accepted under Advanced, or offered at the provider.",
            offered.join(", "),
            accepted.join(", "),
        );
        found.push(Misfit { subject: ALGORITHMS, text });
    }
    let ours = settings.client_auth_method.as_str();
    let offers = |metadata: &Value| list(metadata, "clientAuthMethods").contains(&ours);
    let offered = list(metadata, "clientAuthMethods");
    let was_offered = before.iter().filter_map(|one| one.metadata.as_ref()).any(offers);
    if !offered.is_empty() && !offers(metadata) && was_offered {
        let text = format!(
            "The provider of {name} no longer offers the client authentication {ours}, which {name} uses. It offers {}: \
             choose one of them under Advanced, and run the probe.",
            offered.join(", "),
        );
        found.push(Misfit { subject: CLIENT_AUTH, text });
    }
    found
}

fn list<'a>(metadata: &'a Value, member: &str) -> Vec<&'a str> {
    let items = metadata.get(member).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).collect()
}

/// Whether it can be read, whose issuer it is, what it offers, and what changed.
pub(super) async fn provider(
    tx: &mut Tx,
    told: &Told<'_>,
    before: &[ProviderSnapshot],
) -> Result<(), store::Error> {
    let Told { integration, new, cause } = told;
    let (id, name) = (Some(&integration.id), integration.name());
    let bad = new.error.as_deref().map(|code| {
        if code == LoginFailure::IssuerMismatch.code() {
            NoticeKind::ProviderIssuerChanged
        } else {
            NoticeKind::ProviderUnreachable
        }
    });
    for kind in [NoticeKind::ProviderUnreachable, NoticeKind::ProviderIssuerChanged] {
        if bad != Some(kind) {
            notices::resolve(tx, id, kind, None).await?;
            continue;
        }
        let text = format!(
            "What the provider of {name} says of itself could not be read: {}. People may be unable to sign in with it; the \
             probe tells more.",
            cause.as_deref().unwrap_or_default(),
        );
        notices::raise(tx, id, kind, "", &json!({"code": new.error, "text": text})).await?;
    }
    let Some(metadata) = &new.metadata else { return Ok(()) };
    let misfits = misfits(&integration.settings, metadata, before);
    for subject in [ALGORITHMS, CLIENT_AUTH] {
        let kind = NoticeKind::ProviderMisfit;
        match misfits.iter().find(|misfit| misfit.subject == subject) {
            Some(misfit) => {
                notices::raise(tx, id, kind, subject, &json!({"text": misfit.text})).await?;
            }
            None => {
                notices::resolve(tx, id, kind, Some(subject)).await?;
            }
        }
    }
    let is_back = as_before(tx, integration, new, metadata, before).await?;
    let read = before.iter().find(|snapshot| snapshot.error.is_none());
    let is_news = |change: &&ProviderChange| {
        let (kind, subject) = match change.kind {
            Kind::Endpoint => (NoticeKind::ProviderAddressChanged, change.what.as_str()),
            _ => (NoticeKind::ProviderKeysReplaced, ""),
        };
        !is_back.iter().any(|notice| notice.kind == kind && notice.subject == subject)
    };
    for change in new.changes.iter().filter(is_news) {
        event(tx, integration, change, read.and_then(|read| read.keys.as_deref())).await?;
    }
    Ok(())
}

/// Resolves what is again as it was, and what concerned another provider than the one that is set now; gives what it
/// resolved.
async fn as_before(
    tx: &mut Tx,
    integration: &Integration,
    new: &NewSnapshot,
    metadata: &Value,
    before: &[ProviderSnapshot],
) -> Result<Vec<NoticeView>, store::Error> {
    let mut resolved = Vec::new();
    let is_elsewhere = before.first().is_some_and(|last| is_elsewhere(last, new));
    for notice in open(tx, integration, NoticeKind::is_event).await? {
        let was = notice.detail.get("from");
        let is_back = match notice.kind {
            NoticeKind::ProviderAddressChanged => was.is_some() && metadata.get(&notice.subject) == was,
            _ => {
                let keys = new.keys.as_deref().unwrap_or_default();
                let old = was.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
                old.into_iter().any(|print| keys.iter().any(|key| key.thumbprint == print))
            }
        };
        if is_back || is_elsewhere {
            tx.notices().close(&notice.id).await?;
            resolved.push(notice);
        }
    }
    Ok(resolved)
}

/// Something that happened: it is shown until somebody has looked at it.
async fn event(
    tx: &mut Tx,
    integration: &Integration,
    change: &ProviderChange,
    keys: Option<&[ProviderKey]>,
) -> Result<(), store::Error> {
    let (id, name) = (Some(&integration.id), integration.name());
    let ProviderChange { kind, what, from, to } = change;
    match kind {
        Kind::Endpoint => {
            let text = format!(
                "The provider of {name} changed an address ({what}): it was {}, and is {}. Ask whoever runs the provider \
                 whether that was meant: browsers, codes and secrets are sent there.",
                from.as_deref().unwrap_or("none"),
                to.as_deref().unwrap_or("none"),
            );
            let detail = json!({"from": from, "to": to, "text": text});
            notices::raise(tx, id, NoticeKind::ProviderAddressChanged, what, &detail).await?;
        }
        Kind::KeysReplaced => {
            let text = format!(
                "All keys of the provider of {name} were replaced at once, which is not how keys are rotated. Ask whoever runs \
                 the provider whether that was meant."
            );
            let prints: Vec<&str> = keys.into_iter().flatten().map(|key| key.thumbprint.as_str()).collect();
            let detail = json!({"from": prints, "text": text});
            notices::raise(tx, id, NoticeKind::ProviderKeysReplaced, "", &detail).await?;
        }
        _ => {}
    }
    Ok(())
}

/// Keeps what hosts show, and warns of what ends: 30, 7 and 1 days before, and afterwards.
pub(super) async fn certificates(
    core: &Core,
    tx: &mut Tx,
    integration: &Integration,
    hosts: &[oidc::Host],
) -> Result<(), store::Error> {
    let (id, now) = (&integration.id, core.now());
    for old in tx.provider_certificates().list(id).await? {
        if !hosts.iter().any(|host| host.host == old.host) {
            tx.provider_certificates().remove(id, &old.host).await?;
        }
    }
    for host in hosts {
        let Some(shown) = &host.certificates else { continue };
        // Some hosts show one that is over and that nobody needs any more; its own is needed always.
        let (own, above) = shown.split_at(shown.len().min(1));
        let above = above.iter().filter(|one| one.not_after > now);
        let needed: Vec<_> = own.iter().chain(above).cloned().collect();
        tx.provider_certificates().replace(id, &host.host, &needed, now).await?;
    }
    let ends = ends(integration, &tx.provider_certificates().list(id).await?, now);
    core.metrics.certificates_end(
        integration.name(),
        ends.iter().map(|end| (end.subject.clone(), end.at.seconds())).collect(),
    );
    let held = open(tx, integration, is_of_a_certificate).await?;
    let due: Vec<_> = ends.iter().filter_map(|end| Some((end, due_warning(end.at, now)?))).collect();
    for old in &held {
        if !due.iter().any(|(end, days)| old.subject == end.subject && old.kind == kind(*days)) {
            tx.notices().close(&old.id).await?;
        }
    }
    for (end, days) in due {
        let detail = json!({"expiresAt": end.at, "thresholdDays": days, "text": end.text(integration.name(), days, now)});
        let is_new = notices::raise(tx, Some(id), kind(days), &end.subject, &detail).await?;
        let before = held.iter().find(|old| old.subject == end.subject && old.kind == kind(days));
        let before = before.and_then(|old| old.detail.get("thresholdDays")).and_then(Value::as_i64);
        if !is_new && before.is_some_and(|before| before > days) {
            tracing::warn!(
                integration = integration.name(),
                of = end.subject.as_str(),
                threshold_days = days,
                expires_at = %end.at,
                "a certificate ends"
            );
        }
    }
    Ok(())
}

/// A certificate's end: of each host the first that ends, and of those that are trusted.
struct End {
    /// The host, or [`TRUSTED`].
    subject: String,
    certificate: String,
    at: Timestamp,
}

impl End {
    fn text(&self, name: &str, days: i64, now: Timestamp) -> String {
        let Self { subject, certificate, at } = self;
        let (when, left) = (at.for_people(), left(*at, now));
        match (subject == TRUSTED, days == 0) {
            (true, true) => format!(
                "A certificate that is trusted for {name} ({certificate}) expired on {when}. Paste its successor under \
                 Advanced."
            ),
            (true, false) => format!(
                "A certificate that is trusted for {name} ({certificate}) expires on {when}, in {left}. Paste its successor \
                 beside it under Advanced before then."
            ),
            (false, true) => format!(
                "{subject}, where the provider of {name} answers, shows a certificate ({certificate}) that expired on {when}. \
                 Nobody can sign in with it until it is renewed there."
            ),
            (false, false) => format!(
                "{subject}, where the provider of {name} answers, shows a certificate ({certificate}) that expires on {when}, \
                 in {left}. Have it renewed there before then: afterwards nobody can sign in."
            ),
        }
    }
}

fn ends(integration: &Integration, shown: &[ProviderCertificate], now: Timestamp) -> Vec<End> {
    let mut ends: Vec<End> = Vec::new();
    let pem = integration.settings.custom_ca.as_deref().unwrap_or_default();
    let trusted = oidc::read_certificates(pem, now).unwrap_or_default();
    let trusted = trusted.into_iter().map(|one| (TRUSTED.to_owned(), one.subject, one.not_after));
    let of_hosts = shown.iter().map(|one| (one.host.clone(), one.subject.clone(), one.not_after));
    for (subject, certificate, at) in of_hosts.chain(trusted) {
        match ends.iter_mut().find(|end| end.subject == subject) {
            Some(end) if end.at <= at => {}
            Some(end) => *end = End { subject, certificate, at },
            None => ends.push(End { subject, certificate, at }),
        }
    }
    ends
}

fn kind(days: i64) -> NoticeKind {
    if days == 0 { NoticeKind::CertificateExpired } else { NoticeKind::CertificateExpiring }
}

fn is_of_a_certificate(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::CertificateExpiring | NoticeKind::CertificateExpired)
}

/// What holds of this integration, of these kinds.
async fn open(
    tx: &mut Tx,
    integration: &Integration,
    kinds: fn(NoticeKind) -> bool,
) -> Result<Vec<NoticeView>, store::Error> {
    let mut open = tx.notices().open().await?;
    open.retain(|notice| notice.integration.as_deref() == Some(integration.name()) && kinds(notice.kind));
    Ok(open)
}

/// Resolves what the watch said of integrations that it does not look at any more.
pub(super) async fn forget(core: &Core, integrations: &[Integration]) -> Result<(), ServiceError> {
    if integrations.is_empty() {
        return Ok(());
    }
    let of_them = |notice: &NoticeView| {
        notice.kind.is_of_the_watch()
            && integrations.iter().any(|one| notice.integration.as_deref() == Some(one.name()))
    };
    let mut tx = core.db.begin().await?;
    let open = tx.notices().open().await?;
    for notice in open.iter().filter(|notice| of_them(notice)) {
        tx.notices().close(&notice.id).await?;
    }
    Ok(tx.commit().await?)
}

/// Records changes that trust hangs on.
pub(super) async fn record(
    core: &Core,
    tx: &mut Tx,
    integration: &Integration,
    changes: &[ProviderChange],
) -> Result<(), store::Error> {
    if !changes.iter().any(|change| change.kind.is_warning()) {
        return Ok(());
    }
    let event = NewAuditEvent {
        kind: AuditKind::ProviderChanged,
        outcome: Outcome::Success,
        actor: "server".to_owned(),
        actor_id: None,
        target: Some(format!("integration:{}", integration.name())),
        integration: Some(integration.name().to_owned()),
        code: None,
        address: None,
        reference: core.db.new_id(),
        detail: json!({"changes": changes}),
    };
    tx.audit_events().append(&event).await.map(drop)
}
