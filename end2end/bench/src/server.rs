//! The server under test: a process of its own, on a core of its own, gone when this is dropped.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::client::{Connection, get};
use crate::pin::Cores;

/// Linux reports times of processes in this unit, whatever the kernel's own one is.
const TICKS_A_SECOND: f64 = 100.0;

/// Where the server's data, settings and log are; removed when dropped.
pub struct Installation {
    folder: PathBuf,
    binary: PathBuf,
    core: Option<usize>,
    /// Where the server listens.
    pub address: SocketAddr,
    client_secret: String,
}

/// A running server.
pub struct Server {
    child: Child,
    /// From its start to the first 200 of `/readyz`.
    pub ready_after: Duration,
}

impl Installation {
    /// Writes the settings and applies `wanted` (a file for `latchkey apply`).
    ///
    /// # Errors
    /// If the folder cannot be written or the server refuses the file.
    pub async fn new(
        folder: &Path,
        binary: &Path,
        cores: &Cores,
        client_secret: &str,
        wanted: &str,
    ) -> Result<Self, String> {
        if !binary.is_file() {
            return Err(format!("{} is missing: run 'make build' first", binary.display()));
        }
        let folder = folder.join(std::process::id().to_string());
        fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        let full =
            |path: &Path| fs::canonicalize(path).map_err(|error| format!("{}: {error}", path.display()));
        let installation = Self {
            folder: full(&folder)?,
            binary: full(binary)?,
            core: cores.server,
            address: free_address()?,
            client_secret: client_secret.to_owned(),
        };
        installation.write("latchkey.toml", &installation.settings())?;
        installation.write("bench.yaml", wanted)?;
        installation.run(&["migrate", "--config", "latchkey.toml"]).await?;
        installation.run(&["apply", "-f", "bench.yaml", "--config", "latchkey.toml"]).await?;
        Ok(installation)
    }

    fn settings(&self) -> String {
        let (address, folder) = (self.address, self.folder.display());
        // The driver names another client address in each sign-in, as a proxy would: limits for one client do not
        // count for ten thousand people.
        format!(
            "[http]\nlisten = \"{address}\"\npublic_url = \"http://{address}\"\ntrusted_proxies = [\"127.0.0.1/32\"]\n\n\
             [database]\nurl = \"sqlite://{folder}/latchkey.db\"\n\n\
             [outbound]\nallow_private = [\"127.0.0.0/8\"]\nallow_http = true\n\n\
             [log]\nlevel = \"warn\"\n"
        )
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let path = self.folder.join(name);
        fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
    }

    async fn run(&self, arguments: &[&str]) -> Result<(), String> {
        let mut command = self.command(arguments)?;
        let what = arguments.first().copied().unwrap_or_default();
        // On a thread of its own: applying may ask the identity provider, which runs in this process.
        let status = tokio::task::spawn_blocking(move || command.status()).await;
        match status.map_err(|error| error.to_string())? {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("latchkey {what} failed ({status}).{}", self.log())),
            Err(error) => Err(format!("latchkey {what} cannot be started: {error}")),
        }
    }

    fn command(&self, arguments: &[&str]) -> Result<Command, String> {
        let mut command = match self.core {
            // It becomes the server without a new process, so the process id stays.
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["-c", &core.to_string()]).arg(&self.binary);
                command
            }
            None => Command::new(&self.binary),
        };
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LATCHKEY_"))
        {
            command.env_remove(name);
        }
        let log = File::options().create(true).append(true).open(self.folder.join("server.log"));
        let log = log.map_err(|error| format!("cannot write the server's log: {error}"))?;
        let again = log.try_clone().map_err(|error| error.to_string())?;
        command
            .args(arguments)
            .current_dir(&self.folder)
            // It encrypts nothing but this benchmark's data.
            .env("LATCHKEY_SECRETS__KEY", "YmVuY2htYXJrIGtleSwgcHJvdGVjdHMgbm90aGluZyE=")
            .env("BENCH_CLIENT_SECRET", &self.client_secret)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(again);
        Ok(command)
    }

    /// Starts the server and waits until it is ready.
    ///
    /// # Errors
    /// If it ends, or is not ready in 30 s.
    pub async fn start(&self) -> Result<Server, String> {
        let mut command = self.command(&["serve", "--config", "latchkey.toml"])?;
        let begin = Instant::now();
        let child = command.spawn().map_err(|error| format!("the server cannot be started: {error}"))?;
        let mut server = Server { child, ready_after: Duration::ZERO };
        let request = get("/readyz", self.address, "");
        loop {
            if let Ok(mut connection) = Connection::open(self.address).await
                && let Ok(answer) = connection.send(&request).await
                && answer.status == 200
            {
                server.ready_after = begin.elapsed();
                return Ok(server);
            }
            if let Ok(Some(status)) = server.child.try_wait() {
                return Err(format!("the server ended at its start ({status}).{}", self.log()));
            }
            if begin.elapsed() > Duration::from_secs(30) {
                return Err(format!("the server is not ready after 30 s.{}", self.log()));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// The end of the server's log, for an error message.
    #[must_use]
    pub fn log(&self) -> String {
        let log = fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.get(lines.len().saturating_sub(15)..).unwrap_or_default();
        if last.is_empty() { String::new() } else { format!(" Its last lines:\n{}", last.join("\n")) }
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        // What is left behind harms nobody.
        drop(fs::remove_dir_all(&self.folder));
    }
}

impl Server {
    /// Processor time that it has used, seconds.
    ///
    /// # Errors
    /// If it is gone.
    pub fn cpu_seconds(&self) -> Result<f64, String> {
        cpu_seconds(&self.child.id().to_string())
    }

    /// Resident memory now, MB of 1,000,000 bytes.
    ///
    /// # Errors
    /// If it is gone.
    pub fn resident_mb(&self) -> Result<f64, String> {
        let gone = || "the server is gone".to_owned();
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).map_err(|_| gone())?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or_else(gone)?;
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().map_err(|_| gone())?;
        Ok(kib * 1024.0 / 1_000_000.0)
    }

    /// Asks it to end, as a service manager does, and waits.
    ///
    /// # Errors
    /// If it does not end in 15 s. (It is killed then.)
    pub async fn stop(mut self) -> Result<(), String> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        asked.map_err(|error| format!("the server cannot be stopped: {error}"))?;
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(15) {
            if let Ok(Some(_)) = self.child.try_wait() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err("the server does not end 15 s after SIGTERM".to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it has already ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Processor time of a process and its threads, seconds; `self` is this process.
///
/// # Errors
/// If there is no such process.
pub fn cpu_seconds(process: &str) -> Result<f64, String> {
    let stat =
        fs::read_to_string(format!("/proc/{process}/stat")).map_err(|_| "the server is gone".to_owned())?;
    // The name, in parentheses, may hold spaces; user and system time are fields 14 and 15.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let times: Vec<f64> =
        after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    if times.len() == 2 {
        Ok(times.iter().sum::<f64>() / TICKS_A_SECOND)
    } else {
        Err("/proc is strange".to_owned())
    }
}

fn free_address() -> Result<SocketAddr, String> {
    let listener = TcpListener::bind("127.0.0.1:0");
    listener.and_then(|listener| listener.local_addr()).map_err(|error| format!("no free port: {error}"))
}
