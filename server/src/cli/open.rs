//! Opens what a command works with.

use std::{path::Path, sync::Arc};

use domain::access::Caller;

use super::{Done, Failed, output};
use crate::{Core, StartError, clock::SystemClock, config::Config, service::ServiceError, telemetry};

/// The configuration, or every problem of it.
pub(super) fn config(file: Option<&Path>) -> Result<Config, Failed> {
    let loaded = Config::from_process(file);
    let (config, _) =
        loaded.map_err(|problems| Failed(problems.iter().map(ToString::to_string).collect()))?;
    Ok(config)
}

/// The engine on a database that is up to date, and the host as its caller.
pub(super) async fn core(file: Option<&Path>) -> Result<(Arc<Core>, Caller), Failed> {
    let core =
        Core::open_migrated(config(file)?, Arc::new(SystemClock)).await.map_err(|error| start(&error))?;
    let caller = Caller::host(core.db.new_id());
    Ok((core, caller))
}

/// `latchkey migrate`.
pub(super) async fn migrate(file: Option<&Path>) -> Result<Done, Failed> {
    let core = Core::open(config(file)?, Arc::new(SystemClock)).await.map_err(|error| start(&error))?;
    core.db.close().await;
    output::print("The database is up to date.\n")
}

fn start(error: &StartError) -> Failed {
    Failed::one(telemetry::chain(error))
}

/// A refusal as lines: fields by name, everything else as one sentence with its cause.
pub(super) fn failed(error: &ServiceError) -> Failed {
    let public = error.public();
    let fields: Vec<String> = public
        .fields
        .iter()
        .map(|problem| format!("{}: {}", problem.field, problem.code.message()))
        .collect();
    if !fields.is_empty() {
        return Failed(fields);
    }
    let mut text = public.code.message().to_owned();
    if let Some(detail) = public.detail {
        text.push(' ');
        text.push_str(&detail);
    }
    if public.code.status() >= 500 {
        // On the host there is no log to look the cause up in.
        text = telemetry::chain(error);
    }
    Failed::one(text)
}
