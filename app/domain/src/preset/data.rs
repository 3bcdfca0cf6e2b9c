//! The presets. Menu names are the providers' own; where a provider has renamed something, the newest name stands.

use super::Preset;
use crate::integration::{ClientAuthMethod, Protocol, UserinfoMode};

const BASIC: &[&str] = &["openid", "profile", "email"];

/// What the generic presets share, and others change.
const OIDC: Preset = Preset {
    id: "oidc",
    name: "OpenID Connect",
    line: "Any provider with a discovery document.",
    protocol: Protocol::Oidc,
    issuer: "",
    issuer_hint: "Take the issuer from the provider's documentation, or from its discovery document (it ends in \
                  /.well-known/openid-configuration): the member issuer, byte for byte.",
    endpoints: None,
    scopes: BASIC,
    subject: "sub",
    username: "preferred_username",
    groups: "groups",
    userinfo: UserinfoMode::Auto,
    auth: ClientAuthMethod::ClientSecretBasic,
    steps: &[
        "Register a confidential web application (server side) that uses the authorization code flow.",
        "Give {callback} as its redirect URI, byte for byte.",
        "If it asks for URLs after signing out: {signed_out}. For back-channel logout: {backchannel}. For sign-ins \
         that begin at the provider: {initiate}.",
        "Copy the client id and the client secret into the form.",
        "Have it send the groups as a claim of the ID token or of userinfo, and enter that claim's name under Claims.",
    ],
    notes: &[],
};

/// Every preset, in the order in which they are offered.
pub const PRESETS: &[Preset] = &[
    Preset {
        id: "keycloak",
        name: "Keycloak",
        line: "Also Red Hat build of Keycloak and Red Hat SSO.",
        issuer: "https://<host>/realms/<realm>",
        issuer_hint: "Replace <host> and <realm>. No slash at the end. Before Keycloak 17, and where it was kept, the path \
                      begins with /auth/realms/.",
        steps: &[
            "In the admin console choose the realm, then Clients → Create client. Client type: OpenID Connect. \
             Choose a client id and enter it in the form.",
            "Capability config: turn Client authentication on, keep Standard flow, turn the other flows off.",
            "Login settings: Valid redirect URIs: {callback}. Valid post logout redirect URIs: {signed_out}.",
            "After saving, on the tab Settings under Logout settings: Backchannel logout URL: {backchannel}.",
            "On the tab Credentials copy the client secret into the form.",
            "On the tab Client scopes open the scope that ends in -dedicated → Configure a new mapper (or Add mapper → \
             By configuration) → Group Membership. Token Claim Name: groups. Keep Add to ID token and Add to userinfo on.",
        ],
        notes: &[
            "With Full group path on, groups come with a slash in front and with their parents: /dba, /ops/dba. Write \
             mapping rules the same way, or turn it off.",
            "Realm roles instead of groups: set the groups claim to realm_access.roles, and turn on Add to ID token or \
             Add to userinfo in the mapper realm roles of the client scope roles. By default only the access token has them.",
        ],
        ..OIDC
    },
    Preset {
        id: "entra",
        name: "Microsoft Entra ID",
        line: "Formerly Azure Active Directory.",
        issuer: "https://login.microsoftonline.com/<tenant-id>/v2.0",
        issuer_hint: "Replace <tenant-id> by the Directory (tenant) ID on the application's Overview page. The addresses \
                      common and organizations do not work: tokens name the tenant.",
        // Userinfo (Microsoft Graph) has neither groups nor anything the ID token lacks.
        userinfo: UserinfoMode::Never,
        steps: &[
            "In the Entra admin center: App registrations → New registration. Supported account types: this \
             organizational directory only. Redirect URI: platform Web, {callback}.",
            "On the Overview page copy the Application (client) ID into the form, and the Directory (tenant) ID into the \
             issuer.",
            "Certificates & secrets → New client secret. Copy its Value, not its Secret ID; it is shown once. Note when it \
             expires.",
            "Token configuration → Add groups claim → Groups assigned to the application (or Security groups); for the ID \
             token choose Group ID.",
            "In Enterprise applications open the same application → Users and groups: assign the groups that are to come.",
        ],
        notes: &[
            "Groups come as object IDs (such as 1f0c2a34-…), not as names: write mapping rules with those IDs. They stand \
             on each group's Overview page.",
            "Somebody in more than 200 groups gets no groups at all in the token, and the sign-in is refused instead of \
             giving no roles. Groups assigned to the application keeps the number small; it needs Entra ID P1 or P2, and \
             nested groups do not count.",
            "App roles are another way: define them under App roles, assign people or groups to them, and set the groups \
             claim to roles. They come by their Value, and there is no limit of 200 groups.",
        ],
        ..OIDC
    },
    Preset {
        id: "okta",
        name: "Okta",
        line: "Okta Workforce Identity.",
        issuer: "https://<your-org>.okta.com",
        issuer_hint: "Replace <your-org>. With a custom authorization server the issuer goes on: /oauth2/default.",
        scopes: &["openid", "profile", "email", "groups"],
        steps: &[
            "In the Admin Console: Applications → Create App Integration → OIDC - OpenID Connect → Web Application.",
            "Grant type: Authorization Code. Sign-in redirect URIs: {callback}. Sign-out redirect URIs: {signed_out}. \
             Under Assignments choose who may sign in.",
            "Copy the Client ID and the client secret into the form.",
            "For the tile on the Okta dashboard: General → Login initiated by: Either Okta or App. Initiate login URI: \
             {initiate}.",
            "On the tab Sign On, OpenID Connect ID Token → Edit: Groups claim type Filter; claim name groups, Matches \
             regex, .* (or a narrower expression).",
        ],
        notes: &[
            "The scope groups belongs to the org authorization server. A custom authorization server (…/oauth2/default) \
             knows it only after you add it: Security → API → your server → Scopes, and a claim groups of type Groups under \
             Claims. Without that remove groups from the scopes, or Okta refuses the request with invalid_scope.",
            "Okta refuses the request when a filter matches more than 100 groups: narrow the expression.",
        ],
        ..OIDC
    },
    Preset {
        id: "google",
        name: "Google",
        line: "Google Workspace and Cloud Identity.",
        issuer: "https://accounts.google.com",
        issuer_hint: "",
        username: "email",
        groups: "hd",
        steps: &[
            "In the Google Cloud console choose a project, then Google Auth Platform. Under Audience choose Internal, so \
             that only your organization gets in.",
            "Clients → Create client → Web application. Authorized redirect URIs: {callback}.",
            "Copy the Client ID and the Client secret into the form.",
        ],
        notes: &[
            "Google sends no groups. The groups claim is set to hd, the Workspace domain: everybody of example.com is in \
             the one group example.com. For finer roles grant them by hand, or put a provider that knows groups, such as \
             Keycloak, between Google and this console.",
            "Enter your domain under Required groups: consumer accounts have no domain and then stay out, whatever the \
             audience is.",
        ],
        ..OIDC
    },
    Preset {
        id: "gitlab",
        name: "GitLab",
        line: "GitLab.com and self-managed.",
        issuer: "https://gitlab.com",
        issuer_hint: "For a GitLab of your own: its address, such as https://gitlab.example.com, without a slash at the end.",
        groups: "groups_direct",
        steps: &[
            "In GitLab: your group (or Admin area, for the whole instance) → Settings → Applications → Add new application.",
            "Redirect URI: {callback}. Keep Confidential on. Scopes: openid, profile, email.",
            "Copy the Application ID (it is the client id) and the Secret into the form.",
        ],
        notes: &[
            "groups_direct holds the full paths (acme/dba) of the groups somebody is a direct member of. The claim groups, \
             from userinfo, also has those inherited from parent groups.",
        ],
        ..OIDC
    },
    Preset {
        id: "github",
        name: "GitHub",
        line: "GitHub.com; OAuth 2.0, without groups.",
        protocol: Protocol::OAuth2,
        issuer: "",
        issuer_hint: "",
        endpoints: Some([
            "https://github.com/login/oauth/authorize",
            "https://github.com/login/oauth/access_token",
            "https://api.github.com/user",
        ]),
        scopes: &["read:user", "user:email"],
        subject: "id",
        username: "login",
        userinfo: UserinfoMode::Always,
        auth: ClientAuthMethod::ClientSecretPost,
        steps: &[
            "On GitHub: your organization → Settings → Developer settings → OAuth Apps → New OAuth app.",
            "Authorization callback URL: {callback}. Homepage URL: this console's address.",
            "Copy the Client ID into the form, then Generate a new client secret and copy it too; it is shown once.",
        ],
        notes: &[
            "Anybody with a GitHub account could sign in. Turn off Create users at first sign-in, and make the users \
             beforehand.",
            "GitHub sends no groups: teams are no part of what it says of a person. Grant roles by hand, or put a provider \
             that reads teams (such as Keycloak or Dex) in between.",
            "People are recognised by GitHub's number (id), which stays when somebody changes their login. The e-mail \
             address comes only when it is public in the profile.",
        ],
        ..OIDC
    },
    Preset {
        id: "authentik",
        name: "authentik",
        line: "An application with an OAuth2/OpenID provider.",
        issuer: "https://<host>/application/o/<slug>/",
        issuer_hint: "Replace <host> and <slug>, the application's slug. Keep the slash at the end.",
        steps: &[
            "In the admin interface: Applications → Applications → Create with provider. Choose a name and a slug, then \
             OAuth2/OpenID Provider.",
            "Client type: Confidential. Redirect URIs: Strict, {callback}.",
            "Signing Key: choose a certificate. Without one, tokens are signed with the client secret, which this console \
             refuses.",
            "Copy the Client ID and the Client Secret into the form.",
            "If your version offers a logout URI: {backchannel}, method Back-channel.",
        ],
        notes: &[
            "The groups come in the claim groups with the scope profile, by their names.",
            "Keep the issuer mode: Each provider has a different issuer.",
        ],
        ..OIDC
    },
    Preset {
        id: "zitadel",
        name: "ZITADEL",
        line: "ZITADEL Cloud and self-hosted.",
        issuer: "https://<instance>.zitadel.cloud",
        issuer_hint: "Replace <instance>, or enter your own domain. No slash at the end.",
        scopes: &["openid", "profile", "email", "urn:zitadel:iam:org:project:roles"],
        groups: "urn:zitadel:iam:org:project:roles",
        steps: &[
            "In the console open your project → New application → Web → Code, with the authentication method Basic.",
            "Redirect URIs: {callback}. Post logout URIs: {signed_out}.",
            "Copy the Client ID and the Client Secret into the form; the secret is shown once.",
            "In the application's Token settings turn on User roles inside ID token.",
            "In the project's general settings turn on Assert roles on authentication; define Roles, and give them to \
             people under Role assignments (in older versions: Authorizations).",
        ],
        notes: &[
            "ZITADEL sends no groups but project roles, as an object: its keys are the role keys, and those are what mapping \
             rules compare with.",
        ],
        ..OIDC
    },
    OIDC,
    Preset {
        id: "oauth2",
        name: "OAuth 2.0",
        line: "A provider without OpenID Connect.",
        protocol: Protocol::OAuth2,
        issuer: "",
        issuer_hint: "",
        endpoints: Some([
            "https://<host>/oauth2/authorize",
            "https://<host>/oauth2/token",
            "https://<host>/oauth2/userinfo",
        ]),
        scopes: &["profile"],
        userinfo: UserinfoMode::Always,
        steps: &[
            "Register a confidential web application that uses the authorization code flow.",
            "Give {callback} as its redirect URI, byte for byte.",
            "Copy the client id and the client secret into the form.",
            "Enter the three endpoints under Advanced, and which claim of the userinfo answer identifies a person for good.",
        ],
        notes: &[
            "Prefer OpenID Connect where the provider has it: its answers are signed for this console alone.",
        ],
        ..OIDC
    },
];
