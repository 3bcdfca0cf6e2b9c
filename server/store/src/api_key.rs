use domain::{
    id::{ApiKeyId, hex24},
    role::RoleName,
    secret::Secret,
    target::Target,
    time::Timestamp,
};
use sqlx::FromRow;

use crate::{
    Tx,
    crypt::{Aad, Sealed, random},
    error::{Error, Result},
    mapping_rule::{read_target, target_columns},
    sql::{execute, fetch_all, fetch_optional},
};

/// Keys of the public API that speaks as Ops Manager's does. The private parts are sealed.
pub struct ApiKeys<'a> {
    pub(crate) tx: &'a mut Tx,
}

/// A key that is made.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// The user name in HTTP Digest, 8 letters.
    pub public_key: String,
    /// The password in HTTP Digest.
    pub private_key: Secret,
    /// What it is for.
    pub description: String,
    /// Whose it is: of an organization, of a project, or of the whole console.
    pub scope: Target,
    /// Its roles, all at its scope.
    pub roles: Vec<RoleName>,
    /// Who makes it.
    pub created_by: String,
}

/// A key without its private part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyRow {
    /// Its identifier.
    pub id: ApiKeyId,
    /// The user name in HTTP Digest.
    pub public_key: String,
    /// What it is for.
    pub description: String,
    /// Whose it is.
    pub scope: Target,
    /// Its roles, all at its scope.
    pub roles: Vec<RoleName>,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used (to the minute).
    pub last_used_at: Option<Timestamp>,
}

/// Where a key may be used from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyAccess {
    /// An address or a network (CIDR).
    pub network: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// How often the key was noted as used from there (at most once a minute).
    pub used_count: u64,
    /// When it was last used from there.
    pub last_used_at: Option<Timestamp>,
    /// The last address in it.
    pub last_used_address: Option<String>,
}

#[derive(FromRow)]
struct Row {
    api_key_id: String,
    public_key: String,
    description: String,
    level: String,
    organization_id: Option<String>,
    project_id: Option<String>,
    roles: String,
    created_by: String,
    created_at: i64,
    last_used_at: Option<i64>,
}

#[derive(FromRow)]
struct AccessRow {
    network: String,
    created_at: i64,
    used_count: i64,
    last_used_at: Option<i64>,
    last_used_address: Option<String>,
}

macro_rules! columns {
    () => {
        "select api_key_id, public_key, description, level, organization_id, project_id, roles, created_by, \
         created_at, last_used_at from api_key"
    };
}

pub(crate) fn aad(id: &str) -> Aad<'_> {
    Aad { table: "api_key", row: id, column: "private_key" }
}

impl Row {
    fn read(self) -> Result<ApiKeyRow> {
        let scope = read_target(&self.level, self.organization_id.as_deref(), self.project_id.as_deref());
        let scope =
            scope.ok_or_else(|| Error::corrupt("api_key", "level", &self.api_key_id, "no such scope"))?;
        let roles: Vec<RoleName> = serde_json::from_str(&self.roles)
            .map_err(|error| Error::corrupt("api_key", "roles", &self.api_key_id, error))?;
        Ok(ApiKeyRow {
            scope,
            roles,
            id: self.api_key_id.into(),
            public_key: self.public_key,
            description: self.description,
            created_by: self.created_by,
            created_at: Timestamp::from_ms(self.created_at),
            last_used_at: self.last_used_at.map(Timestamp::from_ms),
        })
    }
}

impl ApiKeys<'_> {
    /// Makes one.
    ///
    /// # Errors
    /// [`Error::Taken`] when the public part is; [`Error::Missing`] when its scope is gone.
    pub async fn insert(&mut self, new: &NewApiKey) -> Result<ApiKeyRow> {
        let now = self.tx.now();
        let id = hex24(now.ms(), random());
        let sealed = self.tx.keys().seal(&new.private_key, &aad(&id));
        let roles = serde_json::to_string(&new.roles)
            .map_err(|error| Error::corrupt("api_key", "roles", "new", error))?;
        let (organization, project) = target_columns(&new.scope);
        execute!(
            self.tx,
            "insert into api_key (api_key_id, public_key, private_key, description, level, organization_id, \
             project_id, roles, created_by, created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            &id,
            &new.public_key,
            sealed.as_str(),
            &new.description,
            new.scope.level().as_str(),
            organization,
            project,
            roles,
            &new.created_by,
            now.ms(),
        )?;
        Ok(ApiKeyRow {
            id: id.into(),
            public_key: new.public_key.clone(),
            description: new.description.clone(),
            scope: new.scope.clone(),
            roles: new.roles.clone(),
            created_by: new.created_by.clone(),
            created_at: now,
            last_used_at: None,
        })
    }

    /// The key with this public part, and its private part.
    ///
    /// # Errors
    /// [`Error::Key`], [`Error::Corrupt`], the driver's.
    pub async fn find_by_public_key(&mut self, public_key: &str) -> Result<Option<(ApiKeyRow, Secret)>> {
        let sql = concat!(columns!(), " where public_key = ?");
        let Some(row) = fetch_optional!(self.tx, Row, sql, public_key)? else { return Ok(None) };
        // A database may take letters of either case for the same.
        if row.public_key != public_key {
            return Ok(None);
        }
        let sql = "select private_key, public_key from api_key where api_key_id = ?";
        let Some((sealed, _)) = fetch_optional!(self.tx, (String, String), sql, &row.api_key_id)? else {
            return Ok(None);
        };
        let private_key = self.tx.keys().open(&Sealed::new(sealed), &aad(&row.api_key_id))?;
        Ok(Some((row.read()?, private_key)))
    }

    /// The key.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn find(&mut self, id: &ApiKeyId) -> Result<Option<ApiKeyRow>> {
        let sql = concat!(columns!(), " where api_key_id = ?");
        fetch_optional!(self.tx, Row, sql, id.as_str())?.map(Row::read).transpose()
    }

    /// Every key of this scope, in the order they were made.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn list(&mut self, scope: &Target) -> Result<Vec<ApiKeyRow>> {
        let (organization, project) = target_columns(scope);
        let sql = concat!(
            columns!(),
            " where level = ? and coalesce(organization_id, '') = ? and coalesce(project_id, '') = ? \
             order by created_at, api_key_id"
        );
        let (level, organization, project) =
            (scope.level().as_str(), organization.unwrap_or_default(), project.unwrap_or_default());
        fetch_all!(self.tx, Row, sql, level, organization, project)?.into_iter().map(Row::read).collect()
    }

    /// Changes what it is for and its roles.
    ///
    /// # Errors
    /// The driver's.
    pub async fn update(&mut self, id: &ApiKeyId, description: &str, roles: &[RoleName]) -> Result<()> {
        let roles = serde_json::to_string(roles)
            .map_err(|error| Error::corrupt("api_key", "roles", id.as_str(), error))?;
        let sql = "update api_key set description = ?, roles = ? where api_key_id = ?";
        execute!(self.tx, sql, description, roles, id.as_str())?;
        Ok(())
    }

    /// Deletes one; whether it was there.
    ///
    /// # Errors
    /// The driver's.
    pub async fn delete(&mut self, id: &ApiKeyId) -> Result<bool> {
        Ok(execute!(self.tx, "delete from api_key where api_key_id = ?", id.as_str())? > 0)
    }

    /// Where a key may be used from, in the order of the texts; empty: from anywhere.
    ///
    /// # Errors
    /// The driver's.
    pub async fn access(&mut self, id: &ApiKeyId) -> Result<Vec<ApiKeyAccess>> {
        let sql = "select network, created_at, used_count, last_used_at, last_used_address from api_key_access \
                   where api_key_id = ? order by network";
        let read = |row: AccessRow| ApiKeyAccess {
            network: row.network,
            created_at: Timestamp::from_ms(row.created_at),
            used_count: row.used_count.unsigned_abs(),
            last_used_at: row.last_used_at.map(Timestamp::from_ms),
            last_used_address: row.last_used_address,
        };
        Ok(fetch_all!(self.tx, AccessRow, sql, id.as_str())?.into_iter().map(read).collect())
    }

    /// Adds a network; nothing happens when it is there.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no such key.
    pub async fn add_access(&mut self, id: &ApiKeyId, network: &str) -> Result<()> {
        if self.access(id).await?.iter().any(|entry| entry.network == network) {
            return Ok(());
        }
        let now = self.tx.now().ms();
        let sql =
            "insert into api_key_access (api_key_id, network, created_at, used_count) values (?, ?, ?, 0)";
        execute!(self.tx, sql, id.as_str(), network, now)?;
        Ok(())
    }

    /// Removes a network; whether it was there.
    ///
    /// # Errors
    /// The driver's.
    pub async fn remove_access(&mut self, id: &ApiKeyId, network: &str) -> Result<bool> {
        let sql = "delete from api_key_access where api_key_id = ? and network = ?";
        Ok(execute!(self.tx, sql, id.as_str(), network)? > 0)
    }

    /// Notes that a key was used, from this network of its list and this address.
    ///
    /// # Errors
    /// The driver's.
    pub async fn touch(&mut self, id: &ApiKeyId, network: Option<&str>, address: Option<&str>) -> Result<()> {
        let now = self.tx.now().ms();
        execute!(self.tx, "update api_key set last_used_at = ? where api_key_id = ?", now, id.as_str())?;
        if let Some(network) = network {
            let sql = "update api_key_access set used_count = used_count + 1, last_used_at = ?, \
                       last_used_address = ? where api_key_id = ? and network = ?";
            execute!(self.tx, sql, now, address, id.as_str(), network)?;
        }
        Ok(())
    }
}

/// Seals with the current key what is sealed with a previous one; how many they were.
pub(crate) async fn reseal(tx: &mut Tx) -> Result<u64> {
    let mut changed = 0;
    for (id, text) in fetch_all!(tx, (String, String), "select api_key_id, private_key from api_key")? {
        let sealed = Sealed::new(text);
        if sealed.key_id()? != tx.keys().current_id() {
            let private_key = tx.keys().open(&sealed, &aad(&id))?;
            let sealed = tx.keys().seal(&private_key, &aad(&id));
            execute!(tx, "update api_key set private_key = ? where api_key_id = ?", sealed.as_str(), &id)?;
            changed += 1;
        }
    }
    Ok(changed)
}
