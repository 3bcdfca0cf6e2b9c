//! Passwords: hashed and checked off the async threads, changed, and set for once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use argon2::{
    Argon2, PasswordHasher as _, PasswordVerifier as _,
    password_hash::{PasswordHash, SaltString},
};
use domain::{
    access::{Caller, Via},
    audit::AuditKind,
    form::{FieldCode, FieldErrors, PasswordForm},
    id::UserId,
    problem::ProblemCode,
    secret::Secret,
};
use store::Tx;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;

use super::{ServiceError, audit, lockout};
use crate::state::Core;

/// How many requests may wait for a turn; the next is told that the server is busy.
const WAITING: usize = 64;

/// How long a one-time password can be used, in hours.
const ONE_TIME_HOURS: i64 = 72;

/// Letters and digits that nobody confuses when reading them aloud.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789-";

/// The one place where passwords are hashed and checked: each takes 19 MiB and some 20 ms, so only a few at a time.
pub struct Passwords {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// A hash of nothing anybody knows: checked when there is no other, so that it takes as long.
    dummy: Secret,
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

impl Passwords {
    /// As many turns as processors, at most four.
    #[must_use]
    pub fn new() -> Self {
        let turns = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 4);
        // Salt and hash of random bytes made for this place; argon2's parameters are those of `hash`.
        let dummy = "$argon2id$v=19$m=19456,t=2,p=1$V2hhdCBub2JvZHkga25v$\
                     k5J0a0h0cVQ3d0l2b2Y1bVJmNnJ4c0Q5cTJ5WnVLcEE";
        Self {
            turns: Arc::new(Semaphore::new(turns)),
            waiting: AtomicUsize::new(0),
            dummy: Secret::new(dummy),
        }
    }

    /// Argon2id with the crate's defaults, OWASP's first choice: 19 MiB, two passes, one lane.
    ///
    /// # Errors
    /// Busy; no randomness.
    pub async fn hash(&self, password: &Secret) -> Result<Secret, ServiceError> {
        let password = password.clone();
        self.turn(move || {
            let mut salt = [0_u8; 16];
            getrandom::fill(&mut salt).map_err(|error| ServiceError::Internal(error.to_string().into()))?;
            let internal =
                |error: argon2::password_hash::Error| ServiceError::Internal(error.to_string().into());
            let salt = SaltString::encode_b64(&salt).map_err(internal)?;
            let hash =
                Argon2::default().hash_password(password.expose().as_bytes(), &salt).map_err(internal)?;
            Ok(Secret::new(hash.to_string()))
        })
        .await?
    }

    /// Whether the password fits the stored hash; without a hash it takes as long and does not.
    ///
    /// # Errors
    /// Busy.
    pub async fn verify(&self, phc: Option<&Secret>, password: &Secret) -> Result<bool, ServiceError> {
        let known = phc.is_some();
        let (phc, password) = (phc.unwrap_or(&self.dummy).clone(), password.clone());
        let fits = self
            .turn(move || {
                let parsed = PasswordHash::new(phc.expose());
                parsed.is_ok_and(|hash| {
                    Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok()
                })
            })
            .await?;
        Ok(fits && known)
    }

    async fn turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ServiceError> {
        let busy = || ServiceError::Refused(ProblemCode::Unavailable);
        let place = Place::take(&self.waiting).ok_or_else(busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| busy())?;
        drop(place);
        let worker = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        worker.await.map_err(|error| ServiceError::Internal(Box::new(error)))
    }
}

/// A place in the queue, given back also when the request goes away.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Option<Self> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::AcqRel) < WAITING { Some(place) } else { None }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The form in which user names are unique and counted: NFKC, then [`domain::username::folded`].
#[must_use]
pub fn canonical(username: &str) -> String {
    domain::username::folded(&username.nfkc().collect::<String>())
}

/// 20 random characters.
///
/// # Errors
/// The operating system has no randomness.
pub fn random() -> Result<Secret, ServiceError> {
    let mut bytes = [0_u8; 20];
    getrandom::fill(&mut bytes).map_err(|error| ServiceError::Internal(error.to_string().into()))?;
    let pick = |byte: &u8| char::from(ALPHABET.get(usize::from(byte & 31)).copied().unwrap_or(b'x'));
    Ok(Secret::new(bytes.iter().map(pick).collect::<String>()))
}

/// Gives a user a one-time password, to be changed at the next sign-in, and ends their sessions. The caller audits.
///
/// # Errors
/// Busy; the database.
pub async fn set_one_time(core: &Core, tx: &mut Tx, user: &UserId) -> Result<Secret, ServiceError> {
    let password = random()?;
    let phc = core.passwords.hash(&password).await?;
    tx.passwords().set(user, phc.expose(), true, Some(core.now().plus_hours(ONE_TIME_HOURS))).await?;
    tx.sessions().end_for_user(user, None).await?;
    Ok(password)
}

/// A user changes their own password; their other sessions end.
///
/// # Errors
/// Every problem, by field; not in a session; too many tries; busy; the database.
pub async fn change(core: &Core, caller: &Caller, form: &PasswordForm) -> Result<(), ServiceError> {
    let (Some(user), Via::Session { id: session, .. }) = (&caller.user_id, &caller.via) else {
        return Err(ServiceError::Refused(ProblemCode::Forbidden));
    };
    form.validate(&caller.username)?;
    let wrong = || ServiceError::Fields(FieldErrors::one("current", FieldCode::WrongPassword));
    let key = lockout::name_key(&canonical(&caller.username));
    let row = {
        let mut tx = core.db.begin().await?;
        if !lockout::may_try(core, &mut tx, &key, lockout::PER_NAME).await? {
            return Err(ServiceError::Refused(ProblemCode::TooManyRequests));
        }
        let row = tx.passwords().find(user).await?;
        tx.commit().await?;
        row
    };
    let phc = row.as_ref().map(|row| &row.phc);
    if !core.passwords.verify(phc, &form.current).await? {
        return Err(wrong());
    }
    if form.current.expose() == form.new.expose() {
        return Err(ServiceError::Fields(FieldErrors::one("new", FieldCode::Taken)));
    }
    let new = core.passwords.hash(&form.new).await?;
    let mut tx = core.db.begin().await?;
    // The password that was checked must still be the one in force.
    let still = tx.passwords().find(user).await?;
    if still.as_ref().map(|row| row.phc.expose()) != phc.map(Secret::expose) {
        return Err(wrong());
    }
    tx.passwords().set(user, new.expose(), false, None).await?;
    let ended = tx.sessions().end_for_user(user, Some(session)).await?;
    tx.sign_in_failures().clear(&key).await?;
    let detail = serde_json::json!({ "sessionsEnded": ended });
    let event =
        audit::event(caller, AuditKind::PasswordChanged, Some(format!("user:{}", caller.username)), detail);
    tx.audit_events().append(&event).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash(&Secret::new("correct horse")).await.unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify(Some(&hash), &Secret::new("correct horse")).await.unwrap());
        assert!(!passwords.verify(Some(&hash), &Secret::new("correct horsf")).await.unwrap());
        assert!(!passwords.verify(None, &Secret::new("correct horse")).await.unwrap());
    }

    #[test]
    fn the_hash_of_nobody_can_be_checked_like_any_other() {
        let passwords = Passwords::new();
        let parsed = PasswordHash::new(passwords.dummy.expose()).unwrap();
        assert_eq!(parsed.params.to_string(), "m=19456,t=2,p=1");
        assert_eq!(parsed.hash.unwrap().len(), 32);
    }

    #[test]
    fn names_that_look_alike_are_one_name() {
        for name in ["admin", "Admin", "ａｄｍｉｎ", "admin ", "аdmin", "ad\u{200b}min"] {
            assert_eq!(canonical(name), "admin", "{name:?}");
        }
    }

    #[tokio::test]
    async fn the_queue_is_bounded_and_places_are_given_back() {
        let passwords = Passwords::new();
        let places: Vec<_> = (0..WAITING).map(|_| Place::take(&passwords.waiting).unwrap()).collect();
        let refused = passwords.verify(None, &Secret::new("x")).await.unwrap_err();
        assert!(matches!(refused, ServiceError::Refused(ProblemCode::Unavailable)));
        drop(places);
        assert_eq!(passwords.waiting.load(Ordering::Acquire), 0);
        assert!(!passwords.verify(None, &Secret::new("x")).await.unwrap());
    }
}
