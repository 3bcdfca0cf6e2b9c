use domain::{
    api::{GroupsSeen, IdentityView, MyGroups},
    id::{IdentityId, IntegrationId, UserId},
};
use sqlx::FromRow;

use crate::{
    Tx,
    error::{Error, Result},
    key::joined_key,
    sql::{execute, fetch_all, fetch_optional},
    user_row::{IdentityViewRow, identities_of},
};

/// What people sign in with at providers: the pair (issuer, subject), compared byte for byte.
pub struct Identities<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// An identity with what a sign-in needs to know of its user, so that it need not ask again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityRow {
    /// Its identifier.
    pub id: IdentityId,
    /// Whose it is.
    pub user_id: UserId,
    /// With which integration it was made; `None`: that is deleted.
    pub integration_id: Option<IntegrationId>,
    /// The user's name.
    pub username: String,
    /// The user's full name.
    pub display_name: Option<String>,
    /// The user's e-mail address.
    pub email: Option<String>,
    /// Whether the user may sign in.
    pub user_enabled: bool,
    /// The user's revision.
    pub user_revision: i64,
}

/// An identity that is made.
#[derive(Debug, Clone)]
pub struct NewIdentity {
    /// Whose it is.
    pub user_id: UserId,
    /// With which integration.
    pub integration_id: IntegrationId,
    /// The issuer.
    pub issuer: String,
    /// The subject.
    pub subject: String,
}

#[derive(FromRow)]
struct Row {
    identity_id: String,
    user_id: String,
    integration_id: Option<String>,
    username: String,
    display_name: Option<String>,
    email: Option<String>,
    user_enabled: bool,
    user_revision: i64,
}

fn json_of(groups: &GroupsSeen) -> Result<String> {
    serde_json::to_string(groups).map_err(|error| Error::corrupt("identity", "last_groups", "", error))
}

/// What somebody's provider said of them last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastClaims {
    /// The user.
    pub user_id: String,
    /// The user's name.
    pub username: String,
    /// The integration of that sign-in; `None`: it is deleted.
    pub integration_id: Option<String>,
    /// The claims, JSON.
    pub claims: String,
}

#[derive(FromRow)]
struct LastClaimsRow {
    user_id: String,
    username: String,
    integration_id: Option<String>,
    claims: String,
}

impl Identities<'_> {
    /// The claims of each enabled user's last sign-in with a provider, by user, after this one.
    ///
    /// # Errors
    /// The driver's.
    pub async fn claims_of_everybody(&mut self, after: Option<&str>, most: u32) -> Result<Vec<LastClaims>> {
        let sql = "select d.user_id, u.username, d.integration_id, d.claims from identity d \
                   join user u on u.user_id = d.user_id \
                   where d.user_id > ? and d.claims is not null and u.enabled \
                   and not exists (select 1 from identity e where e.user_id = d.user_id and e.claims is not null \
                   and (e.last_seen_at > d.last_seen_at \
                   or (e.last_seen_at = d.last_seen_at and e.identity_id > d.identity_id))) \
                   order by d.user_id limit ?";
        let rows = fetch_all!(self.tx, LastClaimsRow, sql, after.unwrap_or_default(), i64::from(most))?;
        let read = |row: LastClaimsRow| LastClaims {
            user_id: row.user_id,
            username: row.username,
            integration_id: row.integration_id,
            claims: row.claims,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Whose this (issuer, subject) is: one statement.
    ///
    /// # Errors
    /// The driver's.
    pub async fn find(&mut self, issuer: &str, subject: &str) -> Result<Option<IdentityRow>> {
        let sql = "select d.identity_id, d.user_id, d.integration_id, u.username, u.display_name, u.email, \
                   u.enabled as user_enabled, u.revision as user_revision \
                   from identity d join user u on u.user_id = d.user_id where d.identity_key = ?";
        let row = fetch_optional!(self.tx, Row, sql, joined_key(&[issuer, subject]))?;
        Ok(row.map(|row| IdentityRow {
            id: row.identity_id.into(),
            user_id: row.user_id.into(),
            integration_id: row.integration_id.map(IntegrationId::new),
            username: row.username,
            display_name: row.display_name,
            email: row.email,
            user_enabled: row.user_enabled,
            user_revision: row.user_revision,
        }))
    }

    /// Gives a user an identity, and revises the user.
    ///
    /// # Errors
    /// [`Error::Taken`] when somebody has it, [`Error::Missing`] when user or integration do not exist.
    pub async fn insert(&mut self, new: &NewIdentity) -> Result<IdentityId> {
        let (id, now) = (self.tx.new_id(), self.tx.now().ms());
        execute!(
            self.tx,
            "insert into identity (identity_id, user_id, integration_id, issuer, subject, identity_key, created_at) \
             values (?, ?, ?, ?, ?, ?, ?)",
            &id,
            new.user_id.as_str(),
            new.integration_id.as_str(),
            &new.issuer,
            &new.subject,
            joined_key(&[&new.issuer, &new.subject]),
            now,
        )?;
        self.tx.users().bump(&new.user_id).await?;
        Ok(id.into())
    }

    /// Notes a sign-in and how the groups came, and keeps its claims, as JSON, for the simulator.
    ///
    /// # Errors
    /// The driver's.
    pub async fn touch(&mut self, id: &IdentityId, claims_json: &str, groups: &GroupsSeen) -> Result<()> {
        let sql = "update identity set claims = ?, last_seen_at = ?, last_groups = ? where identity_id = ?";
        execute!(self.tx, sql, claims_json, groups.at.ms(), json_of(groups)?, id.as_str())?;
        Ok(())
    }

    /// Notes how the groups came when there was no sign-in: it was refused, or they were read again meanwhile.
    ///
    /// # Errors
    /// The driver's.
    pub async fn note_groups(&mut self, id: &IdentityId, groups: &GroupsSeen) -> Result<()> {
        let sql = "update identity set last_groups = ? where identity_id = ?";
        execute!(self.tx, sql, json_of(groups)?, id.as_str())?;
        Ok(())
    }

    /// The last that a provider said of somebody's groups, with an integration that is there.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn last_groups(&mut self, user: &UserId) -> Result<Option<MyGroups>> {
        let sql = "select i.name, d.last_groups from identity d \
                   join integration i on i.integration_id = d.integration_id \
                   where d.user_id = ? and d.last_groups is not null";
        let rows = fetch_all!(self.tx, (String, String), sql, user.as_str())?;
        let mut all = Vec::new();
        for (integration, text) in rows {
            let seen: GroupsSeen = serde_json::from_str(&text)
                .map_err(|error| Error::corrupt("identity", "last_groups", user.as_str(), error))?;
            all.push(MyGroups { integration, seen });
        }
        Ok(all.into_iter().max_by_key(|one| one.seen.at))
    }

    /// A user's identities, oldest first.
    ///
    /// # Errors
    /// The driver's.
    pub async fn list_for_user(&mut self, user: &UserId) -> Result<Vec<IdentityView>> {
        let rows = identities_of(self.tx, &[user.as_str()]).await?;
        Ok(rows.into_iter().map(IdentityViewRow::view).collect())
    }

    /// The claims of the last sign-in with this identity; `None`: there is none yet.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn last_claims(&mut self, id: &IdentityId) -> Result<Option<serde_json::Value>> {
        let sql = "select claims from identity where identity_id = ?";
        let claims =
            fetch_optional!(self.tx, (Option<String>,), sql, id.as_str())?.and_then(|(claims,)| claims);
        let read = |text: String| {
            serde_json::from_str(&text)
                .map_err(|error| Error::corrupt("identity", "claims", id.as_str(), error))
        };
        claims.map(read).transpose()
    }

    /// Integration and claims of the last sign-ins, each person's newest, the most recent first. What cannot be read is
    /// passed over: it is only offered, never decided by.
    ///
    /// # Errors
    /// The driver's.
    pub async fn recent_claims(
        &mut self,
        most: i64,
    ) -> Result<Vec<(Option<IntegrationId>, serde_json::Map<String, serde_json::Value>)>> {
        let sql = "select integration_id, claims from identity where last_seen_at is not null \
                   order by last_seen_at desc, identity_id desc limit ?";
        let rows = fetch_all!(self.tx, (Option<String>, Option<String>), sql, most)?;
        let read = |(integration, claims): (Option<String>, Option<String>)| {
            Some((integration.map(IntegrationId::new), serde_json::from_str(&claims?).ok()?))
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }
}
