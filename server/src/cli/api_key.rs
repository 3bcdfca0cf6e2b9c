//! `api-key`.

use std::path::Path;

use clap::{Args, Subcommand};
use domain::{
    id::{OrganizationId, ProjectId},
    target::Target,
};
use serde_json::json;

use super::{Done, Failed, Format, Output, open, output};
use crate::service::public_api::keys;

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Makes a key and prints both its parts, the private one this once.
    Create(CreateArgs),
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// What it is for.
    #[arg(value_name = "DESCRIPTION")]
    description: String,
    /// A role it has; may be repeated.
    #[arg(long = "role", value_name = "ROLE", required = true)]
    roles: Vec<String>,
    /// The organization (24 hex digits) it belongs to; without it and without --project, the whole console.
    #[arg(long, value_name = "ID", conflicts_with = "project")]
    organization: Option<String>,
    /// The project (24 hex digits) it belongs to.
    #[arg(long, value_name = "ID")]
    project: Option<String>,
    /// An address or network it may be used from; may be repeated. Without one: from anywhere.
    #[arg(long = "allow", value_name = "NETWORK")]
    networks: Vec<String>,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn create(file: Option<&Path>, args: CreateArgs) -> Result<Done, Failed> {
    let bad =
        |what: &str, id: &str| Failed::one(format!("--{what}: {} is not an identifier.", id.escape_debug()));
    let scope = match (&args.organization, &args.project) {
        (Some(id), _) => {
            Target::Organization(OrganizationId::parse(id).map_err(|_| bad("organization", id))?)
        }
        (None, Some(id)) => Target::Project(ProjectId::parse(id).map_err(|_| bad("project", id))?),
        (None, None) => Target::Global,
    };
    let (core, caller) = open::core(file).await?;
    let made = async {
        let made = keys::create(&core, &caller, &scope, &args.description, &args.roles).await?;
        if !args.networks.is_empty()
            && let Err(error) = keys::allow(&core, &caller, &scope, &made.key.id, &args.networks).await
        {
            // Without its list it would be good from anywhere, which was not asked for.
            keys::remove(&core, &caller, &scope, &made.key.id).await?;
            return Err(error);
        }
        Ok(made)
    }
    .await
    .map_err(|error| open::failed(&error));
    core.db.close().await;
    let made = made?;
    if args.output.format == Format::Text {
        output::note(
            "The public part is the user name of HTTP Digest, the private part its password, shown this once:",
        );
    }
    let shown = json!({
        "id": made.key.id, "publicKey": made.key.public_key, "privateKey": made.private_key.expose(),
        "description": made.key.description, "roles": made.key.roles,
    });
    output::result(args.output.format, &shown, || {
        format!("{}\n{}\n", made.key.public_key, made.private_key.expose())
    })
}
