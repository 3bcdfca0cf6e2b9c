//! Everything the tests of this process log, at `debug`.

use std::{
    io,
    sync::{Mutex, Once, PoisonError},
};

use tracing_subscriber::EnvFilter;

static TEXT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static START: Once = Once::new();

struct Buffer;

impl io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        TEXT.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts keeping the log; further calls change nothing.
pub fn start() {
    START.call_once(|| {
        let filter = EnvFilter::new("debug,hyper_util=info,h2=info");
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| Buffer).init();
    });
}

/// The log so far, of all tests of this process.
pub fn text() -> String {
    String::from_utf8_lossy(&TEXT.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

/// The lines that hold this text.
pub fn lines_with(needle: &str) -> Vec<String> {
    text().lines().filter(|line| line.contains(needle)).map(str::to_owned).collect()
}
