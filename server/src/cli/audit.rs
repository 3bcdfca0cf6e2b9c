//! `audit verify` and `audit export`.

use std::{path::Path, pin::pin, sync::Arc};

use domain::api::AuditFilter;
use futures::StreamExt as _;
use serde_json::json;

use super::{Done, ExportFormat, Failed, Format, open, output};
use crate::service::audit;

pub(super) async fn verify(file: Option<&Path>, format: Format) -> Result<Done, Failed> {
    let (core, caller) = open::core(file).await?;
    let report = audit::verify(&core, &caller).await.map_err(|error| open::failed(&error));
    core.db.close().await;
    let report = report?;
    let problem = report.problem.map(|problem| {
        let what = match problem.what {
            store::ChainFault::Changed => "was changed",
            store::ChainFault::Removed => "was removed",
            store::ChainFault::Inserted => "was inserted",
            store::ChainFault::Swapped => "belongs to another place",
            store::ChainFault::TailCut => "and what follows are gone",
            store::ChainFault::HeadForged => "is not the genuine end of the log",
        };
        format!("event {} {what}", problem.number)
    });
    let json = json!({"checked": report.checked, "problem": problem});
    let count = report.checked;
    match problem {
        None => output::result(format, &json, || format!("{count} events checked: all genuine.\n")),
        Some(problem) => {
            if format == Format::Json {
                output::result(format, &json, String::new)?;
            }
            Err(Failed::one(format!(
                "The audit log was tampered with: {problem}. {count} events before it are genuine."
            )))
        }
    }
}

pub(super) async fn export(file: Option<&Path>, format: ExportFormat) -> Result<Done, Failed> {
    let (core, caller) = open::core(file).await?;
    let format = match format {
        ExportFormat::Json => audit::ExportFormat::JsonLines,
        ExportFormat::Csv => audit::ExportFormat::Csv,
    };
    let pieces = audit::export(Arc::clone(&core), &caller, AuditFilter::default(), format).await;
    let mut pieces = pin!(pieces.map_err(|error| open::failed(&error))?);
    while let Some(piece) = pieces.next().await {
        output::print(&piece.map_err(|error| open::failed(&error))?)?;
    }
    core.db.close().await;
    Ok(Done::Well)
}
