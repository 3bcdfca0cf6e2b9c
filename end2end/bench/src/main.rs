//! Measures the release build and prints a table: see the README beside this package.

mod args;
mod client;
mod evaluate;
mod impact;
mod load;
mod noise;
mod pin;
mod report;
mod server;
mod setup;
mod suite;

use std::path::Path;
use std::process::ExitCode;

use crate::args::{Arguments, USAGE};
use crate::noise::Noise;
use crate::pin::Cores;
use crate::report::{Bound, Figure};

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("{why}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    // Before the runtime, so that everything is on the one core.
    let cores = Cores::take();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(why) => {
            eprintln!("cannot start: {why}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(async {
        // Whatever ends this first, leaving the block drops the server's handle, which ends the server.
        tokio::select! {
            done = measure(&arguments, &cores) => done,
            () = interrupted() => Err("interrupted".to_owned()),
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Ctrl-C or SIGTERM.
async fn interrupted() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => drop(interrupt.await),
    }
}

async fn measure(arguments: &Arguments, cores: &Cores) -> Result<(), String> {
    let mut noise = Noise::new(cores.describe());
    noise.calibrate();
    let mut figures = Vec::new();
    if ["session", "signin", "page", "memory", "start"].iter().any(|part| arguments.wants(part)) {
        figures.extend(suite::measure(arguments, cores, &mut noise).await?);
    }
    if arguments.wants("evaluate") {
        progress("evaluating mapping rules");
        figures.extend(evaluate::measure(arguments.rounds)?);
        noise.calibrate();
    }
    if arguments.wants("impact") {
        progress("replaying a change of the rules");
        figures.extend(impact::measure(arguments.rounds)?);
        noise.calibrate();
    }
    if arguments.wants("wasm") {
        figures.push(wasm(&arguments.site.join("pkg"))?);
    }
    println!("{}", report::markdown(&figures, &noise));
    if let Some(file) = &arguments.json {
        let text = format!("{:#}\n", report::json(&figures, &noise));
        std::fs::write(file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    }
    let missed = figures.iter().filter(|figure| figure.met() == Some(false)).count();
    if missed > 0 {
        eprintln!("{missed} of the targets not reached.");
    }
    Ok(())
}

/// Says on stderr what goes on; the table alone goes to stdout.
fn progress(what: &str) {
    eprintln!("bench: {what} …");
}

/// The size of the browser half as it is sent.
fn wasm(pkg: &Path) -> Result<Figure, String> {
    let missing = || format!("{} has no .wasm.br: run 'make build' first", pkg.display());
    let entries = std::fs::read_dir(pkg).map_err(|_| missing())?;
    let sizes: Vec<f64> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(".wasm.br"))
        .filter_map(|entry| Some(entry.metadata().ok()?.len() as f64 / 1_000.0))
        .collect();
    match sizes.as_slice() {
        [] => Err(missing()),
        // More than one file is more than one download.
        all => {
            Ok(Figure::new("wasm", "WASM after brotli", "KB", Bound::AtMost(400.0), vec![all.iter().sum()]))
        }
    }
}
