use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    response::IntoResponse,
};
use domain::access::Permission;

use super::{
    endpoint::{Endpoint, PAGE, Route},
    page,
    params::Params,
    problem::ApiError,
};
use crate::{
    middleware::caller::Authenticated,
    service::{
        shape::{Shape, field},
        watch,
    },
    state::Core,
};

const TEXT_OR_NULL: Shape = Shape::Optional(&Shape::Text);
const KEY: Shape = Shape::Object(&[
    field("kid", TEXT_OR_NULL, "Its name, if it has one."),
    field("thumbprint", Shape::Text, "Its thumbprint (RFC 7638)."),
]);
const CHANGE: Shape = Shape::Object(&[
    field(
        "kind",
        Shape::Choice(&[
            "endpoint",
            "key_added",
            "key_removed",
            "keys_replaced",
            "capability",
            "lost",
            "found",
        ]),
        "What kind of change it is.",
    ),
    field("what", Shape::Text, "What changed: token, a key's name, the code of a failure."),
    field("from", TEXT_OR_NULL, "What it was."),
    field("to", TEXT_OR_NULL, "What it is."),
]);
const SNAPSHOT: Shape = Shape::Object(&[
    field("id", Shape::Text, "Its identifier."),
    field("seenAt", Shape::Time, "When the provider first said so."),
    field("checkedAt", Shape::Time, "When it last said so."),
    field(
        "metadata",
        Shape::Optional(&Shape::AnyObject),
        "What it says of itself; null: it could not be read.",
    ),
    field("keys", Shape::Optional(&Shape::List(&KEY)), "Its keys; null: they could not be read."),
    field("error", TEXT_OR_NULL, "The code of the failure; null: it could be read."),
    field("changes", Shape::List(&CHANGE), "What differs from the one before."),
]);
const SNAPSHOTS: Shape = Shape::Named(
    "ProviderSnapshotList",
    &Shape::Object(&[
        field("items", Shape::List(&SNAPSHOT), "The newest first; a hundred are kept."),
        field("nextCursor", TEXT_OR_NULL, "The cursor of the next page; null on the last."),
        field("total", Shape::Number(u64::MAX), "How many there are in all."),
    ]),
);

const CERTIFICATE: Shape = Shape::Object(&[
    field("host", Shape::Text, "Name and port."),
    field("subject", Shape::Text, "The subject's common name, or the whole subject."),
    field("issuer", Shape::Text, "The issuer's common name, or the whole issuer."),
    field("notAfter", Shape::Time, "When it ends."),
    field("fingerprint", Shape::Text, "SHA-256, hex pairs separated by colons."),
    field("seenAt", Shape::Time, "When the host last showed it."),
]);
const CERTIFICATES: Shape = Shape::Named(
    "ProviderCertificateList",
    &Shape::Object(&[
        field("items", Shape::List(&CERTIFICATE), "By host."),
        field("nextCursor", TEXT_OR_NULL, "The cursor of the next page; null on the last."),
        field("total", Shape::Number(u64::MAX), "How many there are in all."),
    ]),
);

pub(super) fn routes() -> Vec<Route> {
    let path = "/integrations/{name}/provider-changes";
    vec![
        Endpoint::get(path, Permission::ViewIntegrations, "Shows what its provider said of itself over time")
            .about(
                "One item each time that it differed: addresses, keys, abilities, whether it could be read.",
            )
            .query(&PAGE)
            .answers(200, SNAPSHOTS)
            .with(list),
        Endpoint::get(
            "/integrations/{name}/provider-certificates",
            Permission::ViewIntegrations,
            "Shows the certificates that its provider showed last",
        )
        .about("Of each host that this server calls, its own first; empty before the first look.")
        .query(&PAGE)
        .answers(200, CERTIFICATES)
        .with(certificates),
    ]
}

async fn list(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(name): Path<String>,
    mut params: Params,
) -> Result<impl IntoResponse, ApiError> {
    let query = params.page();
    params.finish()?;
    let all = watch::history(&core, &caller, &name).await?;
    Ok(Json(page::slice(all, &query, |snapshot| &snapshot.id)?))
}

async fn certificates(
    State(core): State<Arc<Core>>,
    Authenticated(caller): Authenticated,
    Path(name): Path<String>,
    mut params: Params,
) -> Result<impl IntoResponse, ApiError> {
    let query = params.page();
    params.finish()?;
    let all = watch::certificates(&core, &caller, &name).await?;
    Ok(Json(page::slice(all, &query, |one| &one.fingerprint)?))
}
