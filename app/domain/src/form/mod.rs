//! What a person typed, and every problem with it, named by field.

mod integration;
mod integration_groups;
mod password;
mod protocol;
mod rule;
mod secret;
mod tenancy;
mod token;
mod user;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use integration::{IntegrationForm, ValidIntegration, check_settings};
pub use password::PasswordForm;
pub use protocol::check_url;
pub use rule::{ConditionForm, MOST_CONDITIONS, MOST_GROUPS, RuleForm, ValidRule};
pub use secret::{KeptSecret, SecretForm, SecretSlotForm};
pub use tenancy::{OrganizationForm, ProjectForm, RoleForm, ValidRole};
pub use token::{ApiTokenForm, ValidApiToken};
pub use user::UserForm;

/// What is wrong with a field; each has one sentence that says the way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldCode {
    /// Nothing was given.
    Required,
    /// Under so many characters.
    TooShort {
        /// The least.
        min: u32,
    },
    /// Over so many characters.
    TooLong {
        /// The most.
        max: u32,
    },
    /// Outside a range of numbers.
    OutOfRange {
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
    /// Control characters or others that the field cannot hold.
    BadCharacters,
    /// An integration's name breaks OMS's rule.
    BadName,
    /// Not an absolute URL.
    BadUrl,
    /// The URL's scheme is not `https`.
    NotHttps,
    /// The URL has a user, a query or a fragment.
    UrlWithExtras,
    /// The issuer is a discovery URL; the issuer itself is meant.
    IssuerIsDiscoveryUrl,
    /// `openid` is missing among the scopes.
    OpenidMissing,
    /// Only an ID token could say whether it was kept, and OAuth 2.0 has none.
    OnlyWithIdToken,
    /// A client that shows no secret and no key needs PKCE.
    PkceNeeded,
    /// A line that is no `name=value`, or a name that comes twice.
    BadParameter,
    /// Not one of the choices.
    UnknownChoice,
    /// This build does not offer the choice.
    Unsupported,
    /// The role belongs to another level.
    RoleNotOfLevel,
    /// The organization, project or integration is not there.
    NotThere,
    /// Somebody else has it already.
    Taken,
    /// Cannot be changed after creation.
    Fixed,
    /// The issuer or the token endpoint changed, so the secret must be given again.
    SecretNeededAgain,
    /// A secret that was typed before is not kept any more.
    SecretGone,
    /// Not a claim path.
    BadClaimPath,
    /// Not a certificate in PEM form.
    BadCertificate,
    /// A private key stands among the certificates.
    PrivateKeyInside,
    /// Something else stands between the certificates.
    TextBetweenCertificates,
    /// The two passwords differ.
    PasswordsDiffer,
    /// The password is among the commonest.
    CommonPassword,
    /// The current password is wrong.
    WrongPassword,
    /// A name that looks like somebody else's.
    LooksLikeAnother,
    /// This parameter is set by the login itself.
    ReservedParameter,
    /// Not a date and time, or one in the past.
    BadDate,
    /// Not an address or a network in CIDR form.
    BadNetwork,
    /// Not an e-mail address.
    BadEmail,
    /// Not a domain.
    BadDomain,
    /// A member nobody knows.
    UnknownField,
    /// Of another JSON type than expected.
    WrongType,
    /// Only the server sets it.
    ReadOnly,
    /// Not a cursor of this list.
    BadCursor,
    /// The provider cannot be reached or does not answer in time.
    ProviderUnreachable,
    /// The provider's address is not allowed by the server's configuration.
    AddressRefused,
    /// The discovery document is another issuer's.
    IssuerMismatch,
    /// The discovery document cannot be used.
    DiscoveryInvalid,
    /// More roles than one's own.
    RoleNotOwn,
    /// Not a name of a custom role.
    BadRoleName,
    /// A role of one organization cannot count everywhere.
    RoleOfOrganization,
    /// An environment variable or file that should hold the secret is not there.
    SecretNotFound,
    /// A secret stands where a reference to it belongs.
    SecretInFile,
    /// A file that cannot be read.
    NotReadable,
    /// A key stands in a file more than once.
    DuplicateKey,
    /// A slash stands inside a host's name.
    MistypedHost,
    /// What is stored differs from the file.
    DiffersFromFile,
    /// The configuration that was applied from a file sets it.
    ManagedByConfiguration,
    /// It names more than one thing.
    Ambiguous,
    /// Somebody else changed it since it was read.
    ChangedMeanwhile,
    /// No environment variable that integrations may name.
    BadSecretVariable,
    /// No file that integrations may name.
    BadSecretFile,
    /// The server's configuration allows no files.
    NoSecretFolder,
    /// A regular expression that cannot be read, or is too big.
    BadRegex,
    /// Over so many of them.
    TooMany {
        /// The most.
        max: u32,
    },
    /// A claim's path where no claim is asked for.
    OnlyForClaims,
    /// Two integrations, of which a sign-in has one.
    OneIntegration,
    /// The same stands further up.
    Repeated {
        /// In which row, or on which line.
        row: u32,
    },
    /// One line of a list.
    BadLine {
        /// Which, from 1.
        line: u32,
    },
}

impl FieldCode {
    /// What is wrong and the way out, one sentence.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Required => "Enter a value.".to_owned(),
            Self::TooShort { min } => format!("Use at least {min} characters."),
            Self::TooLong { max } => format!("Use at most {max} characters."),
            Self::OutOfRange { min, max } => format!("Enter a number from {min} to {max}."),
            Self::BadCharacters => "Remove control characters and line breaks.".to_owned(),
            Self::BadName => "Use 2 to 32 letters, digits and _; start with a letter, end with a letter or digit.".to_owned(),
            Self::BadUrl => "Enter a whole URL, such as https://idp.example.com/realms/main.".to_owned(),
            Self::NotHttps => "Use https. A lab's http addresses are allowed by outbound.allow_http and outbound.allow_private in the server's configuration.".to_owned(),
            Self::UrlWithExtras => "Remove the user name, query or fragment from the URL.".to_owned(),
            Self::IssuerIsDiscoveryUrl => "Enter the issuer itself: remove /.well-known/openid-configuration.".to_owned(),
            Self::OpenidMissing => "Add the scope openid.".to_owned(),
            Self::OnlyWithIdToken => "Leave this empty: OAuth 2.0 has no ID token in which it could be checked.".to_owned(),
            Self::PkceNeeded => "Turn PKCE on: a client without secret and key is protected by nothing else.".to_owned(),
            Self::BadParameter => "Write one parameter a line, such as kc_idp_hint=corp, each name once.".to_owned(),
            Self::UnknownChoice => "Choose one of the offered values.".to_owned(),
            Self::Unsupported => "Choose another value: this one is not supported.".to_owned(),
            Self::RoleNotOfLevel => "Choose a role of the chosen level.".to_owned(),
            Self::NotThere => "Choose something that exists.".to_owned(),
            Self::Taken => "Choose another: this one is in use.".to_owned(),
            Self::Fixed => "This cannot be changed after creation.".to_owned(),
            Self::SecretNeededAgain => "Enter the client secret again: the issuer or token endpoint changed.".to_owned(),
            Self::SecretGone => "Enter the client secret again: what was typed before is not kept any more.".to_owned(),
            Self::BadClaimPath => "Enter a claim's name or path, such as groups or realm_access.roles.".to_owned(),
            Self::BadCertificate => "Paste certificates in PEM form (-----BEGIN CERTIFICATE-----).".to_owned(),
            Self::PrivateKeyInside => "Remove the private key: only certificates belong here. Treat that key as leaked.".to_owned(),
            Self::TextBetweenCertificates => {
                "Remove what stands between the certificates; lines that begin with # may stay.".to_owned()
            }
            Self::PasswordsDiffer => "Type the same password twice.".to_owned(),
            Self::CommonPassword => "Choose a password that is not among the commonest.".to_owned(),
            Self::WrongPassword => "Enter your current password.".to_owned(),
            Self::LooksLikeAnother => "Choose a name that does not look like an existing one.".to_owned(),
            Self::ReservedParameter => "Remove this parameter: the login sets it itself.".to_owned(),
            Self::BadDate => "Enter a date and time in the future, such as 2030-01-31T00:00:00Z.".to_owned(),
            Self::BadNetwork => "Enter addresses or networks such as 10.0.0.0/8.".to_owned(),
            Self::BadEmail => "Enter an e-mail address.".to_owned(),
            Self::BadDomain => "Enter domains in lower case, such as example.com; a dot before one, as in .example.com, means those below it. Write other letters as xn--….".to_owned(),
            Self::UnknownField => "Remove this member: it is not known.".to_owned(),
            Self::WrongType => "Give a value of the expected type.".to_owned(),
            Self::ReadOnly => "Remove this member: only the server sets it.".to_owned(),
            Self::BadCursor => "Ask for the first page again: the cursor is not one of this list's.".to_owned(),
            Self::ProviderUnreachable => "Check the address and the network: the provider does not answer.".to_owned(),
            Self::AddressRefused => "Allow the provider's network in outbound.allow_private in the server's configuration: its address is private.".to_owned(),
            Self::IssuerMismatch => "Enter the issuer exactly as the provider writes it, also a slash at the end: its discovery document names another.".to_owned(),
            Self::DiscoveryInvalid => "Turn discovery off and enter the endpoints, or repair the provider: its discovery document cannot be used.".to_owned(),
            Self::RoleNotOwn => "Choose among your own roles.".to_owned(),
            Self::BadRoleName => "Begin with GLOBAL_, ORG_ or GROUP_, which says where it counts, then a capital letter; use capital letters, digits and single _ up to 64 characters, such as GROUP_ON_CALL.".to_owned(),
            Self::RoleOfOrganization => "Begin with ORG_ or GROUP_: a role of one organization cannot count everywhere.".to_owned(),
            Self::SecretNotFound => "Set the environment variable, or write the file, that this names.".to_owned(),
            Self::SecretInFile => "Keep the secret out of the file: name an environment variable with clientSecretEnv or a file with clientSecretFile.".to_owned(),
            Self::ChangedMeanwhile => "Look at the newest value: somebody changed it since it was read.".to_owned(),
            Self::BadSecretVariable => "Name an environment variable that begins with LATCHKEY_SECRET_ and holds capital letters, digits and single underscores.".to_owned(),
            Self::BadSecretFile => "Name a file in the folder that secrets.client_secret_folder in the server's configuration allows, as a whole path without ..".to_owned(),
            Self::NoSecretFolder => "Set secrets.client_secret_folder in the server's configuration first: it says where such files may be.".to_owned(),
            Self::NotReadable => "Repair the file: it cannot be read from here on.".to_owned(),
            Self::DuplicateKey => "Remove one of them: this key is there more than once.".to_owned(),
            Self::MistypedHost => "Repair the host's name: a slash stands where a dot belongs.".to_owned(),
            Self::DiffersFromFile => "Look at the differences first: it exists and is not as in the file. Then import with force, or under another name.".to_owned(),
            Self::ManagedByConfiguration => "This is set by the server's configuration: change it in that file and apply it, or release it with latchkey apply --release.".to_owned(),
            Self::BadRegex => "Write a regular expression without look-around and back-references, and with small counted repetitions: it must fit the whole group.".to_owned(),
            Self::TooMany { max } => format!("Give at most {max}."),
            Self::OnlyForClaims => "Leave the path empty: only conditions on a claim have one.".to_owned(),
            Self::OneIntegration => "Name one integration only: nobody signs in with two at once.".to_owned(),
            Self::Repeated { row } => format!("Remove one of them: row {row} says the same."),
            Self::BadLine { line } => format!("Look at line {line}: it is too long, has control characters, or a rule says the same already."),
            Self::Ambiguous => "Use the identifier: the name fits more than one.".to_owned(),
        }
    }
}

/// One problem of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field as JSON names it, nested ones with dots: `endpoints.token`.
    pub field: String,
    /// What is wrong with it.
    pub code: FieldCode,
}

/// Every problem of a form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// One problem.
    #[must_use]
    pub fn one(field: impl Into<String>, code: FieldCode) -> Self {
        Self(vec![FieldError { field: field.into(), code }])
    }

    /// Adds a problem.
    pub fn add(&mut self, field: impl Into<String>, code: FieldCode) {
        self.0.push(FieldError { field: field.into(), code });
    }

    /// Adds other problems.
    pub fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// Adds the problem unless `ok`.
    pub fn check(&mut self, ok: bool, field: &str, code: FieldCode) {
        if !ok {
            self.add(field, code);
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problems, in the fields' order.
    pub fn iter(&self) -> impl Iterator<Item = &FieldError> {
        self.0.iter()
    }

    /// The sentence for this field, if it has a problem.
    #[must_use]
    pub fn message(&self, field: &str) -> Option<String> {
        self.0.iter().find(|error| error.field == field).map(|error| error.code.message())
    }

    /// `Ok(value)` when there is no problem.
    ///
    /// # Errors
    /// The problems.
    pub fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            let gap = if i == 0 { "" } else { " " };
            write!(f, "{gap}{}: {}", error.field, error.code.message())?;
        }
        Ok(())
    }
}

impl std::error::Error for FieldErrors {}

/// Checks one line of text: within `max` characters, no control characters; `min` 0 lets it be empty.
pub(crate) fn check_text(errors: &mut FieldErrors, field: &str, text: &str, min: u32, max: u32) {
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    if length == 0 && min > 0 {
        errors.add(field, FieldCode::Required);
    } else if length < min {
        errors.add(field, FieldCode::TooShort { min });
    } else if length > max {
        errors.add(field, FieldCode::TooLong { max });
    } else if text.chars().any(char::is_control) {
        errors.add(field, FieldCode::BadCharacters);
    }
}

/// Splits what people write into a list field: commas, spaces and line breaks separate, as OMS and OAuth write scopes.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    text.split(|c: char| c == ',' || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Splits a list field by lines, for values that may contain commas and spaces (groups).
#[must_use]
pub fn lines(text: &str) -> Vec<String> {
    text.split(['\n', '\r']).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
