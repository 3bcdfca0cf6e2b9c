//! One core for the server, another one for everything else.

use std::fs;
use std::process::{Command, Stdio};

/// Who runs where; `None` where pinning is not possible.
pub struct Cores {
    /// The server's core.
    pub server: Option<usize>,
    /// The core of the driver and the identity provider.
    pub driver: Option<usize>,
}

impl Cores {
    /// Moves this process to the second core that it may use. Called before there are other threads.
    #[must_use]
    pub fn take() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let list =
            status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap_or_default();
        let allowed = parse(list);
        let (Some(server), Some(driver)) = (allowed.first().copied(), allowed.get(1).copied()) else {
            return Self { server: None, driver: None };
        };
        let pinned = Command::new("taskset")
            .args(["-c", "-p", &driver.to_string(), &std::process::id().to_string()])
            .stdout(Stdio::null())
            .status();
        match pinned {
            Ok(status) if status.success() => Self { server: Some(server), driver: Some(driver) },
            _ => Self { server: None, driver: None },
        }
    }

    /// For the report.
    #[must_use]
    pub fn describe(&self) -> String {
        match (self.server, self.driver) {
            (Some(server), Some(driver)) => {
                format!("server on core {server}, identity provider and driver on core {driver}")
            }
            _ => "nothing pinned to a core (needs two cores and taskset)".to_owned(),
        }
    }
}

/// `0-1,4` → 0, 1, 4.
fn parse(list: &str) -> Vec<usize> {
    let range = |part: &str| -> Option<std::ops::RangeInclusive<usize>> {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        Some(from.trim().parse().ok()?..=to.trim().parse().ok()?)
    };
    list.trim().split(',').filter_map(range).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cores_are_read() {
        assert_eq!(parse("\t0-1,4\n"), [0, 1, 4]);
        assert_eq!(parse(""), [0_usize; 0]);
    }
}
