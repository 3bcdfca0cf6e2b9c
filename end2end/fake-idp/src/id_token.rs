//! ID tokens and userinfo: the honest claims, then the faults.

use serde_json::{Map, Value, json};

use crate::config::{GroupsIn, Person};
use crate::faults::Fault;
use crate::jwt::{Edits, Signature, apply};
use crate::state::{Grant, Shared, Snapshot};

/// One hundred years, in seconds.
const CENTURY: i64 = 100 * 365 * 86_400;

/// The signed ID token of a grant, with the faults that are on.
pub(crate) fn id_token(shared: &Shared, now: &Snapshot, grant: &Grant, access_token: &str) -> String {
    let (signature, header) = signing(now);
    let signer = now.signer(shared);
    let alg = signer.alg_of(signature);
    let mut claims = grant.person.id_token.clone();
    if matches!(now.config.groups, GroupsIn::IdToken | GroupsIn::Both) {
        add_groups(now, &grant.person, &mut claims);
    }
    let members = [
        ("iss", json!(shared.issuer)),
        ("sub", json!(grant.person.sub)),
        ("aud", json!(shared.client_id)),
        ("iat", json!(now.time)),
        ("exp", json!(now.time.saturating_add(now.config.id_token_lifetime))),
        ("auth_time", json!(grant.auth_time)),
        ("at_hash", json!(alg.half_hash(access_token))),
    ];
    claims.extend(members.map(|(name, value)| (name.to_owned(), value)));
    if let Some(nonce) = &grant.nonce {
        claims.insert("nonce".into(), json!(nonce));
    }
    if now.config.sid {
        claims.insert("sid".into(), json!(grant.sid));
    }
    for fault in now.faults.iter() {
        apply(&claim_faults(shared, now, *fault, &claims), &mut claims);
    }
    let mut payload = Value::Object(claims).to_string();
    if now.has(Fault::DuplicateJsonKeys) {
        payload.pop();
        payload.push_str(&format!(",\"sub\":{}}}", json!(format!("{}-duplicate", grant.person.sub))));
    }
    signer.seal(signature, &header, &payload)
}

/// The claims of the userinfo answer, with the faults that are on.
pub(crate) fn userinfo(shared: &Shared, now: &Snapshot, person: &Person) -> Map<String, Value> {
    let mut claims = person.userinfo.clone();
    if matches!(now.config.groups, GroupsIn::Userinfo | GroupsIn::Both) {
        add_groups(now, person, &mut claims);
    }
    claims.insert("sub".into(), json!(person.sub));
    for fault in now.faults.iter() {
        let edits = match fault {
            Fault::UserinfoWrongSub => vec![set("sub", format!("{}invalid", person.sub))],
            Fault::UserinfoMissingSub => vec![remove("sub")],
            Fault::UserinfoStrangeSub => vec![set("sub", json!({"id": person.sub}))],
            Fault::AggregatedClaims => aggregated(shared, now),
            _ => optional_claim_faults(shared, now, *fault),
        };
        apply(&edits, &mut claims);
    }
    claims
}

fn add_groups(now: &Snapshot, person: &Person, claims: &mut Map<String, Value>) {
    if let Some(groups) = &person.groups {
        claims.insert(now.config.groups_claim.clone(), groups.clone());
    }
}

/// What the faults do to the signature and the header.
fn signing(now: &Snapshot) -> (Signature, Edits) {
    let mut signature = Signature::Honest;
    let mut header = Edits::new();
    for fault in now.faults.iter() {
        match fault {
            Fault::AlgNone => signature = Signature::Unsigned,
            Fault::BadSignature => signature = Signature::Flipped,
            Fault::BadSignatureEs256 => signature = Signature::FlippedWith(crate::Alg::Es256),
            Fault::Hs256WithSecret => signature = Signature::SecretMac,
            Fault::Hs256WithPublicKey => {
                signature = Signature::PublicKeyMac;
                // The attack works best under the `kid` of the key whose public half is the secret.
                if let Some(key) = now.keys.key_for(crate::Alg::Rs256) {
                    header.push(set("kid", key.kid.clone()));
                }
            }
            Fault::AlternateAlg => {
                let es256 = now.config.alg == crate::Alg::Es256;
                signature = Signature::With(if es256 { crate::Alg::Rs256 } else { crate::Alg::Es256 });
            }
            Fault::WrongKey => signature = Signature::Stranger,
            Fault::WeakRsaKey => signature = Signature::Weak,
            Fault::UnknownKid => header.push(set("kid", "a-kid-that-no-set-holds")),
            Fault::KidAbsentSingleKey | Fault::KidAbsentManyKeys => header.push(remove("kid")),
            _ => {}
        }
    }
    (signature, header)
}

/// What a fault does to the claims of the ID token.
fn claim_faults(shared: &Shared, now: &Snapshot, fault: Fault, claims: &Map<String, Value>) -> Edits {
    let appended = |name: &str| {
        let value = claims.get(name).and_then(Value::as_str).unwrap_or_default();
        vec![set(name, format!("{value}1"))]
    };
    let at = |seconds: i64| now.time.saturating_add(seconds);
    match fault {
        Fault::WrongNonce => appended("nonce"),
        Fault::MissingNonce => vec![remove("nonce")],
        Fault::WrongAudience => appended("aud"),
        Fault::MissingAudience => vec![remove("aud")],
        Fault::SecondaryAudience => vec![set("aud", json!([shared.client_id, "stranger"]))],
        Fault::AudienceAsArray => vec![set("aud", json!([shared.client_id]))],
        Fault::WrongAzp => vec![set("azp", "stranger")],
        Fault::WrongIssuer => appended("iss"),
        Fault::MissingIssuer => vec![remove("iss")],
        Fault::MissingSubject => vec![remove("sub")],
        Fault::EmptySubject => vec![set("sub", "")],
        Fault::LongSubject => vec![set("sub", "a".repeat(300))],
        Fault::ControlCharInSubject => vec![set("sub", "a\n\0b")],
        Fault::MissingIat => vec![remove("iat")],
        Fault::IatInFuture => vec![set("iat", at(600)), set("exp", at(900))],
        Fault::IatTooOld => vec![set("iat", at(-86_400))],
        Fault::MissingExp => vec![remove("exp")],
        Fault::ExpiredIdToken => vec![set("iat", at(-400)), set("exp", at(-301))],
        Fault::NbfInFuture => vec![set("nbf", at(600))],
        Fault::ExpTooFar => vec![set("exp", at(CENTURY))],
        Fault::WrongAtHash => appended("at_hash"),
        _ => optional_claim_faults(shared, now, fault),
    }
}

/// What a fault does to claims that the ID token and userinfo share.
fn optional_claim_faults(shared: &Shared, now: &Snapshot, fault: Fault) -> Edits {
    let groups = now.config.groups_claim.as_str();
    match fault {
        Fault::StrangeClaimTypes => vec![
            set("email_verified", "true"),
            set("updated_at", "2024-01-01T00:00:00Z"),
            set("address", "1 Main Street"),
            set("amr", "pwd"),
            set("name", json!({"first": "Alice", "last": "Example"})),
        ],
        Fault::GroupsMissing => vec![remove(groups)],
        Fault::GroupsOverage => vec![
            remove(groups),
            set("_claim_names", json!({groups: "src1"})),
            set("_claim_sources", json!({"src1": {"endpoint": shared.url("elsewhere/groups")}})),
        ],
        Fault::HasGroups => vec![remove(groups), set("hasgroups", true)],
        _ => Edits::new(),
    }
}

fn aggregated(shared: &Shared, now: &Snapshot) -> Edits {
    let groups = now.config.groups_claim.as_str();
    let payload = json!({"iss": "https://claims.example", groups: ["administrators"]}).to_string();
    let inner = now.signer(shared).seal(Signature::Unsigned, &Edits::new(), &payload);
    vec![
        remove(groups),
        set("_claim_names", json!({groups: "src1"})),
        set("_claim_sources", json!({"src1": {"JWT": inner}})),
    ]
}

fn set(name: &str, value: impl Into<Value>) -> (String, Option<Value>) {
    (name.to_owned(), Some(value.into()))
}

fn remove(name: &str) -> (String, Option<Value>) {
    (name.to_owned(), None)
}
