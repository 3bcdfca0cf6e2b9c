//! One value that comes over the network: one fetch at a time, an age limit, and the old value kept when the provider
//! fails for a while.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;

/// How long a value is used, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ages {
    /// After this it is fetched again.
    pub(crate) fresh: i64,
    /// Until this it is still used when fetching fails.
    pub(crate) stale: i64,
}

/// After a failed refresh the old value is used for so many seconds before the next try.
const RETRY_SECONDS: i64 = 30;

pub(crate) struct Cache<T, E> {
    held: RwLock<Held<T>>,
    flight: Mutex<Flight<E>>,
}

struct Held<T> {
    value: Option<Arc<T>>,
    fetched_at: i64,
    retry_at: i64,
    /// Grows with every fetch that ended, good or bad.
    fetches: u64,
}

struct Flight<E> {
    last_error: Option<E>,
    forced_at: Option<i64>,
}

impl<T, E: Clone> Cache<T, E> {
    pub(crate) fn new() -> Self {
        let held = Held { value: None, fetched_at: 0, retry_at: 0, fetches: 0 };
        Self { held: RwLock::new(held), flight: Mutex::new(Flight { last_error: None, forced_at: None }) }
    }

    /// The value: held if young enough, else fetched. Callers that come while a fetch is under way share its outcome,
    /// so a provider that hangs is asked once and not once per login. `keep` says of an error whether the old value
    /// may be used in its place.
    pub(crate) async fn get<F>(
        &self,
        now: i64,
        ages: Ages,
        keep: impl Fn(&E) -> bool,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<T>, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        let before = match self.usable(now, ages) {
            Ok(value) => return Ok(value),
            Err(fetches) => fetches,
        };
        let mut flight = self.flight.lock().await;
        match self.usable(now, ages) {
            Ok(value) => return Ok(value),
            Err(fetches) if fetches != before => {
                if let Some(error) = &flight.last_error {
                    return Err(error.clone());
                }
            }
            Err(_) => {}
        }
        match fetch().await {
            Ok(value) => {
                flight.last_error = None;
                Ok(self.put(value, now))
            }
            Err(error) => {
                flight.last_error = Some(error.clone());
                let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
                held.fetches = held.fetches.wrapping_add(1);
                if keep(&error)
                    && let Some(old) = &held.value
                    && within(now, held.fetched_at, ages.stale)
                {
                    let old = Arc::clone(old);
                    held.retry_at = now.saturating_add(RETRY_SECONDS);
                    return Ok(old);
                }
                Err(error)
            }
        }
    }

    /// Fetches again although the value is young, because what it says does not fit. `None`: nothing newer is to be
    /// had, because the last forced fetch is less than `cool_down` seconds ago, or because fetching failed.
    pub(crate) async fn refetch<F>(
        &self,
        seen: &Arc<T>,
        now: i64,
        cool_down: i64,
        fetch: impl FnOnce() -> F,
    ) -> Option<Arc<T>>
    where
        F: Future<Output = Result<T, E>>,
    {
        let mut flight = self.flight.lock().await;
        if let Some(newer) = self.held().filter(|held| !Arc::ptr_eq(held, seen)) {
            return Some(newer);
        }
        if flight.forced_at.is_some_and(|at| within(now, at, cool_down)) {
            return None;
        }
        // Before the fetch, so that one that is abandoned half-way counts too.
        flight.forced_at = Some(now);
        let value = fetch().await.ok()?;
        flight.last_error = None;
        Some(self.put(value, now))
    }

    fn held(&self) -> Option<Arc<T>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).value.clone()
    }

    fn usable(&self, now: i64, ages: Ages) -> Result<Arc<T>, u64> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let Some(value) = &held.value else { return Err(held.fetches) };
        let fresh = within(now, held.fetched_at, ages.fresh);
        let waiting = now < held.retry_at && within(now, held.fetched_at, ages.stale);
        if fresh || waiting { Ok(Arc::clone(value)) } else { Err(held.fetches) }
    }

    fn put(&self, value: T, now: i64) -> Arc<T> {
        let value = Arc::new(value);
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let fetches = held.fetches.wrapping_add(1);
        *held = Held { value: Some(Arc::clone(&value)), fetched_at: now, retry_at: 0, fetches };
        value
    }
}

/// Whether `now` is less than `span` seconds after `then`. A clock that went backwards makes it false: better one fetch
/// too many than a value that never ages.
fn within(now: i64, then: i64, span: i64) -> bool {
    (0..span).contains(&now.saturating_sub(then))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const AGES: Ages = Ages { fresh: 10, stale: 100 };

    #[tokio::test]
    async fn callers_that_come_during_a_failing_fetch_share_its_error() {
        let cache: Cache<u8, &str> = Cache::new();
        let fetches = AtomicUsize::new(0);
        let ask = || {
            cache.get(
                0,
                AGES,
                |_| true,
                || async {
                    fetches.fetch_add(1, Ordering::Relaxed);
                    tokio::task::yield_now().await;
                    Err("down")
                },
            )
        };
        let (a, b, c) = tokio::join!(ask(), ask(), ask());
        assert_eq!((a, b, c), (Err("down"), Err("down"), Err("down")));
        assert_eq!(fetches.load(Ordering::Relaxed), 1);
        assert_eq!(ask().await, Err("down"));
        assert_eq!(fetches.load(Ordering::Relaxed), 2, "a later caller tries again");
    }

    #[tokio::test]
    async fn an_old_value_outlives_a_failing_provider_but_not_for_ever() {
        let cache: Cache<u8, &str> = Cache::new();
        let ok = |value: u8| move || async move { Ok(value) };
        let fail = || async { Err("down") };
        assert_eq!(cache.get(0, AGES, |_| true, ok(1)).await, Ok(Arc::new(1)));
        assert_eq!(cache.get(9, AGES, |_| true, ok(2)).await, Ok(Arc::new(1)), "fresh");
        assert_eq!(cache.get(10, AGES, |_| true, fail).await, Ok(Arc::new(1)), "kept");
        assert_eq!(cache.get(39, AGES, |_| true, ok(3)).await, Ok(Arc::new(1)), "not asked again yet");
        assert_eq!(cache.get(40, AGES, |_| false, fail).await, Err("down"), "not for this error");
        assert_eq!(cache.get(100, AGES, |_| true, fail).await, Err("down"), "too old");
        assert_eq!(cache.get(101, AGES, |_| true, ok(4)).await, Ok(Arc::new(4)));
        assert_eq!(cache.get(50, AGES, |_| true, ok(5)).await, Ok(Arc::new(5)), "a clock that went back");
    }

    #[tokio::test]
    async fn a_forced_fetch_happens_once_per_cool_down() {
        let cache: Cache<u8, &str> = Cache::new();
        let ok = |value: u8| move || async move { Ok(value) };
        let first = cache.get(0, AGES, |_| true, ok(1)).await.unwrap();
        let second = cache.refetch(&first, 0, 30, ok(2)).await.unwrap();
        assert_eq!(*second, 2);
        assert_eq!(cache.refetch(&second, 29, 30, ok(3)).await, None);
        assert_eq!(
            cache.refetch(&first, 29, 30, ok(3)).await.as_deref(),
            Some(&2),
            "somebody else was faster"
        );
        assert_eq!(cache.refetch(&second, 30, 30, || async { Err("down") }).await, None);
        assert_eq!(cache.refetch(&second, 59, 30, ok(3)).await, None, "a failed one counts");
        assert_eq!(cache.refetch(&second, 60, 30, ok(3)).await.as_deref(), Some(&3));
    }
}
