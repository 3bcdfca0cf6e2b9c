//! Counters, served as Prometheus text on an address of their own. They name nobody.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// What is counted since the start.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Answers by the hundreds of their status: 1xx to 5xx.
    answers: [AtomicU64; 5],
    answer_microseconds: AtomicU64,
    panics: AtomicU64,
    logins: AtomicU64,
    failed_logins: AtomicU64,
    /// Integration, slot, seconds to its end.
    secrets: Mutex<Vec<(String, u8, i64)>>,
    /// By integration and kind.
    provider_changes: Mutex<BTreeMap<(String, &'static str), u64>>,
    /// By integration: whether its provider could be read the last time.
    provider_watch: Mutex<BTreeMap<String, bool>>,
    /// By integration: host and end of its certificate, Unix seconds.
    certificates: Mutex<BTreeMap<String, Vec<(String, i64)>>>,
}

impl Metrics {
    /// A request was answered.
    pub fn answered(&self, status: u16, microseconds: u64) {
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(counter) = self.answers.get(class) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.answer_microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// A handler panicked.
    pub fn panicked(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
    }

    /// A session began.
    pub fn logged_in(&self) {
        self.logins.fetch_add(1, Ordering::Relaxed);
    }

    /// A login failed.
    pub fn login_failed(&self) {
        self.failed_logins.fetch_add(1, Ordering::Relaxed);
    }

    /// How many seconds are left to client secrets with an end: integration, slot, seconds (below zero: it is over).
    pub fn secrets_expire(&self, all: Vec<(String, u8, i64)>) {
        *self.secrets.lock().unwrap_or_else(PoisonError::into_inner) = all;
    }

    /// A provider says something else of itself than before.
    pub fn provider_changed(&self, integration: &str, kind: &'static str) {
        let mut counts = self.provider_changes.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((integration.to_owned(), kind)).or_default() += 1;
    }

    /// A provider was looked at.
    pub fn watched(&self, integration: &str, ok: bool) {
        self.provider_watch.lock().unwrap_or_else(PoisonError::into_inner).insert(integration.to_owned(), ok);
    }

    /// When the certificates of an integration's provider end: host, Unix seconds.
    pub fn certificates_end(&self, integration: &str, ends: Vec<(String, i64)>) {
        let mut all = self.certificates.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(integration.to_owned(), ends);
    }

    /// What was seen of providers. Names of integrations are letters, digits and `_`: nothing to escape.
    fn provider_text(&self, out: &mut String) {
        out.push_str(
            "# HELP latchkey_provider_changes_total Differences in what a provider says of itself.\n\
             # TYPE latchkey_provider_changes_total counter\n",
        );
        for ((integration, kind), count) in
            self.provider_changes.lock().unwrap_or_else(PoisonError::into_inner).iter()
        {
            let labels = format!("integration=\"{integration}\",kind=\"{kind}\"");
            let _ = writeln!(out, "latchkey_provider_changes_total{{{labels}}} {count}");
        }
        out.push_str(
            "# HELP latchkey_provider_watch_ok Whether a provider could be read the last time.\n\
             # TYPE latchkey_provider_watch_ok gauge\n",
        );
        for (integration, ok) in self.provider_watch.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let _ = writeln!(
                out,
                "latchkey_provider_watch_ok{{integration=\"{integration}\"}} {}",
                u8::from(*ok)
            );
        }
        out.push_str(
            "# HELP latchkey_certificate_not_after_seconds When a provider's certificate ends, Unix time.\n\
             # TYPE latchkey_certificate_not_after_seconds gauge\n",
        );
        for (integration, ends) in self.certificates.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            for (host, at) in ends {
                let host = host.replace(['\\', '"', '\n'], "_");
                let labels = format!("integration=\"{integration}\",host=\"{host}\"");
                let _ = writeln!(out, "latchkey_certificate_not_after_seconds{{{labels}}} {at}");
            }
        }
    }

    /// In Prometheus' text format 0.0.4.
    #[must_use]
    pub fn text(&self) -> String {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut out = String::from(
            "# HELP latchkey_http_requests_total Answered requests by class of status.\n\
             # TYPE latchkey_http_requests_total counter\n",
        );
        let mut all = 0;
        for (class, counter) in (1..).zip(&self.answers) {
            let count = read(counter);
            all += count;
            let _ = writeln!(out, "latchkey_http_requests_total{{status=\"{class}xx\"}} {count}");
        }
        let microseconds = read(&self.answer_microseconds);
        let (seconds, rest) = (microseconds / 1_000_000, microseconds % 1_000_000);
        let _ = writeln!(
            out,
            "# HELP latchkey_http_request_duration_seconds Time from request to answer.\n\
             # TYPE latchkey_http_request_duration_seconds summary\n\
             latchkey_http_request_duration_seconds_sum {seconds}.{rest:06}\n\
             latchkey_http_request_duration_seconds_count {all}"
        );
        for (name, help, counter) in [
            ("latchkey_logins_total", "Sessions that began.", &self.logins),
            ("latchkey_failed_logins_total", "Logins that were refused or failed.", &self.failed_logins),
            ("latchkey_panics_total", "Panics caught in handlers.", &self.panics),
        ] {
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} counter\n{name} {}", read(counter));
        }
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        if !secrets.is_empty() {
            out.push_str(
                "# HELP latchkey_client_secret_expires_seconds Time to the end of a client secret; below zero: over.\n\
                 # TYPE latchkey_client_secret_expires_seconds gauge\n",
            );
        }
        // Names are letters, digits and underscores, so that nothing has to be escaped.
        for (integration, slot, seconds) in secrets.iter() {
            let _ = writeln!(
                out,
                "latchkey_client_secret_expires_seconds{{integration=\"{integration}\",slot=\"{slot}\"}} {seconds}"
            );
        }
        drop(secrets);
        self.provider_text(&mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::Metrics;

    #[test]
    fn what_happened_is_counted() {
        let metrics = Metrics::default();
        metrics.answered(200, 1_500_000);
        metrics.answered(503, 1);
        metrics.login_failed();
        let text = metrics.text();
        for line in [
            "latchkey_http_requests_total{status=\"2xx\"} 1",
            "latchkey_http_requests_total{status=\"5xx\"} 1",
            "latchkey_http_request_duration_seconds_sum 1.500001",
            "latchkey_http_request_duration_seconds_count 2",
            "latchkey_failed_logins_total 1",
            "latchkey_logins_total 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in:\n{text}");
        }
    }
}
