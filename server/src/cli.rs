//! The command line. Results go to standard output, everything else to standard error. Exit status: 0 done, 1 refused
//! or failed, 2 wrong usage, 3 a dry run found a difference.

mod admin;
mod api_key;
mod audit;
mod client_key;
mod doctor;
mod files;
mod health;
mod import;
mod open;
mod output;
mod settings;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand, ValueEnum};

use domain::api::ImportSource;

use crate::config::Config;

/// Sign-in with OpenID Connect for MongoDB operations: integrations, mapping rules, audit.
#[derive(Debug, Parser)]
#[command(name = "latchkey", version, about, propagate_version = false, subcommand_required = true)]
struct Cli {
    /// The configuration file (TOML); also named by LATCHKEY_CONFIG.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs pending migrations, then serves.
    Serve,
    /// Runs pending migrations.
    Migrate,
    /// Administrators who sign in with a password.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// API tokens for automation.
    #[command(subcommand)]
    ApiToken(TokenCommand),
    /// Keys of the API that speaks as Ops Manager's does, used with HTTP Digest.
    #[command(subcommand)]
    ApiKey(api_key::KeyCommand),
    /// Whether passwords may be used: the way in when an identity provider fails.
    LocalSignIn {
        #[arg(value_enum)]
        choice: LocalSignInChoice,
        #[command(flatten)]
        output: Output,
    },
    /// Makes integrations, mapping rules, organizations and projects equal to a YAML or JSON file.
    Apply {
        /// The file; - reads standard input.
        #[arg(short, long, value_name = "FILE", required_unless_present = "release")]
        file: Option<PathBuf>,
        /// Instead of applying a file: let the console change this integration and its rules again.
        #[arg(long, value_name = "NAME", conflicts_with_all = ["file", "dry_run", "prune"])]
        release: Option<String>,
        /// Change nothing; exit status 3 when there is a difference.
        #[arg(long)]
        dry_run: bool,
        /// Remove what this file set before and does not name any more, in the sections it has.
        #[arg(long)]
        prune: bool,
        /// Where a way in for owners changes: take it back in 10 minutes unless an owner confirms it.
        #[arg(long)]
        provisional: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Makes a disabled integration of what OMS or Ops Manager have configured, and says what became of each key.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Writes the configuration as a file for apply; secrets are named, never written.
    Export,
    /// Probes an integration, or all of them: address, certificate, discovery, keys, client, clock. Exit status 1 when a
    /// step failed.
    Doctor {
        /// The integration's name; without it, all.
        integration: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// The server's settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// The audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The keys that seal client secrets.
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// This server's own key, with which it shows providers who it is (private_key_jwt).
    #[command(subcommand)]
    ClientKey(ClientKeyCommand),
    /// Writes the REST API's description (OpenAPI 3.1).
    Openapi,
    /// Asks the running server whether it lives.
    Healthcheck,
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Makes a global owner and prints a one-time password.
    Create {
        /// The user name.
        name: String,
        #[command(flatten)]
        output: Output,
    },
    /// Gives a user a one-time password; their sessions end.
    ResetPassword {
        /// The user name.
        name: String,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Makes a token and prints its value, this once.
    Create {
        /// What it is for.
        name: String,
        /// A global role it is limited to; may be repeated. Without one it is a global owner's.
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// After which time it ends: 90m, 12h, 30d, 8w. Without it: never.
        #[arg(long, value_name = "TIME", value_parser = admin::parse_duration)]
        expires_in: Option<i64>,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LocalSignInChoice {
    /// Passwords may be used, whatever integrations say.
    On,
    /// Passwords may not be used.
    Off,
    /// As the enabled integrations say.
    Auto,
    /// Shows how it stands.
    Status,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Says every problem at once.
    Check,
    /// Shows the effective values with their sources, secrets redacted.
    Show {
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Subcommand)]
enum ImportCommand {
    /// OMS's config.yaml.
    Oms(ImportArgs),
    /// Ops Manager's conf-mms.properties (mms.oidc.*).
    OpsManager(ImportArgs),
}

#[derive(Debug, Args)]
struct ImportArgs {
    /// The file; - reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Change nothing; exit status 3 when there is a difference.
    #[arg(long)]
    dry_run: bool,
    /// Make an integration that exists equal to the file.
    #[arg(long)]
    force: bool,
    /// The integration's name; without it, as the file says.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where it concerns a way in, take it back after 10 minutes unless a global owner confirms it.
    #[arg(long)]
    provisional: bool,
    /// The issuer, which OMS's file does not have.
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Checks that no event was changed, removed, inserted or swapped.
    Verify {
        #[command(flatten)]
        output: Output,
    },
    /// Writes every event, the newest first.
    Export {
        /// JSON lines, or CSV for spreadsheets.
        #[arg(long, value_enum, default_value = "json")]
        format: ExportFormat,
    },
}

#[derive(Debug, Subcommand)]
enum SecretsCommand {
    /// Seals with secrets.key what secrets.previous_keys sealed; those can then leave the configuration.
    Rotate,
}

#[derive(Debug, Subcommand)]
enum ClientKeyCommand {
    /// Makes a new key: published at once, used ten minutes later; the old one stays published for a day.
    Rotate {
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ExportFormat {
    Json,
    Csv,
}

#[derive(Debug, Args)]
struct Output {
    /// How the result is written.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// How a command ended when it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Well,
    WithDifference,
}

/// Runs the command line `args`, the program's name first.
pub async fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let file = cli.config.or_else(|| std::env::var_os("LATCHKEY_CONFIG").map(PathBuf::from));
    match dispatch(cli.command, file).await {
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(Done::WithDifference) => ExitCode::from(3),
        Err(lines) => {
            for line in lines.0 {
                output::complain(&line);
            }
            ExitCode::from(1)
        }
    }
}

/// Why a command failed, one line each.
#[derive(Debug)]
struct Failed(Vec<String>);

impl Failed {
    fn one(text: impl Into<String>) -> Self {
        Self(vec![text.into()])
    }
}

async fn dispatch(command: Command, file: Option<PathBuf>) -> Result<Done, Failed> {
    let file = file.as_deref();
    match command {
        Command::Openapi => output::print(&crate::http::api::openapi::text()),
        Command::Config(ConfigCommand::Check) => settings::check(file),
        Command::Config(ConfigCommand::Show { output }) => settings::show(file, output.format),
        Command::Secrets(SecretsCommand::Rotate) => settings::rotate(file).await,
        Command::ClientKey(ClientKeyCommand::Rotate { output }) => {
            client_key::rotate(file, output.format).await
        }
        Command::Healthcheck => health::check(&open::config(file)?).await,
        Command::Serve => serve(open::config(file)?).await,
        Command::Migrate => open::migrate(file).await,
        Command::Admin(AdminCommand::Create { name, output }) => {
            admin::create(file, &name, output.format).await
        }
        Command::Admin(AdminCommand::ResetPassword { name, output }) => {
            admin::reset_password(file, &name, output.format).await
        }
        Command::ApiToken(TokenCommand::Create { name, roles, expires_in, output }) => {
            admin::create_token(file, name, roles, expires_in, output.format).await
        }
        Command::ApiKey(api_key::KeyCommand::Create(args)) => api_key::create(file, args).await,
        Command::LocalSignIn { choice, output } => admin::local_sign_in(file, choice, output.format).await,
        Command::Apply { release: Some(name), output, .. } => {
            files::release(file, &name, output.format).await
        }
        Command::Apply { file: document, dry_run, prune, provisional, output, release: None } => {
            let options = crate::service::apply::Options { dry_run, prune };
            let mode = crate::service::guarded::Mode::provisional(provisional);
            files::apply(file, &document.unwrap_or_default(), options, mode, output.format).await
        }
        Command::Import(ImportCommand::Oms(args)) => import::run(file, ImportSource::Oms, args).await,
        Command::Import(ImportCommand::OpsManager(args)) => {
            import::run(file, ImportSource::OpsManager, args).await
        }
        Command::Export => files::export(file).await,
        Command::Doctor { integration, output } => {
            doctor::run(file, integration.as_deref(), output.format).await
        }
        Command::Audit(AuditCommand::Verify { output }) => audit::verify(file, output.format).await,
        Command::Audit(AuditCommand::Export { format }) => audit::export(file, format).await,
    }
}

async fn serve(config: Config) -> Result<Done, Failed> {
    crate::serve(config).await.map_err(|error| Failed::one(crate::telemetry::chain(&error)))?;
    Ok(Done::Well)
}
