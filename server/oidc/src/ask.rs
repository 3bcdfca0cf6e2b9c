//! What is asked with an access token: userinfo, and the directory for groups that were left out.

use domain::claims::GroupsClaim;
use domain::integration::{IntegrationSettings, UserinfoMode};
use domain::secret::Secret;
use serde_json::{Map, Value};

use crate::directory;
use crate::discovery::Metadata;
use crate::engine::{Engine, skew};
use crate::error::Error;
use crate::provider::Provider;
use crate::userinfo::{self, Said, UserinfoError};
use crate::verify::Unverified;

impl Engine {
    /// Asks userinfo, when the integration wants it and the provider has it, and checks whom it speaks of.
    pub(crate) async fn ask_userinfo(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        settings: &IntegrationSettings,
        access_token: &Secret,
        subject: &str,
    ) -> Result<Option<Map<String, Value>>, Error> {
        let url = match (settings.userinfo, &metadata.userinfo) {
            (UserinfoMode::Never, _) | (UserinfoMode::Auto, None) => return Ok(None),
            (UserinfoMode::Always, None) => return Err(UserinfoError::NoEndpoint.into()),
            (UserinfoMode::Auto | UserinfoMode::Always, Some(url)) => url,
        };
        let said = userinfo::fetch(&provider.outgoing, url, settings.userinfo_auth, access_token).await?;
        let claims = match said {
            Said::Claims(claims) => claims,
            Said::Jwt(text) => self.signed_userinfo(provider, metadata, settings, &text).await?,
        };
        Ok(Some(userinfo::about(claims, subject)?))
    }

    /// The claims of a userinfo answer that is a JWT, its signature, issuer and audience checked.
    async fn signed_userinfo(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        settings: &IntegrationSettings,
        text: &str,
    ) -> Result<Map<String, Value>, Error> {
        let now = self.clock.now();
        let token = Unverified::parse(text, &settings.signing_algorithms).map_err(UserinfoError::Jwt)?;
        let check = |_: &_| token.userinfo(&metadata.issuer, &settings.client_id, (now, skew(settings)));
        let checked = provider.with_key(metadata, &token, now.seconds(), check).await;
        checked.map_err(|error| match error {
            // It says whose token it was.
            Error::IdToken(error) => UserinfoError::Jwt(error).into(),
            other => other,
        })
    }

    /// Reads from the directory the groups that the token left out. Without a directory they stay unknown.
    pub(crate) async fn complete_groups(
        &self,
        provider: &Provider,
        settings: &IntegrationSettings,
        access_token: &Secret,
        groups: &mut GroupsClaim,
    ) -> Result<(), Error> {
        if *groups == GroupsClaim::Overage
            && let Some(read) =
                directory::groups(&provider.outgoing, &self.guard, settings, access_token).await?
        {
            *groups = read;
        }
        Ok(())
    }
}
