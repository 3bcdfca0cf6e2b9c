//! Serving: accept, answer, tidy up, stop.

use std::{future::Future, io::Write as _, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{net::TcpListener, sync::Semaphore};
use tower::ServiceExt as _;

use crate::{
    Core, StartError, build_router,
    clock::SystemClock,
    config::{Config, is_loopback},
    service::{bootstrap, client_secrets::expiry, live_groups, login, pending, refusals, watch},
    telemetry,
};

/// How long a client may take to send a request's head.
const HEAD_TIME_OUT: Duration = Duration::from_secs(10);
/// How long requests under way may take when the server stops.
const STOP_TIME_OUT: Duration = Duration::from_secs(10);
/// How many connections there may be; the next waits.
const CONNECTIONS: usize = 4096;
/// The largest request head, in bytes.
const HEAD: usize = 64 * 1024;
/// How often what is over is removed.
const TIDY_EVERY: Duration = Duration::from_secs(60);
/// How often it is looked whether a provisional change was not confirmed in time.
const REVERT_EVERY: Duration = Duration::from_secs(5);

/// How many days a notice is kept after it was resolved.
const NOTICE_DAYS: i64 = 90;

/// Serves until the process is told to stop.
///
/// # Errors
/// [`StartError`].
pub async fn serve(config: Config) -> Result<(), StartError> {
    telemetry::init(&config.log);
    let core = Core::open(config, Arc::new(SystemClock)).await?;
    if let Some(first) = bootstrap::run(&core).await.map_err(StartError::Bootstrap)? {
        announce(&first);
    }
    pending::revert_due(&core, &core.db.new_id()).await.map_err(StartError::Revert)?;
    let url = &core.public_url;
    if !core.config.http.is_secure() {
        if is_loopback(url) {
            tracing::warn!(public_url = %url, "cookies are not protected by https: fine on this machine only");
        } else {
            tracing::warn!(public_url = %url, "DANGER: cookies travel unprotected; use https");
        }
    }
    let address = core.config.http.listen;
    let listener =
        TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })?;
    if let Some(address) = core.config.metrics.listen {
        serve_metrics(&core, address).await?;
    }
    tracing::info!(%address, public_url = %url, version = env!("CARGO_PKG_VERSION"), "listening");
    serve_on(core, listener, stop_signal()).await;
    Ok(())
}

/// `/metrics` on an address of its own, so that nobody reaches it through the public one.
async fn serve_metrics(core: &Arc<Core>, address: SocketAddr) -> Result<(), StartError> {
    let listener =
        TcpListener::bind(address).await.map_err(|source| StartError::Metrics { address, source })?;
    let core = Arc::clone(core);
    let text = move || std::future::ready(core.metrics.text());
    let router = Router::new().route("/metrics", axum::routing::get(text));
    // It ends with the process: nobody waits for counters.
    tokio::spawn(async move { axum::serve(listener, router).await });
    tracing::info!(%address, "metrics");
    Ok(())
}

/// Shows the first administrator's password: the only time.
fn announce(first: &bootstrap::FirstAdministrator) {
    let text = format!(
        "\n  The first administrator was made. This is shown once.\n\n    user name  {}\n    password   {}\n\n  It must be \
         changed at the first sign-in.\n\n",
        first.username,
        first.password.expose()
    );
    // Not through the log: what is logged is kept.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Serves on this listener until `stop` is done, then finishes what is under way.
pub async fn serve_on(core: Arc<Core>, listener: TcpListener, stop: impl Future<Output = ()>) {
    let router = build_router(Arc::clone(&core));
    let tidy = tokio::spawn(tidy_up(Arc::clone(&core)));
    let watching = tokio::spawn(watch_providers(Arc::clone(&core)));
    let live_groups = tokio::spawn(live_groups::run(Arc::clone(&core)));
    let revert = tokio::spawn(revert_in_time(Arc::clone(&core)));
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut stop = std::pin::pin!(stop);
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                let connection = connection(router.clone(), stream, peer, &graceful);
                tokio::spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file descriptors, as a rule: give others time to close theirs.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    tidy.abort();
    watching.abort();
    live_groups.abort();
    revert.abort();
    tracing::info!("stopping");
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(STOP_TIME_OUT) => tracing::warn!("some requests were cut off"),
        () = stop_signal() => {}
    }
    core.db.close().await;
}

fn connection(
    router: Router,
    stream: tokio::net::TcpStream,
    peer: SocketAddr,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + Send + use<> {
    let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let router = router.clone();
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            router.oneshot(request).await
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_OUT).max_buf_size(HEAD);
    builder.http2().timer(TokioTimer::new()).max_header_list_size(16 * 1024).max_concurrent_streams(64);
    let served = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    let watched = graceful.watch(served);
    async move {
        // A client that goes away or talks nonsense is no event.
        if let Err(error) = watched.await {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

/// SIGTERM or SIGINT.
async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

/// Looks at providers when it is time; asked once a minute, because another server may have done it.
async fn watch_providers(core: Arc<Core>) {
    let mut ticks = tokio::time::interval(TIDY_EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = watch::pass(&core).await {
            telemetry::log_cause("watch", &error);
        }
    }
}

/// Takes back provisional changes that nobody has confirmed in time.
async fn revert_in_time(core: Arc<Core>) {
    let holder = core.db.new_id();
    let mut ticks = tokio::time::interval(REVERT_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = pending::revert_due(&core, &holder).await {
            telemetry::log_cause("revert", &error);
        }
    }
}

/// Removes what is over, once a minute; one server at a time does it.
async fn tidy_up(core: Arc<Core>) {
    let holder = core.db.new_id();
    let mut ticks = tokio::time::interval(TIDY_EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = tidy_once(&core, &holder).await {
            telemetry::log_cause("tidy", &error);
        }
        if let Err(error) = login::record_left_out(&core).await {
            telemetry::log_cause("tidy", &error);
        }
        if let Err(error) = refusals::record_left_out(&core).await {
            telemetry::log_cause("tidy", &error);
        }
        if let Err(error) = expiry::look(&core, &holder).await {
            telemetry::log_cause("client_secret_expiry", &error);
        }
    }
}

/// One round of removal. Public for tests.
///
/// # Errors
/// The database's.
pub async fn tidy_once(core: &Core, holder: &str) -> Result<(), store::Error> {
    let now = core.now();
    let mut tx = core.db.begin().await?;
    if !tx.leases().acquire("tidy", holder, now, now.plus_minutes(2)).await? {
        return Ok(());
    }
    let attempts = tx.login_attempts().purge(now).await?;
    let sessions = tx.sessions().purge(now).await?;
    let drafts = tx.form_drafts().purge(now).await?;
    let failures = tx.sign_in_failures().purge(now).await?;
    tx.notices().purge(now.plus_hours(-24 * NOTICE_DAYS)).await?;
    let probes = tx.probe_runs().purge(now).await?;
    tx.ended_sessions().purge(now).await?;
    tx.commit().await?;
    if attempts + sessions + drafts + failures + probes > 0 {
        tracing::debug!(attempts, sessions, drafts, failures, probes, "tidied up");
    }
    Ok(())
}
