//! Why something was refused, as stable codes with one sentence each: the same for pages, REST and the command line.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal $text:literal,)+) => {
        /// Why a request was refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ProblemCode {
            $($(#[$doc])* #[serde(rename = $code)] $name,)+
        }

        impl ProblemCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// What happened and what to do, one or two sentences.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

codes! {
    /// Fields are wrong; they are named beside.
    Invalid = 422 "invalid" "Some fields need a change.",
    /// Not readable as JSON or as the expected form.
    Malformed = 400 "malformed" "The request cannot be read. Send the documented JSON or form fields.",
    /// Nobody is signed in.
    Unauthenticated = 401 "unauthenticated" "Sign in first, or send a valid API token.",
    /// Signed in, not allowed.
    Forbidden = 403 "forbidden" "Your roles do not allow this. Ask a global owner.",
    /// From another site.
    CrossSite = 403 "cross_site" "This request came from another site and was not carried out. Use this console's own pages.",
    /// A one-time password first.
    PasswordChangeNeeded = 403 "password_change_needed" "Change your one-time password first.",
    /// Not there.
    NotFound = 404 "not_found" "It does not exist, or not any more.",
    /// The path exists, the method does not.
    MethodNotAllowed = 405 "method_not_allowed" "This address does not take that method.",
    /// Unique things meet.
    Taken = 409 "taken" "Something with this name exists already. Choose another name.",
    /// Others hang on it.
    InUse = 409 "in_use" "Other things depend on it. Remove or move those first.",
    /// Nobody would be left.
    LastOwner = 409 "last_owner" "Nobody would be left who owns this console, or an organization in it. Make somebody else an owner there first.",
    /// No way in would be left.
    LastWayIn = 409 "last_way_in" "No global owner could sign in any more. Turn on local sign-in or another integration first; on the server, `latchkey local-sign-in on` does it.",
    /// A way in that nobody has tried lately would be the last.
    WayInUnproven = 409 "way_in_unproven" "No global owner has signed in lately through a way that stays open. Sign in that way first, in another browser, or make the change provisional: it is then taken back by itself unless a global owner confirms it from a new sign-in. On the server, `latchkey local-sign-in on` turns passwords on again.",
    /// Another change waits for its confirmation.
    ChangePending = 409 "change_pending" "Another change waits to be confirmed or taken back. Confirm it or take it back first.",
    /// Only somebody who has just signed in may confirm.
    NewSignInNeeded = 409 "new_sign_in_needed" "A change is confirmed from a sign-in made after it. Sign in again, then confirm it.",
    /// What it says still holds.
    NoticeHolds = 409 "notice_holds" "This notice goes by itself when what it says is over. It cannot be put away before.",
    /// Managed elsewhere.
    SetByConfiguration = 409 "set_by_configuration" "This value is set by the server's configuration. Change it there.",
    /// Changed meanwhile.
    Stale = 412 "stale" "Somebody changed this meanwhile. Look at the newest version and apply your change again.",
    /// Too large.
    TooLarge = 413 "too_large" "The request is larger than allowed.",
    /// Of another type.
    UnsupportedMediaType = 415 "unsupported_media_type" "Send application/json.",
    /// Too often.
    TooManyRequests = 429 "too_many_requests" "Too many tries. Wait a little, then try again.",
    /// On our side.
    Internal = 500 "internal" "Something went wrong on our side. The reference finds it in the server's log.",
    /// Not now.
    Unavailable = 503 "unavailable" "The server cannot answer at the moment. Try again shortly.",
}
