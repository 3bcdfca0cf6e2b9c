//! Every way this identity provider can misbehave, each with what a relying party must do about it.

/// Where a fault shows itself. After it, a correct relying party calls nothing further at the provider
/// (unless [`Fault::expected`] says otherwise).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The discovery document.
    Discovery,
    /// The key set.
    Jwks,
    /// The answer to a pushed request, which the metadata then offers to take.
    Push,
    /// The parameters of the redirect back to the relying party.
    Callback,
    /// The answer of the token endpoint, apart from the ID token inside.
    Token,
    /// The ID token: header, claims or signature.
    IdToken,
    /// The answer of the userinfo endpoint.
    Userinfo,
    /// The redirect after a logout.
    EndSession,
}

/// What a correct relying party does when the fault is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
    /// No session, an error page, an audit entry.
    Refuse,
    /// The sign-in succeeds as if nothing happened.
    Accept,
    /// Both are correct, or it depends on the relying party's configuration; it must not crash.
    Either,
}

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $name:ident => $stage:ident, $expected:ident;)+) => {
        /// One way to misbehave.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Fault {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Fault {
            /// Every fault, in the order of declaration.
            pub const ALL: &'static [Fault] = &[$(Fault::$name,)+];

            /// The variant's name, for test output and the command line.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Fault::$name => stringify!($name),)+ }
            }

            /// Where the fault shows itself.
            #[must_use]
            pub const fn stage(&self) -> Stage {
                match self { $(Fault::$name => Stage::$stage,)+ }
            }

            /// What a correct relying party does.
            #[must_use]
            pub const fn expected(&self) -> Expected {
                match self { $(Fault::$name => Expected::$expected,)+ }
            }
        }
    };
}

faults! {
    // ID token: claims.
    /// `nonce` + "1". Refuse (OIDC Core 3.1.3.7 rule 11).
    WrongNonce => IdToken, Refuse;
    /// No `nonce` although one was sent. Refuse (OIDC Core 3.1.3.7 rule 11).
    MissingNonce => IdToken, Refuse;
    /// `aud` + "1". Refuse (OIDC Core 3.1.3.7 rule 3).
    WrongAudience => IdToken, Refuse;
    /// No `aud`. Refuse (OIDC Core 2: REQUIRED).
    MissingAudience => IdToken, Refuse;
    /// `aud: [client, "stranger"]`. Refuse: an additional audience that is not trusted (OIDC Core 3.1.3.7 rule 3).
    SecondaryAudience => IdToken, Refuse;
    /// `aud: [client]`. Harmless, accept (OIDC Core 2).
    AudienceAsArray => IdToken, Accept;
    /// `azp` names a stranger. Refuse (OIDC Core 3.1.3.7 rule 5).
    WrongAzp => IdToken, Refuse;
    /// `iss` + "1". Refuse (OIDC Core 3.1.3.7 rule 2).
    WrongIssuer => IdToken, Refuse;
    /// No `iss`. Refuse (OIDC Core 2: REQUIRED).
    MissingIssuer => IdToken, Refuse;
    /// No `sub`. Refuse (OIDC Core 2: REQUIRED).
    MissingSubject => IdToken, Refuse;
    /// `sub: ""`. Refuse: it identifies nobody.
    EmptySubject => IdToken, Refuse;
    /// `sub` of 300 characters. Refuse (OIDC Core 2: at most 255 ASCII characters).
    LongSubject => IdToken, Refuse;
    /// `sub` with a newline and a NUL. Refuse: it breaks logs and some databases.
    ControlCharInSubject => IdToken, Refuse;
    /// No `iat`. Refuse (OIDC Core 2: REQUIRED).
    MissingIat => IdToken, Refuse;
    /// `iat` ten minutes ahead. Refuse (beyond any sane leeway).
    IatInFuture => IdToken, Refuse;
    /// `iat` one day ago, `exp` still ahead. Refuse (OIDC Core 3.1.3.7 rule 10).
    IatTooOld => IdToken, Refuse;
    /// No `exp`. Refuse (OIDC Core 2: REQUIRED).
    MissingExp => IdToken, Refuse;
    /// `exp` more than five minutes ago. Refuse (OIDC Core 3.1.3.7 rule 9).
    ExpiredIdToken => IdToken, Refuse;
    /// `nbf` ten minutes ahead. Refuse (RFC 7519 4.1.5).
    NbfInFuture => IdToken, Refuse;
    /// `exp` in a hundred years. Never derive a session's lifetime from it; refusing is fine.
    ExpTooFar => IdToken, Either;
    /// `at_hash` of another access token. Refuse (OIDC Core 3.1.3.8).
    WrongAtHash => IdToken, Refuse;
    /// `sub` twice, with two values. Refuse, or use the last one everywhere (RFC 7519 4).
    DuplicateJsonKeys => IdToken, Either;
    /// `email_verified: "true"`, `updated_at` as RFC 3339, `address` and `amr` strings, `name` an object, in the
    /// token and in userinfo. A bad optional claim must not block the sign-in.
    StrangeClaimTypes => IdToken, Accept;
    /// No groups anywhere. Sign in without group roles; never keep roles from an earlier sign-in.
    GroupsMissing => IdToken, Accept;
    /// Groups replaced by `_claim_names`/`_claim_sources` (as one large provider does above 200 groups). Never fetch
    /// the address in the token; say in the audit trail that groups are incomplete (OIDC Core 5.6.2).
    GroupsOverage => IdToken, Either;
    /// `hasgroups: true` instead of the groups. As [`Fault::GroupsOverage`].
    HasGroups => IdToken, Either;

    // ID token: header, key and signature.
    /// `alg: none`, empty signature. Refuse (RFC 8725 3.2).
    AlgNone => IdToken, Refuse;
    /// One bit of the signature flipped. Refuse (OIDC Core 3.1.3.7 rule 6).
    BadSignature => IdToken, Refuse;
    /// ES256 by a key of the set, one bit of the signature flipped. Refuse.
    BadSignatureEs256 => IdToken, Refuse;
    /// HS256 with the client secret. Refuse unless HS256 is what the integration is set to (RFC 8725 3.1).
    Hs256WithSecret => IdToken, Refuse;
    /// HS256 keyed with the RSA public key's PEM bytes. Refuse: algorithm confusion (RFC 8725 2.1).
    Hs256WithPublicKey => IdToken, Refuse;
    /// A good signature with another algorithm by a real key of the set (ES256; RS256 if ES256 is configured).
    /// Refuse unless the integration allows that algorithm (OIDC Core 3.1.3.7 rule 7).
    AlternateAlg => IdToken, Either;
    /// Signed by a stranger's key under the right `kid`. Refuse.
    WrongKey => IdToken, Refuse;
    /// `kid` that the set does not hold, right key. Refetch the set once, then refuse (OIDC Core 10.1.1).
    UnknownKid => IdToken, Refuse;
    /// No `kid` anywhere, one key per type. Accept with the one matching key.
    KidAbsentSingleKey => IdToken, Accept;
    /// No `kid` anywhere, 3 RSA + 3 P-256 + 3 secp256k1 + 3 OKP keys. Refuse, or try all matching keys; never choke
    /// on unknown key types (OIDC Core 10.1: `kid` is REQUIRED with several keys).
    KidAbsentManyKeys => IdToken, Either;
    /// The published and used RSA key has 1024 bits. Refuse (RFC 7518 3.3: at least 2048).
    WeakRsaKey => IdToken, Refuse;
    /// The signing key is published with `use: "enc"`. Refuse (RFC 7517 4.2).
    EncryptUseKey => IdToken, Refuse;
    /// The signing key is published with `key_ops: ["encrypt"]`. Refuse (RFC 7517 4.3).
    EncryptKeyOps => IdToken, Refuse;
    /// The keys rotate right before signing. Refetch the set on the unknown `kid`, then accept (OIDC Core 10.1.1).
    RotatedKeys => IdToken, Accept;

    // Discovery.
    /// `issuer` + "INVALID". Stop before the authorization request (OIDC Discovery 4.3).
    DiscoveryIssuerMismatch => Discovery, Refuse;
    /// 302 to another path with a good document. Do not follow (RFC 9700 4.11, SSRF).
    DiscoveryRedirect => Discovery, Refuse;
    /// A good document behind 16 MiB of white space, chunked. Stop reading at the cap.
    DiscoveryHuge => Discovery, Refuse;
    /// 200 with text that is not JSON. Say so; no stack trace.
    DiscoveryNotJson => Discovery, Refuse;
    /// `authorization_endpoint: "javascript:alert(1)"`. Refuse: only http(s) addresses may reach a redirect.
    DiscoveryJavascriptEndpoint => Discovery, Refuse;
    /// `jwks_uri: "http://169.254.169.254/latest"`. Refuse before any fetch (SSRF).
    DiscoveryPrivateJwks => Discovery, Refuse;
    /// 500. Show the provider as broken, keep local sign-in working.
    Discovery500 => Discovery, Refuse;
    /// No `jwks_uri`. Refuse (OIDC Discovery 3: REQUIRED).
    DiscoveryMissingJwksUri => Discovery, Refuse;
    /// Never answers. Time out; other requests go on.
    SlowDiscovery => Discovery, Refuse;

    // Key set.
    /// `{"keys": []}`. Refuse the sign-in.
    JwksEmpty => Jwks, Refuse;
    /// A 200 HTML page. Refuse the sign-in.
    JwksHtml => Jwks, Refuse;
    /// 500. Refuse the sign-in; try again at the next one.
    Jwks500 => Jwks, Refuse;
    /// A good set behind 16 MiB of white space, chunked. Stop reading at the cap.
    JwksHuge => Jwks, Refuse;
    /// 302 to another path with a good set. Do not follow.
    JwksRedirect => Jwks, Refuse;
    /// The good keys among keys of unknown `kty`, `crv` and `alg`. Skip those, accept (RFC 7517 5).
    JwksStrangeKeys => Jwks, Accept;

    // Pushed requests (RFC 9126).
    /// 400 `invalid_request`. Refuse; never fall back to a request through the browser.
    PushRefused => Push, Refuse;
    /// 401 `invalid_client`. Refuse; tell the administrator that the client's credentials are wrong.
    PushInvalidClient => Push, Refuse;
    /// 201 without `request_uri`. Refuse (RFC 9126 2.2: REQUIRED).
    PushNoRequestUri => Push, Refuse;
    /// `request_uri` with a space and a line break. Refuse; it must not get into a header as it is.
    PushStrangeUri => Push, Refuse;
    /// A 201 HTML page. Refuse.
    PushHtml => Push, Refuse;
    /// 307 to another path. Do not follow: the client secret would travel along.
    PushRedirect => Push, Refuse;
    /// 500. Refuse.
    Push500 => Push, Refuse;

    // Token endpoint.
    /// 400 `invalid_grant`, the description holds HTML and [`SECRET_MARKER`]. Error page without either.
    TokenError => Token, Refuse;
    /// 401 `invalid_client`. Error page; tell the administrator that the client secret is wrong.
    InvalidClient => Token, Refuse;
    /// A 200 HTML page. Refuse.
    TokenHtml => Token, Refuse;
    /// A good answer behind 16 MiB of white space, chunked. Stop reading at the cap.
    TokenHuge => Token, Refuse;
    /// 307 to another path. Do not follow: the client secret would travel along.
    TokenRedirect => Token, Refuse;
    /// Never answers until the provider is dropped. Time out.
    SlowToken => Token, Refuse;
    /// No `id_token`. Refuse (OIDC Core 3.1.3.3).
    NoIdToken => Token, Refuse;
    /// `id_token: 42`. Refuse.
    IdTokenNotAString => Token, Refuse;
    /// No `access_token`. Refuse (RFC 6749 5.1: REQUIRED).
    NoAccessToken => Token, Refuse;
    /// `access_token: "ab\ncd\u{7f}"`. Refuse; it must not panic when it becomes a header (RFC 6750 2.1).
    HostileAccessToken => Token, Refuse;
    /// `token_type: "bEARER"`. Accept (RFC 6749 5.1: case insensitive).
    TokenTypeUpper => Token, Accept;
    /// `token_type: "mac"`. Refuse: do not use a token of an unknown type (RFC 6749 7.1).
    TokenTypeMac => Token, Refuse;
    /// No `expires_in`. Accept (RFC 6749 5.1: RECOMMENDED).
    NoExpiresIn => Token, Accept;
    /// `expires_in: "3600"`, a string. Accept or refuse with a clear error.
    WeirdExpiresIn => Token, Either;

    // Userinfo.
    /// `sub` + "invalid". Discard userinfo and refuse (OIDC Core 5.3.2).
    UserinfoWrongSub => Userinfo, Refuse;
    /// No `sub`. Discard userinfo and refuse (OIDC Core 5.3.2).
    UserinfoMissingSub => Userinfo, Refuse;
    /// A good answer behind 16 MiB of white space, chunked. Stop reading at the cap.
    UserinfoHuge => Userinfo, Refuse;
    /// 500. Refuse: roles could be missing or stale.
    Userinfo500 => Userinfo, Refuse;
    /// 200 with text that is not JSON. Refuse.
    UserinfoNotJson => Userinfo, Refuse;
    /// 302 to another path. Do not follow: the access token would travel along.
    UserinfoRedirect => Userinfo, Refuse;
    /// `sub` is an object. Discard userinfo and refuse.
    UserinfoStrangeSub => Userinfo, Refuse;
    /// A JSON list with the claims in it. Refuse.
    UserinfoList => Userinfo, Refuse;
    /// `application/jwt`, signed (OIDC Core 5.3.2). Verify it, accept.
    UserinfoSigned => Userinfo, Accept;
    /// As [`Fault::UserinfoSigned`], one bit of the signature flipped. Refuse.
    UserinfoSignedBadSignature => Userinfo, Refuse;
    /// As [`Fault::UserinfoSigned`], by a stranger's key under the right `kid`. Refuse.
    UserinfoSignedWrongKey => Userinfo, Refuse;
    /// As [`Fault::UserinfoSigned`] with `alg: none`. Refuse (RFC 8725 3.2).
    UserinfoSignedAlgNone => Userinfo, Refuse;
    /// As [`Fault::UserinfoSigned`], HS256 with the client secret. Refuse (RFC 8725 3.1).
    UserinfoSignedWithSecret => Userinfo, Refuse;
    /// As [`Fault::UserinfoSigned`], `aud` is a stranger. Refuse (OIDC Core 5.3.2).
    UserinfoSignedWrongAud => Userinfo, Refuse;
    /// As [`Fault::UserinfoSigned`], no `aud`. Refuse (OIDC Core 5.3.2).
    UserinfoSignedMissingAud => Userinfo, Refuse;
    /// As [`Fault::UserinfoSigned`], `iss` + "1". Refuse (OIDC Core 5.3.2).
    UserinfoSignedWrongIss => Userinfo, Refuse;
    /// As [`Fault::UserinfoSigned`], `sub` is somebody else's. Refuse (OIDC Core 5.3.2).
    UserinfoSignedWrongSub => Userinfo, Refuse;
    /// As [`Fault::UserinfoSigned`], `exp` more than five minutes ago. Refuse.
    UserinfoSignedExpired => Userinfo, Refuse;
    /// Never answers. Time out.
    SlowUserinfo => Userinfo, Refuse;
    /// Groups as aggregated claims inside an embedded, unsigned JWT. Sign in, but never trust them (OIDC Core 5.6.2).
    AggregatedClaims => Userinfo, Accept;

    // Callback.
    /// No `iss` although the metadata promises it. Stop, no token call (RFC 9207 2.4).
    CallbackMissingIss => Callback, Refuse;
    /// `iss` of another issuer. Stop, no token call (RFC 9207 2.4: mix-up).
    CallbackWrongIss => Callback, Refuse;
    /// `state` + "_INVALID". Stop, no token call (RFC 6749 10.12).
    CallbackWrongState => Callback, Refuse;
    /// No `state`. Stop, no token call.
    CallbackMissingState => Callback, Refuse;
    /// `state` twice. Stop (RFC 6749 3.1: parameters MUST NOT be included more than once).
    CallbackDuplicateState => Callback, Refuse;
    /// `code` twice, with two values. Stop (RFC 6749 3.1).
    CallbackDuplicateCode => Callback, Refuse;
    /// `code` and `error` together. Stop.
    CallbackCodeAndError => Callback, Refuse;
    /// `error=access_denied`, its description holds a script tag. Escaped error page, login attempt consumed.
    CallbackError => Callback, Refuse;
    /// As [`Fault::CallbackError`] with another issuer's `iss`. Stop; `iss` counts for errors too (RFC 9207 2.4).
    CallbackErrorWrongIss => Callback, Refuse;

    // Logout.
    /// The redirect after logout carries no `state`. Logged-out page, no crash.
    EndSessionMissingState => EndSession, Accept;
    /// The redirect after logout carries `state` + "_INVALID". Logged-out page, no redirect anywhere.
    EndSessionWrongState => EndSession, Accept;
}

/// A secret-looking text inside [`Fault::TokenError`]'s description: search logs, pages and audit rows for it.
pub const SECRET_MARKER: &str = "marker-7f3c91d2-looks-like-a-secret";

impl Fault {
    /// The fault with that name, as [`Fault::name`] gives it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.name() == name)
    }
}
