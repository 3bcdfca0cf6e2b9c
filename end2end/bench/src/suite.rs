//! The measurements that need a running server, in the order that lets each prepare the next.

use std::time::{Duration, Instant};

use crate::args::Arguments;
use crate::load::{SessionChecks, SignIns, pages};
use crate::noise::Noise;
use crate::pin::Cores;
use crate::progress;
use crate::report::{Bound, Figure, median};
use crate::server::{Installation, Server, cpu_seconds};
use crate::setup::Provider;

/// Sign-ins before the first measured one: connections are open then, and the provider's keys known.
const WARM_UP: usize = 200;
/// How long a round of session checks takes.
const SESSION_ROUND: Duration = Duration::from_secs(4);
/// How long a round of pages takes.
const PAGE_ROUND: Duration = Duration::from_secs(2);
/// From readiness to looking at the memory: what a start leaves behind has settled.
const SETTLE: Duration = Duration::from_millis(500);

/// Measures what the arguments ask for.
///
/// # Errors
/// If something cannot be measured.
pub async fn measure(arguments: &Arguments, cores: &Cores, noise: &mut Noise) -> Result<Vec<Figure>, String> {
    progress("setting up");
    let provider = Provider::start().await?;
    let (secret, wanted) = (provider.client_secret().to_owned(), provider.wanted());
    let installation = Installation::new(&arguments.work, &arguments.server, cores, &secret, &wanted).await?;
    let sign_ins = SignIns::new(provider, installation.address);
    let figures = run(arguments, &installation, &sign_ins, noise).await;
    figures.map_err(|why| format!("{why}{}", installation.log()))
}

async fn run(
    arguments: &Arguments,
    installation: &Installation,
    sign_ins: &std::sync::Arc<SignIns>,
    noise: &mut Noise,
) -> Result<Vec<Figure>, String> {
    let mut figures = Vec::new();
    // The first start makes the first administrator, whose password hash takes time and memory.
    installation.start().await?.stop().await?;
    let starts = starts(arguments, installation).await?;
    noise.calibrate();

    let server = installation.start().await?;
    if arguments.wants("page") {
        figures.extend(page(arguments, installation, &server).await?);
        noise.calibrate();
    }
    if ["session", "signin", "memory"].iter().any(|part| arguments.wants(part)) {
        let (cookies, signed_in) = sign_in(arguments, &server, sign_ins).await?;
        noise.calibrate();
        let checks = SessionChecks::new(installation.address, &cookies).await?;
        let (checked, memory) = session(arguments, &server, &checks).await?;
        noise.calibrate();
        if arguments.wants("session") {
            figures.splice(0..0, checked);
        }
        if arguments.wants("signin") {
            figures.extend(signed_in);
        }
        if arguments.wants("memory") {
            let name = "resident memory with 10,000 sessions";
            figures.push(Figure::new("memory_sessions", name, "MB", Bound::AtMost(60.0), memory));
        }
    }
    server.stop().await?;
    if arguments.wants("memory") {
        let name = "resident memory, idle after start";
        figures.push(Figure::new("memory_idle", name, "MB", Bound::AtMost(40.0), starts.memory));
    }
    if arguments.wants("start") {
        let name = "ready after start";
        figures.push(Figure::new("start", name, "ms", Bound::AtMost(300.0), starts.ready));
    }
    Ok(figures)
}

struct Starts {
    /// Milliseconds.
    ready: Vec<f64>,
    /// MB.
    memory: Vec<f64>,
}

async fn starts(arguments: &Arguments, installation: &Installation) -> Result<Starts, String> {
    let mut starts = Starts { ready: Vec::new(), memory: Vec::new() };
    if !arguments.wants("start") && !arguments.wants("memory") {
        return Ok(starts);
    }
    progress("starting");
    for _ in 0..arguments.rounds {
        let server = installation.start().await?;
        starts.ready.push(server.ready_after.as_secs_f64() * 1_000.0);
        tokio::time::sleep(SETTLE).await;
        starts.memory.push(server.resident_mb()?);
        server.stop().await?;
    }
    Ok(starts)
}

async fn page(
    arguments: &Arguments,
    installation: &Installation,
    server: &Server,
) -> Result<Vec<Figure>, String> {
    progress("sign-in page");
    pages(installation.address, PAGE_ROUND / 4).await?;
    let (mut cpu, mut latency) = (Vec::new(), Vec::new());
    for _ in 0..arguments.rounds {
        let before = server.cpu_seconds()?;
        let times = pages(installation.address, PAGE_ROUND).await?;
        cpu.push((server.cpu_seconds()? - before) * 1_000.0 / times.len() as f64);
        latency.push(median(&times));
    }
    Ok(vec![
        Figure::new("page", "sign-in page, request to last byte", "ms", Bound::AtMost(2.0), latency),
        Figure::new("page_cpu", "sign-in page, processor time of the server", "ms", Bound::AtMost(2.0), cpu),
    ])
}

/// Rounds of sign-ins until there are enough sessions; all of them are kept.
async fn sign_in(
    arguments: &Arguments,
    server: &Server,
    sign_ins: &std::sync::Arc<SignIns>,
) -> Result<(Vec<String>, Vec<Figure>), String> {
    progress("signing in");
    sign_ins.run(WARM_UP.min(arguments.sessions)).await?;
    let each = arguments.sessions.div_ceil(arguments.rounds);
    let (mut cookies, mut per_cpu, mut per_second) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..arguments.rounds {
        let (before, start) = (server.cpu_seconds()?, Instant::now());
        cookies.append(&mut sign_ins.run(each).await?);
        per_second.push(each as f64 / start.elapsed().as_secs_f64());
        per_cpu.push(each as f64 / (server.cpu_seconds()? - before).max(0.01));
    }
    cookies.truncate(arguments.sessions);
    let figures = vec![
        Figure::new(
            "signin",
            "SSO sign-ins a CPU-second of the server",
            "1/s",
            Bound::AtLeast(800.0),
            per_cpu,
        ),
        Figure::new("signin_rate", "SSO sign-ins a second, 8 at a time", "1/s", Bound::None, per_second),
    ];
    Ok((cookies, figures))
}

/// Session checks, and the memory after each round.
async fn session(
    arguments: &Arguments,
    server: &Server,
    checks: &std::sync::Arc<SessionChecks>,
) -> Result<(Vec<Figure>, Vec<f64>), String> {
    progress("checking sessions");
    checks.run(SESSION_ROUND / 4).await?;
    let (mut rates, mut per_cpu, mut driver, mut memory) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..arguments.rounds {
        let (before, own) = (server.cpu_seconds()?, cpu_seconds("self")?);
        let checked = checks.run(SESSION_ROUND).await?;
        let took = checked.took.as_secs_f64();
        rates.push(checked.count as f64 / took);
        per_cpu.push(checked.count as f64 / (server.cpu_seconds()? - before).max(0.01));
        driver.push((cpu_seconds("self")? - own) / took * 100.0);
        memory.push(server.resident_mb()?);
    }
    let figures = vec![
        Figure::new(
            "session",
            "session checks a second, 10,000 sessions",
            "1/s",
            Bound::AtLeast(10_000.0),
            rates,
        ),
        Figure::new("session_cpu", "session checks a CPU-second of the server", "1/s", Bound::None, per_cpu),
        Figure::new("session_driver", "the driver's core, busy meanwhile", "%", Bound::None, driver),
    ];
    Ok((figures, memory))
}
