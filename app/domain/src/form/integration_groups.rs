//! The parts of the integration form about groups that do not come, and about certificates.

use super::{FieldCode, FieldErrors, check_text, check_url};
use crate::{
    integration::{IntegrationSettings, OnMissingGroups, WhenNothingMatches},
    role::{RoleName, builtin},
    target::Level,
};

/// The most bytes of certificates.
const MOST_PEM: u32 = 256 * 1024;
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// What the form says about missing groups.
pub(super) fn on_missing(
    text: &str,
    base: &IntegrationSettings,
    errors: &mut FieldErrors,
) -> OnMissingGroups {
    match text.trim() {
        "" => base.on_missing_groups,
        text => OnMissingGroups::parse(text).unwrap_or_else(|| {
            errors.add("onMissingGroups", FieldCode::UnknownChoice);
            OnMissingGroups::default()
        }),
    }
}

/// What the form says about people whom no rule gives a role.
pub(super) fn when(text: &str, base: &IntegrationSettings, errors: &mut FieldErrors) -> WhenNothingMatches {
    match text.trim() {
        "" => base.when_nothing_matches,
        text => WhenNothingMatches::parse(text).unwrap_or_else(|| {
            errors.add("whenNothingMatches", FieldCode::UnknownChoice);
            WhenNothingMatches::default()
        }),
    }
}

/// The role for people whom no rule gives one. Whether its place exists, the server looks up.
fn check_default(errors: &mut FieldErrors, settings: &IntegrationSettings) {
    let role = settings.default_role.as_deref();
    if settings.when_nothing_matches == WhenNothingMatches::Role {
        errors.check(role.is_some(), "defaultRole", FieldCode::Required);
    }
    let Some(role) = role else { return };
    let Some(role) = builtin(role) else { return errors.add("defaultRole", FieldCode::UnknownChoice) };
    let owns = role.name == RoleName::GLOBAL_OWNER;
    errors.check(!owns, "defaultRole", FieldCode::Unsupported);
    match (&settings.default_role_target, role.level) {
        (Some(_), Level::Global) => errors.add("defaultRoleTarget", FieldCode::RoleNotOfLevel),
        (None, Level::Organization | Level::Project) => errors.add("defaultRoleTarget", FieldCode::Required),
        (Some(target), _) => check_text(errors, "defaultRoleTarget", target, 1, 256),
        (None, Level::Global) => {}
    }
}

/// The rules of the members about groups.
pub(super) fn check(errors: &mut FieldErrors, settings: &IntegrationSettings) {
    if let Some(url) = &settings.groups_endpoint {
        check_url(errors, "groupsEndpoint", url, true);
    }
    check_default(errors, settings);
    check_text(errors, "groupsEndpointField", &settings.groups_endpoint_field, 1, 64);
}

/// Certificates only; whether they parse is the server's to say.
pub(super) fn check_pem(errors: &mut FieldErrors, pem: &str) {
    if pem.contains("PRIVATE KEY-----") {
        errors.add("customCa", FieldCode::PrivateKeyInside);
    } else if !pem.contains(BEGIN) || !pem.contains(END) {
        errors.add("customCa", FieldCode::BadCertificate);
    } else if pem.len() > MOST_PEM as usize {
        errors.add("customCa", FieldCode::TooLong { max: MOST_PEM });
    } else if has_text_between(pem) {
        errors.add("customCa", FieldCode::TextBetweenCertificates);
    }
}

/// Whether something else than blank lines and comments stands outside the blocks.
fn has_text_between(pem: &str) -> bool {
    let mut inside = false;
    pem.lines().map(str::trim).any(|line| match line {
        BEGIN => {
            let nested = inside;
            inside = true;
            nested
        }
        END => {
            let unopened = !inside;
            inside = false;
            unopened
        }
        _ => !inside && !line.is_empty() && !line.starts_with('#'),
    }) || inside
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(pem: &str) -> Option<String> {
        let mut errors = FieldErrors::default();
        check_pem(&mut errors, pem);
        errors.message("customCa")
    }

    #[test]
    fn blocks_stand_alone_but_for_comments() {
        let block = format!("{BEGIN}\nMIIB\n{END}\n");
        for good in [block.clone(), format!("# ours\n\n{block}\r\n{block}"), format!("  {block}")] {
            assert_eq!(code(&good), None, "{good}");
        }
        for bad in [
            format!("subject=CN = x\n{block}"),
            format!("{block}and\n{block}"),
            format!("{block}{BEGIN}\nMIIB"),
            format!("{BEGIN}\n{block}"),
        ] {
            assert_eq!(code(&bad), Some(FieldCode::TextBetweenCertificates.message()), "{bad}");
        }
    }

    #[test]
    fn a_private_key_is_named_before_anything_else() {
        let key = format!("{BEGIN}\nMIIB\n{END}\n-----BEGIN PRIVATE KEY-----\nMIIB");
        assert_eq!(code(&key), Some(FieldCode::PrivateKeyInside.message()));
        assert_eq!(code("hello"), Some(FieldCode::BadCertificate.message()));
    }

    #[test]
    fn the_directory_may_have_a_query_and_its_field_must_have_a_name() {
        let endpoint = "https://graph.example.com/v1.0/me/memberOf?$select=id";
        let mut settings = IntegrationSettings {
            groups_endpoint: Some(endpoint.to_owned()),
            ..IntegrationSettings::default()
        };
        let mut errors = FieldErrors::default();
        check(&mut errors, &settings);
        assert_eq!(errors, FieldErrors::default());
        settings.groups_endpoint = Some("graph".to_owned());
        settings.groups_endpoint_field = String::new();
        check(&mut errors, &settings);
        assert!(
            errors.message("groupsEndpoint").is_some() && errors.message("groupsEndpointField").is_some()
        );
    }
}
