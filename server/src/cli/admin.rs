//! `admin`, `api-token`, `local-sign-in`.

use std::path::Path;

use domain::{access::Caller, api::OneTimePassword, form::ApiTokenForm};

use super::{Done, Failed, Format, LocalSignInChoice, open, output};
use crate::{
    Core,
    service::{
        api_tokens,
        guarded::Mode,
        settings::{self, LocalSignIn},
        users,
    },
};

pub(super) async fn create(file: Option<&Path>, name: &str, format: Format) -> Result<Done, Failed> {
    let (core, caller) = open::core(file).await?;
    let made = users::create_owner(&core, &caller, name).await.map_err(|error| open::failed(&error));
    core.db.close().await;
    show_password(&made?, format)
}

pub(super) async fn reset_password(file: Option<&Path>, name: &str, format: Format) -> Result<Done, Failed> {
    let (core, caller) = open::core(file).await?;
    let reset = users::reset_password_by_name(&core, &caller, name).await;
    core.db.close().await;
    let reset = reset.map_err(|error| match error.public().code {
        domain::problem::ProblemCode::NotFound => Failed::one(format!("There is no user called {name}.")),
        _ => open::failed(&error),
    });
    show_password(&reset?, format)
}

/// The password alone goes to standard output, so that a script can take it.
fn show_password(made: &OneTimePassword, format: Format) -> Result<Done, Failed> {
    if format == Format::Text {
        output::note(&format!(
            "One-time password of {}, shown this once; it must be changed at the first sign-in:",
            made.username
        ));
    }
    output::result(format, made, || format!("{}\n", made.password))
}

pub(super) async fn create_token(
    file: Option<&Path>,
    name: String,
    roles: Vec<String>,
    expires_in: Option<i64>,
    format: Format,
) -> Result<Done, Failed> {
    let (core, caller) = open::core(file).await?;
    let expires_at = expires_in.map(|seconds| core.clock.now().plus_seconds(seconds));
    let form = ApiTokenForm { name, roles, expires_at, access_list: Vec::new() };
    let made = api_tokens::create(&core, &caller, &form).await.map_err(|error| open::failed(&error));
    core.db.close().await;
    let made = made?;
    if format == Format::Text {
        let roles: Vec<&str> = made.token.roles.iter().map(domain::role::RoleName::as_str).collect();
        let end = made.token.expires_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
        output::note(&format!(
            "API token {}, roles {}, ends {end}; its value is shown this once:",
            made.token.name,
            roles.join(", ")
        ));
    }
    output::result(format, &made, || format!("{}\n", made.value))
}

pub(super) async fn local_sign_in(
    file: Option<&Path>,
    choice: LocalSignInChoice,
    format: Format,
) -> Result<Done, Failed> {
    let (core, caller) = open::core(file).await?;
    let done = change(&core, &caller, choice).await;
    core.db.close().await;
    let view = done?;
    output::result(format, &view, || {
        let now = if view.local_sign_in_now { "on" } else { "off" };
        format!(
            "Local sign-in is {now} (setting: {}). {}\n",
            view.local_sign_in.as_str(),
            view.local_sign_in_why
        )
    })
}

async fn change(
    core: &Core,
    caller: &Caller,
    choice: LocalSignInChoice,
) -> Result<settings::SettingsView, Failed> {
    let choice = match choice {
        LocalSignInChoice::On => LocalSignIn::On,
        LocalSignInChoice::Off => LocalSignIn::Off,
        LocalSignInChoice::Auto => LocalSignIn::Auto,
        LocalSignInChoice::Status => {
            return settings::get(core, caller).await.map_err(|error| open::failed(&error));
        }
    };
    settings::set_local_sign_in(core, caller, choice, Mode::Final).await.map_err(|error| open::failed(&error))
}

/// `30d` → seconds.
///
/// # Errors
/// What to write instead.
pub(super) fn parse_duration(text: &str) -> Result<i64, String> {
    let wrong = || "write a number and m, h, d or w, such as 30d".to_owned();
    let split = text.len().checked_sub(1).ok_or_else(wrong)?;
    let (number, unit) = text.split_at_checked(split).ok_or_else(wrong)?;
    let number: u32 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return Err(wrong()),
    };
    if number == 0 { Err("must be more than 0".to_owned()) } else { Ok(i64::from(number) * seconds) }
}

#[cfg(test)]
mod tests {
    use super::parse_duration;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        assert_eq!(parse_duration("30d"), Ok(2_592_000));
        assert_eq!(parse_duration("90m"), Ok(5400));
        for bad in ["", "d", "30", "30y", "-1d", "0d", "1.5h", "1é"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}
