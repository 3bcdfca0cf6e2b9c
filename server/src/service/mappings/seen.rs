//! Groups that people came with, offered while a rule is written.

use std::collections::HashMap;

use domain::{
    claims::{ClaimPath, Claims, GroupsClaim},
    id::IntegrationId,
    integration::Integration,
};
use store::Tx;

use crate::service::ServiceError;

/// How many of the last sign-ins are looked at.
const SIGN_INS: i64 = 300;
/// How many groups are offered.
const OFFERED: usize = 200;

/// The groups of recent sign-ins, the most frequent first.
pub(super) async fn groups(tx: &mut Tx, integrations: &[Integration]) -> Result<Vec<String>, ServiceError> {
    let paths: HashMap<&IntegrationId, &ClaimPath> =
        integrations.iter().map(|one| (&one.id, &one.settings.claims.groups)).collect();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (integration, claims) in tx.identities().recent_claims(SIGN_INS).await? {
        let Some(path) = integration.as_ref().and_then(|id| paths.get(id)) else { continue };
        if let GroupsClaim::Groups(groups) = Claims::new(claims).groups(path) {
            for group in groups {
                *counts.entry(group).or_default() += 1;
            }
        }
    }
    let mut groups: Vec<(String, usize)> = counts.into_iter().collect();
    groups.sort_by(|(a, many), (b, more)| more.cmp(many).then_with(|| a.cmp(b)));
    Ok(groups.into_iter().take(OFFERED).map(|(group, _)| group).collect())
}
