//! A clock that stands still until it is moved, and takes identity providers with it.

use std::sync::{
    Arc, Mutex, Weak,
    atomic::{AtomicI64, Ordering},
};

use domain::time::{Clock, Timestamp};
use fake_idp::FakeIdp;

/// See the module. Starts on 3 May 2026, 14:05 UTC.
pub struct MockClock {
    ms: AtomicI64,
    followers: Mutex<Vec<Weak<FakeIdp>>>,
}

impl Clock for MockClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.ms.load(Ordering::SeqCst))
    }
}

impl MockClock {
    /// At the start.
    pub fn new() -> Self {
        let start = Timestamp::parse("2026-05-03T14:05:00Z").unwrap();
        Self { ms: AtomicI64::new(start.ms()), followers: Mutex::default() }
    }

    /// Lets so many seconds pass.
    pub fn advance(&self, seconds: i64) {
        self.ms.fetch_add(seconds * 1000, Ordering::SeqCst);
        for idp in self.followers.lock().unwrap().iter().filter_map(Weak::upgrade) {
            idp.set_now(self.now().seconds());
        }
    }

    /// Keeps this provider's clock equal to this one.
    pub fn follow(&self, idp: &Arc<FakeIdp>) {
        idp.set_now(self.now().seconds());
        self.followers.lock().unwrap().push(Arc::downgrade(idp));
    }
}
