//! Why a login failed, as stable public codes. The person sees a sentence and a reference; the code says to the
//! administrator which check it was. The cause itself is in the audit log.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! failures {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)+) => {
        /// Why a login failed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum LoginFailure {
            $($(#[$doc])* #[serde(rename = $code)] $name,)+
        }

        impl LoginFailure {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }
    };
}

failures! {
    /// User name or password wrong, user disabled, unknown, or without a password: one answer for all.
    WrongCredentials = "wrong_credentials",
    /// Too many failures for this name or from this address.
    TooManyTries = "too_many_tries",
    /// Passwords may not be used at the moment.
    LocalSignInOff = "local_sign_in_off",
    /// The server checks as many passwords as it can already.
    Busy = "busy",
    /// No such integration.
    IntegrationUnknown = "integration_unknown",
    /// The integration is turned off.
    IntegrationDisabled = "integration_disabled",
    /// The login started too long ago.
    LoginExpired = "login_expired",
    /// The answer's `state` is missing, unknown, or belongs to another browser or integration.
    StateMismatch = "state_mismatch",
    /// This answer was used before.
    AlreadyUsed = "already_used",
    /// The answer's parameters are incomplete, doubled or contradict one another.
    CallbackInvalid = "callback_invalid",
    /// Too many logins of this browser are under way.
    TooManyLogins = "too_many_logins",
    /// The provider answered with an error (`access_denied` and others).
    ProviderRefused = "provider_refused",
    /// The provider cannot be reached or does not answer in time.
    ProviderUnreachable = "provider_unreachable",
    /// The provider's address is not allowed by the server's configuration.
    ProviderAddressRefused = "provider_address_refused",
    /// The discovery document cannot be used.
    DiscoveryInvalid = "discovery_invalid",
    /// The issuer of the discovery document, the answer or the token is not the configured one.
    IssuerMismatch = "issuer_mismatch",
    /// The provider's keys cannot be read.
    KeysInvalid = "keys_invalid",
    /// The token endpoint does not know us: client id or secret is wrong.
    ClientRejected = "client_rejected",
    /// The token endpoint did not take the code.
    CodeRejected = "code_rejected",
    /// The token endpoint's answer cannot be used.
    TokenResponseInvalid = "token_response_invalid",
    /// The ID token is not a readable JWT or lacks a claim it must have.
    IdTokenInvalid = "id_token_invalid",
    /// The ID token's signature is wrong or its key unknown.
    IdTokenSignature = "id_token_signature",
    /// The ID token's algorithm is not among the accepted ones.
    IdTokenAlgorithm = "id_token_algorithm",
    /// The ID token is for somebody else.
    AudienceMismatch = "audience_mismatch",
    /// The ID token's `nonce` is missing or not ours.
    NonceMismatch = "nonce_mismatch",
    /// The ID token is expired.
    IdTokenExpired = "id_token_expired",
    /// The provider's clock and ours disagree by more than the allowed skew.
    ClockSkew = "clock_skew",
    /// The ID token's `at_hash` does not fit the access token.
    AccessTokenHash = "access_token_hash",
    /// The subject is missing, empty, too long or has control characters.
    SubjectInvalid = "subject_invalid",
    /// The provider did not take the login request that was pushed to it (RFC 9126).
    RequestRejected = "request_rejected",
    /// The claim that is the user name is missing, or neither text nor a number.
    UsernameMissing = "username_missing",
    /// Userinfo speaks of somebody else.
    UserinfoSubject = "userinfo_subject",
    /// Userinfo cannot be read.
    UserinfoInvalid = "userinfo_invalid",
    /// The provider did not authenticate the person as recently or as strongly as asked.
    AuthenticationTooWeak = "authentication_too_weak",
    /// The provider left the groups out because there are too many.
    GroupsOverage = "groups_overage",
    /// The groups claim has a shape that cannot be read, or the provider's directory could not be read to its end.
    GroupsUnreadable = "groups_unreadable",
    /// The provider sent no groups, and the integration lets nobody in without.
    GroupsMissing = "groups_missing",
    /// The person is in none of the groups that the integration asks for.
    RequiredGroupMissing = "required_group_missing",
    /// No rule gives the person a role, and the integration lets nobody in without.
    NothingMatched = "nothing_matched",
    /// A new person, and the integration makes no users.
    UserUnknown = "user_unknown",
    /// The user is disabled.
    UserDisabled = "user_disabled",
    /// The provider's user name is, or looks like, somebody else's.
    UsernameTaken = "username_taken",
    /// Something on our side; the reference finds it in the log.
    Internal = "internal",
}

impl LoginFailure {
    /// Reads [`LoginFailure::code`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|failure| failure.code() == text)
    }
}

impl fmt::Display for LoginFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
