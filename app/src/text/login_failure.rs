use domain::login_failure::LoginFailure;

use super::login_failure_title;

/// What is said about a login that failed. The first three speak to the person who wanted in and hold no codes and
/// no claims; the last one speaks to the administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureText {
    /// What happened, a few words.
    pub title: &'static str,
    /// What happened, one sentence.
    pub sentence: &'static str,
    /// What the person can do.
    pub person: &'static str,
    /// What the administrator can do.
    pub administrator: &'static str,
}

const fn text(
    title: &'static str,
    sentence: &'static str,
    person: &'static str,
    administrator: &'static str,
) -> FailureText {
    FailureText { title, sentence, person, administrator }
}

/// What is said when the reason is not known.
pub const UNKNOWN_FAILURE: FailureText =
    text("Sign-in did not work", "The sign-in ended without a session.", TRY_OR_ASK, LOOK_UP);

const TRY_AGAIN: &str = "Start again from the sign-in page.";
const TRY_OR_ASK: &str = "Try again. If it keeps happening, give your administrator the reference.";
const ASK: &str = "Trying again will not help. Give your administrator the reference.";
const LOOK_UP: &str = "Look up the reference in the audit log: it names the cause.";

/// The words for this failure.
#[must_use]
pub const fn login_failure(failure: LoginFailure) -> FailureText {
    use LoginFailure as F;
    match failure {
        F::WrongCredentials
        | F::TooManyTries
        | F::LocalSignInOff
        | F::Busy
        | F::IntegrationUnknown
        | F::IntegrationDisabled => before_the_provider(failure),
        F::LoginExpired | F::StateMismatch | F::AlreadyUsed | F::CallbackInvalid | F::TooManyLogins => {
            on_the_way_back(failure)
        }
        F::RequiredGroupMissing
        | F::NothingMatched
        | F::UserUnknown
        | F::UserDisabled
        | F::UsernameTaken
        | F::UsernameMissing
        | F::GroupsOverage
        | F::GroupsUnreadable
        | F::GroupsMissing
        | F::AuthenticationTooWeak
        | F::SubjectInvalid => about_the_person(failure),
        F::ProviderRefused
        | F::ProviderUnreachable
        | F::ProviderAddressRefused
        | F::DiscoveryInvalid
        | F::IssuerMismatch
        | F::KeysInvalid
        | F::ClientRejected
        | F::RequestRejected
        | F::CodeRejected
        | F::TokenResponseInvalid
        | F::IdTokenInvalid
        | F::IdTokenSignature
        | F::IdTokenAlgorithm
        | F::AudienceMismatch
        | F::NonceMismatch
        | F::IdTokenExpired
        | F::ClockSkew
        | F::AccessTokenHash
        | F::UserinfoSubject
        | F::UserinfoInvalid
        | F::Internal => at_the_provider(failure),
    }
}

const fn before_the_provider(failure: LoginFailure) -> FailureText {
    use LoginFailure as F;
    let title = login_failure_title(failure);
    match failure {
        F::WrongCredentials => text(
            title,
            "The user name and password do not belong together.",
            "Type them again. Check the keyboard layout and caps lock.",
            "Check in the audit log whether the user exists, is enabled and has a password.",
        ),
        F::TooManyTries => text(
            title,
            "There were too many failed sign-ins, so further ones are held up for a while.",
            "Wait a few minutes, then try again.",
            "The audit log names the user and the address. The hold ends by itself.",
        ),
        F::LocalSignInOff => text(
            title,
            "Signing in with a user name and password is turned off here.",
            "Use one of the single sign-on buttons on the sign-in page.",
            "Turn on local sign-in on an integration, or run `latchkey local-sign-in on` on the server.",
        ),
        F::Busy => text(
            title,
            "The server is checking as many passwords as it can at the moment.",
            "Try again in a few seconds.",
            "If it lasts, look for a flood of sign-ins in the audit log.",
        ),
        F::IntegrationUnknown => text(
            title,
            "The link or bookmark names a way to sign in that is not set up here.",
            "Open the sign-in page and choose one of the buttons there.",
            "Compare the name in the link with the list of integrations; names do not change, but they can be deleted.",
        ),
        _ => text(
            title,
            "The chosen way to sign in is turned off at the moment.",
            "Choose another way on the sign-in page, or ask your administrator.",
            "Enable the integration when it is meant to be used.",
        ),
    }
}

const fn on_the_way_back(failure: LoginFailure) -> FailureText {
    use LoginFailure as F;
    let title = login_failure_title(failure);
    match failure {
        F::LoginExpired => text(
            title,
            "The sign-in was started too long ago and is no longer valid.",
            TRY_AGAIN,
            "If it happens to many people at once, check the clocks of all servers.",
        ),
        F::StateMismatch => text(
            title,
            "The answer belongs to a sign-in that this browser did not start, or that has ended.",
            "Start again from the sign-in page in this browser, and allow its cookies.",
            "Check that the public URL is the address people really use and that a proxy keeps cookies.",
        ),
        F::AlreadyUsed => text(
            title,
            "The page was opened a second time, for example by going back or reloading.",
            TRY_AGAIN,
            "Many of these for one person can mean that somebody else has seen the address; see the audit log.",
        ),
        F::CallbackInvalid => text(
            title,
            "The sign-in service sent an answer that contradicts itself or lacks a part.",
            TRY_OR_ASK,
            "Check the callback URL registered at the provider, and whether a proxy changes addresses.",
        ),
        _ => text(
            title,
            "This browser has too many unfinished sign-ins.",
            "Close the other sign-in tabs, wait a few minutes and start again.",
            "A page that reloads itself can cause this; see the audit log for the address.",
        ),
    }
}

const fn about_the_person(failure: LoginFailure) -> FailureText {
    use LoginFailure as F;
    let title = login_failure_title(failure);
    match failure {
        F::RequiredGroupMissing => text(
            title,
            "You are known to the sign-in service, but not in a group that may use this console.",
            "Ask your administrator for access and give the reference.",
            "Add the person to one of the integration's required groups, or change that list.",
        ),
        F::NothingMatched => text(
            title,
            "You are known to the sign-in service, but none of your groups gives access to anything here.",
            "Ask your administrator for access and give the reference.",
            "Add a mapping rule for one of the person\u{2019}s groups, or change what the integration does when \
             nothing matches.",
        ),
        F::UserUnknown => text(
            title,
            "You are known to the sign-in service, but this console does not make accounts by itself.",
            "Ask your administrator for an account and give the reference.",
            "Create the user, or turn on \u{201c}Create users at first sign-in\u{201d} on the integration.",
        ),
        F::UserDisabled => text(
            title,
            "Your account in this console is turned off.",
            "Ask your administrator to turn it on again.",
            "Enable the user when they should have access.",
        ),
        F::UsernameTaken => text(
            title,
            "Somebody else here has the same user name, or one that looks like it.",
            ASK,
            "Rename or remove the other user, or choose another user name claim on the integration.",
        ),
        F::UsernameMissing => text(
            title,
            "The sign-in service did not say what your user name is.",
            ASK,
            "Compare the user name claim of the integration with the claims in the audit log.",
        ),
        F::GroupsOverage => text(
            title,
            "You are in so many groups that the sign-in service left them out.",
            ASK,
            "Name the provider\u{2019}s directory on the integration, let the provider send only the groups assigned to this application, or send roles instead.",
        ),
        F::GroupsUnreadable => text(
            title,
            "The sign-in service described your groups in a way this console does not understand.",
            ASK,
            "The groups claim must be a list of texts, and every page of the directory must be readable; the audit log says which was not.",
        ),
        F::GroupsMissing => text(
            title,
            "The sign-in service sent no groups, and this console lets nobody in without them.",
            ASK,
            "Let the provider send the groups claim, check its path, or set Missing groups to No roles.",
        ),
        F::AuthenticationTooWeak => text(
            title,
            "The sign-in service did not ask you as recently or as strictly as this console needs.",
            "Start again and complete every step, including the second factor.",
            "Compare the requested age and strength with what the provider offers (max_age, acr_values).",
        ),
        _ => text(
            title,
            "The sign-in service did not say in a usable way which account is yours.",
            ASK,
            "The subject (sub) is missing, empty, too long or holds control characters.",
        ),
    }
}

const fn at_the_provider(failure: LoginFailure) -> FailureText {
    use LoginFailure as F;
    let title = login_failure_title(failure);
    match failure {
        F::ProviderRefused => text(
            title,
            "The sign-in service refused or cancelled the sign-in.",
            "Try again. If you did not cancel, ask your administrator and give the reference.",
            "The provider's own error is in the audit log; often the person is not assigned to the application.",
        ),
        F::ProviderUnreachable => text(
            title,
            "The sign-in service cannot be reached or takes too long.",
            "Try again in a few minutes, or use another way to sign in.",
            "Check from this server: name resolution, firewall, proxy, certificate.",
        ),
        F::ProviderAddressRefused => text(
            title,
            "This server is not allowed to talk to the sign-in service's address.",
            ASK,
            "The address is private or not https. A lab allows it with outbound.allow_private and outbound.allow_http.",
        ),
        F::DiscoveryInvalid => text(
            title,
            "The description that the sign-in service publishes cannot be used.",
            ASK,
            "Open the issuer's /.well-known/openid-configuration; the audit log names what is missing.",
        ),
        F::IssuerMismatch => text(
            title,
            "The answer comes from a sign-in service with another name than the one that is set up.",
            ASK,
            "Issuers are compared byte for byte: enter it exactly as the provider writes it, with or without a slash.",
        ),
        F::KeysInvalid => text(
            title,
            "The keys that prove who the answer is from cannot be read.",
            TRY_OR_ASK,
            "Open the provider's jwks_uri from this server; the audit log names the problem.",
        ),
        F::ClientRejected => text(
            title,
            "The sign-in service does not accept this console's own credentials.",
            ASK,
            "Client id or secret is wrong or expired, or the provider expects another client authentication.",
        ),
        F::RequestRejected => text(
            title,
            "The sign-in service refused this console's request to sign you in.",
            ASK,
            "Check scopes and extra parameters; set pushed requests to never under Advanced if the provider cannot take them.",
        ),
        F::CodeRejected => text(
            title,
            "The sign-in service did not accept the proof it gave out a moment before.",
            TRY_AGAIN,
            "Compare the callback URL at the provider with the one shown on the integration, byte for byte.",
        ),
        F::TokenResponseInvalid => text(
            title,
            "The sign-in service completed the sign-in with an answer that cannot be used.",
            TRY_OR_ASK,
            "The token endpoint's answer is not what the specification asks for; the audit log names the part.",
        ),
        F::IdTokenInvalid => text(
            title,
            "The proof of who you are cannot be read or lacks a part.",
            ASK,
            "The ID token is not a JWT or lacks a required claim; the audit log names it.",
        ),
        F::IdTokenSignature => text(
            title,
            "The proof of who you are is not signed by the sign-in service.",
            ASK,
            "Signature or key id is wrong. After a key change at the provider, one retry loads the new keys.",
        ),
        F::IdTokenAlgorithm => text(
            title,
            "The proof of who you are is signed in a way that is not accepted here.",
            ASK,
            "Add the provider's algorithm to the accepted ones under Advanced, or change it at the provider.",
        ),
        F::AudienceMismatch => text(
            title,
            "The proof of who you are was made for another application.",
            ASK,
            "The client id differs from the ID token's audience (aud, azp).",
        ),
        F::NonceMismatch => text(
            title,
            "The proof of who you are belongs to another sign-in.",
            TRY_AGAIN,
            "The nonce is missing or not ours. If it repeats, the provider does not return it.",
        ),
        F::IdTokenExpired => text(
            title,
            "The proof of who you are had already run out when it arrived.",
            TRY_AGAIN,
            "Check the clocks of this server and the provider.",
        ),
        F::ClockSkew => text(
            title,
            "The clocks of this server and the sign-in service are too far apart.",
            ASK,
            "Synchronise both clocks (NTP), or raise the allowed skew under Advanced, up to 300 seconds.",
        ),
        F::AccessTokenHash => text(
            title,
            "The parts of the sign-in service's answer do not belong together.",
            TRY_OR_ASK,
            "The ID token's at_hash does not fit the access token: a provider fault or tampering.",
        ),
        F::UserinfoSubject => text(
            title,
            "The sign-in service spoke of two different people in one sign-in.",
            ASK,
            "Userinfo's sub differs from the ID token's. Set userinfo to never, and report it to the provider.",
        ),
        F::UserinfoInvalid => text(
            title,
            "The sign-in service did not give out your details in a usable form.",
            TRY_OR_ASK,
            "Open the userinfo endpoint's answer in the audit log, or set userinfo to never under Advanced.",
        ),
        _ => text(
            title,
            "Something went wrong on this server, not with what you did.",
            TRY_OR_ASK,
            "Search the server's log for the reference.",
        ),
    }
}
