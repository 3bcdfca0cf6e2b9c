//! What the server and the handle share.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::config::{Config, Person};
use crate::faults::Fault;
use crate::jwt::Signer;
use crate::keys::{self, KeySet};
use crate::record::{Issued, Recorded};

/// How many codes and tokens are remembered at most, so that a long benchmark does not grow for ever.
const REMEMBERED: usize = 100_000;

pub(crate) struct Shared {
    /// `http://127.0.0.1:PORT`.
    pub(crate) origin: String,
    /// Path of the issuer, with both slashes.
    pub(crate) base: &'static str,
    /// `origin` + `base`.
    pub(crate) issuer: String,
    /// Random for each start, so that a relying party has to read it from the metadata.
    pub(crate) jwks_path: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) record: bool,
    pub(crate) stop: watch::Receiver<bool>,
    state: Mutex<State>,
}

/// The part that changes.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) config: Arc<Config>,
    pub(crate) faults: Arc<[Fault]>,
    pub(crate) person: Arc<Person>,
    pub(crate) keys: Option<Arc<KeySet>>,
    /// The secrets accepted at the token endpoint; `None`: the one it started with.
    pub(crate) secrets: Option<Vec<String>>,
    pub(crate) now: Option<i64>,
    pub(crate) offset: i64,
    pub(crate) codes: Bounded<Grant>,
    /// Access tokens by the code that they were issued for, to revoke them when the code is used again.
    pub(crate) spent: Bounded<String>,
    pub(crate) tokens: Bounded<Access>,
    pub(crate) refresh: Bounded<Grant>,
    /// Pushed requests, each with the time until which it is good.
    pub(crate) pushed: Bounded<(i64, Vec<(String, String)>)>,
    /// `jti` of every client assertion so far.
    pub(crate) assertions: HashSet<String>,
    pub(crate) recorded: Vec<Recorded>,
    pub(crate) issued: Vec<Issued>,
}

/// What an authorization granted.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) redirect_uri: String,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) scope: String,
    pub(crate) sid: String,
    pub(crate) auth_time: i64,
    pub(crate) expires_at: i64,
    pub(crate) person: Arc<Person>,
}

/// What an access token is good for.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) person: Arc<Person>,
    pub(crate) expires_at: i64,
}

/// The settings as they are at the start of a request.
pub(crate) struct Snapshot {
    pub(crate) config: Arc<Config>,
    pub(crate) faults: Arc<[Fault]>,
    pub(crate) person: Arc<Person>,
    pub(crate) keys: Arc<KeySet>,
    /// Unix seconds.
    pub(crate) time: i64,
}

impl Snapshot {
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// The same settings with every fault off.
    pub(crate) fn honest(mut self) -> Self {
        self.faults = Arc::default();
        self
    }

    pub(crate) fn signer<'a>(&'a self, shared: &'a Shared) -> Signer<'a> {
        Signer { keys: &self.keys, secret: &shared.client_secret, alg: self.config.alg }
    }
}

impl Shared {
    pub(crate) fn new(
        origin: String,
        credentials: (String, String),
        record: bool,
        config: Config,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let base = "/test/a/latchkey/";
        let state =
            State { config: Arc::new(config), keys: Some(Arc::new(KeySet::new(0))), ..State::default() };
        Self {
            issuer: format!("{origin}{base}"),
            origin,
            base,
            jwks_path: format!("jwks-{}", keys::random(6)),
            client_id: credentials.0,
            client_secret: credentials.1,
            record,
            stop,
            state: Mutex::new(state),
        }
    }

    /// Never held across an await or a signature.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut state = self.lock();
        let time = state.now.unwrap_or_else(system_now).saturating_add(state.offset);
        Snapshot {
            config: Arc::clone(&state.config),
            faults: Arc::clone(&state.faults),
            person: Arc::clone(&state.person),
            keys: Arc::clone(state.keys.get_or_insert_with(|| Arc::new(KeySet::new(0)))),
            time,
        }
    }

    /// Whether the client may authenticate with this secret now.
    pub(crate) fn takes_secret(&self, secret: &str) -> bool {
        match &self.lock().secrets {
            Some(accepted) => accepted.iter().any(|one| one == secret),
            None => secret == self.client_secret,
        }
    }

    pub(crate) fn rotate_keys(&self) {
        let next = Arc::new(self.snapshot().keys.next());
        self.lock().keys = Some(next);
    }

    /// Returns when the handle is dropped.
    pub(crate) async fn stopped(&self) {
        // An error means that the handle is gone, which is what is waited for.
        let mut stop = self.stop.clone();
        drop(stop.wait_for(|stop| *stop).await);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the default of `FakeIdp::set_now`; no product code runs on it"
)]
fn system_now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// A map that forgets its oldest entries.
pub(crate) struct Bounded<T> {
    entries: HashMap<String, T>,
    order: VecDeque<String>,
}

impl<T> Default for Bounded<T> {
    fn default() -> Self {
        Self { entries: HashMap::new(), order: VecDeque::new() }
    }
}

impl<T> Bounded<T> {
    pub(crate) fn insert(&mut self, key: String, value: T) {
        if self.order.len() >= REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
        self.order.push_back(key.clone());
        self.entries.insert(key, value);
    }

    pub(crate) fn get(&self, key: &str) -> Option<&T> {
        self.entries.get(key)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.values_mut()
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<T> {
        self.entries.remove(key)
    }
}
