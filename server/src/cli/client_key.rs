//! `client-key`.

use std::path::Path;

use serde_json::json;

use super::{Done, Failed, Format, open, output};
use crate::service::client_keys;

pub(super) async fn rotate(file: Option<&Path>, format: Format) -> Result<Done, Failed> {
    let (core, caller) = open::core(file).await?;
    let made = client_keys::rotate(&core, &caller).await.map_err(|error| open::failed(&error));
    core.db.close().await;
    let made = made?;
    let shown = json!({"kid": made.kid, "activatedAt": made.activated_at, "oldRetiresAt": made.retires_at});
    output::result(format, &shown, || {
        let old =
            made.retires_at.map(|at| format!("The old key is published until {at}.\n")).unwrap_or_default();
        format!("Key {} is published now and signs from {} on.\n{old}", made.kid, made.activated_at)
    })
}
