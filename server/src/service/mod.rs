//! Use cases. Each takes the [`Caller`](domain::access::Caller) first, asks for the permission it needs, validates,
//! changes and audits in one transaction. Pages, REST and the command line all come through here.

pub mod access;
pub mod api_tokens;
pub mod apply;
pub mod audit;
pub mod bootstrap;
pub mod client_keys;
pub mod client_secrets;
pub(crate) mod delegated;
pub mod expected;
pub mod guarded;
pub mod impact;
pub(crate) mod implied_grants;
pub mod import;
pub mod integrations;
pub mod live_groups;
pub mod lock_out_guard;
pub mod lockout;
pub mod login;
pub mod managed;
pub mod mappings;
pub mod notices;
pub(crate) mod organization_owners;
pub mod password;
pub mod pending;
pub mod places;
pub mod probe;
pub mod provisioning;
pub mod public_api;
pub mod refusals;
pub mod roles;
pub(crate) mod rule_index;
pub mod sessions;
pub mod settings;
pub mod shape;
pub mod sign_in;
pub mod simulate;
pub mod tenancy;
pub mod users;
pub mod watch;

use domain::{
    access::NotAllowed,
    api::UsedBy,
    form::{FieldCode, FieldErrors},
    problem::ProblemCode,
};

/// Why a use case did not do what was asked: everything, for the log; [`ServiceError::public`] for the outside.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Fields are wrong.
    #[error("invalid: {0}")]
    Fields(#[from] FieldErrors),
    /// Refused for a stated reason.
    #[error("refused: {}", .0.code())]
    Refused(ProblemCode),
    /// Keys of a file are wrong.
    #[error("invalid file: {fields}")]
    File {
        /// Which, and how.
        fields: FieldErrors,
        /// The same with lines.
        detail: String,
    },
    /// The JSON cannot be read; says where.
    #[error("{0}")]
    BadJson(String),
    /// So many other things, named in the singular, hang on it.
    #[error("in use by {0:?}")]
    InUse(Vec<(&'static str, u64)>),
    /// So many other things hang on it, and these are the first of them.
    #[error("in use by {counts:?}")]
    UsedBy {
        /// How many of each kind, named in the singular.
        counts: Vec<(&'static str, u64)>,
        /// The first of them.
        items: Vec<UsedBy>,
    },
    /// The organization with this name would be left without an owner.
    #[error("the last owner of {0}")]
    LastOrganizationOwner(String),
    /// Somebody changed it since it was read: the newest revision, and the members that differ.
    #[error("changed meanwhile: revision {newest} is the newest")]
    Conflict {
        /// The newest revision.
        newest: i64,
        /// The members that differ from what was read.
        fields: FieldErrors,
    },
    /// The caller lacks a permission.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The provider or the network.
    #[error(transparent)]
    Oidc(#[from] oidc::Error),
    /// Something that should not happen.
    #[error("internal: {0}")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What may be told of a [`ServiceError`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Public {
    /// The code; it decides status and sentence.
    pub code: ProblemCode,
    /// The fields, when the code is `invalid`.
    pub fields: FieldErrors,
    /// More about it, in our own words.
    pub detail: Option<String>,
    /// The newest revision, when the code is `stale` and it is known.
    pub current: Option<i64>,
    /// What hangs on it, when the code is `in_use` and it is known.
    pub used_by: Vec<UsedBy>,
}

impl Public {
    fn of(code: ProblemCode) -> Self {
        Self { code, fields: FieldErrors::default(), detail: None, current: None, used_by: Vec::new() }
    }

    fn fields(fields: FieldErrors) -> Self {
        Self { fields, ..Self::of(ProblemCode::Invalid) }
    }
}

impl ServiceError {
    /// What may be told: exhaustive, so that a new cause must be decided here.
    #[must_use]
    pub fn public(&self) -> Public {
        let code = match self {
            Self::Fields(fields) => return Public::fields(fields.clone()),
            Self::Store(store::Error::BadCursor) => {
                return Public::fields(FieldErrors::one("cursor", FieldCode::BadCursor));
            }
            Self::File { fields, detail } => {
                let (fields, detail) = (fields.clone(), Some(detail.clone()));
                return Public { detail, ..Public::fields(fields) };
            }
            Self::BadJson(place) => {
                let detail = Some(place.clone());
                return Public { detail, ..Public::of(ProblemCode::Malformed) };
            }
            Self::InUse(by) => {
                return Public { detail: Some(used_by(by)), ..Public::of(ProblemCode::InUse) };
            }
            Self::UsedBy { counts, items } => {
                let (detail, used_by) = (Some(used_by(counts)), items.clone());
                return Public { detail, used_by, ..Public::of(ProblemCode::InUse) };
            }
            Self::LastOrganizationOwner(name) => {
                let detail = format!(
                    "The organization {name} would be left without an owner. Make somebody else an owner of it first."
                );
                return Public { detail: Some(detail), ..Public::of(ProblemCode::LastOwner) };
            }
            Self::Conflict { newest, fields } => {
                let fields = fields.clone();
                return Public { fields, current: Some(*newest), ..Public::of(ProblemCode::Stale) };
            }
            Self::Refused(code) => *code,
            Self::NotAllowed(NotAllowed::Missing(_)) => ProblemCode::Forbidden,
            Self::NotAllowed(NotAllowed::PasswordChangeNeeded) => ProblemCode::PasswordChangeNeeded,
            Self::Store(store::Error::Taken(_)) => ProblemCode::Taken,
            Self::Store(store::Error::Stale) => ProblemCode::Stale,
            Self::Store(store::Error::Missing(_)) => ProblemCode::NotFound,
            Self::Store(_) => ProblemCode::Unavailable,
            Self::Oidc(_) | Self::Internal(_) => ProblemCode::Internal,
        };
        Public::of(code)
    }
}

/// `It is used by 1 project and 2 mapping rules.`
fn used_by(counts: &[(&'static str, u64)]) -> String {
    let plural = |what: &str, count: u64| match (what, count) {
        (what, 1) => what.to_owned(),
        ("person", _) => "people".to_owned(),
        (what, _) => format!("{what}s"),
    };
    let by: Vec<String> =
        counts.iter().map(|(what, count)| format!("{count} {}", plural(what, *count))).collect();
    format!("It is used by {}.", by.join(" and "))
}
