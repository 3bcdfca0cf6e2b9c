//! One's own page, and what is remembered of users between requests.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{
    access::{Caller, Permission, Via},
    api::{Me, MeSession, MeUser, MyGroups, RoleGrantView},
    id::UserId,
    problem::ProblemCode,
    role::RoleName,
    target::{Level, Target},
    time::Timestamp,
};

use super::{ServiceError, implied_grants};
use crate::state::Core;

/// What is known of a user at one revision.
#[derive(Debug)]
pub struct CachedUser {
    /// As `/me` shows them.
    pub user: MeUser,
    /// Roles and why.
    pub role_grants: Vec<RoleGrantView>,
    /// Global roles.
    pub global_roles: Vec<RoleName>,
    /// Every role at every target.
    pub grants: Vec<(RoleName, Target)>,
}

/// Users by id, each at the revision last seen.
#[derive(Default)]
pub struct UserCache(Mutex<HashMap<UserId, Entry>>);

struct Entry {
    revision: i64,
    loaded_at: Timestamp,
    user: Arc<CachedUser>,
}

/// The most users remembered; beyond them all are forgotten.
const MOST: usize = 10_000;
/// Names of organizations and projects are part of an entry and do not touch the user's revision: an entry lives
/// this long at most, in milliseconds.
const LIFETIME: i64 = 5_000;

impl UserCache {
    /// The user at this revision or a newer one; `None`: they are gone. One look-up in memory, else three statements.
    ///
    /// # Errors
    /// The database's.
    pub async fn get(
        &self,
        core: &Core,
        id: &UserId,
        revision: i64,
    ) -> Result<Option<Arc<CachedUser>>, ServiceError> {
        let now = core.now();
        if let Some(entry) = self.lock().get(id)
            && entry.revision == revision
            && (now.ms() - entry.loaded_at.ms()).abs() < LIFETIME
        {
            return Ok(Some(Arc::clone(&entry.user)));
        }
        self.load(core, id).await
    }

    async fn load(&self, core: &Core, id: &UserId) -> Result<Option<Arc<CachedUser>>, ServiceError> {
        let mut tx = core.db.read().await?;
        // First the revision, then what it covers: should a change come in between, the entry is too new for its
        // revision and is read again by the next request, never the other way round.
        let Some(view) = tx.users().find(id).await? else {
            self.lock().remove(id);
            return Ok(None);
        };
        let (role_grants, identities) = tx.users().grants_and_identities(id).await?;
        drop(tx);
        let target = |grant: &RoleGrantView| Target::from_parts(grant.level, grant.target.as_deref());
        let grants: Vec<(RoleName, Target)> =
            role_grants.iter().filter_map(|grant| Some((grant.role.clone(), target(grant)?))).collect();
        let global = grants.iter().filter(|(_, target)| target.level() == Level::Global);
        let global_roles = global.map(|(role, _)| role.clone()).collect();
        let user = MeUser {
            id: view.id.clone(),
            username: view.username,
            display_name: view.display_name,
            email: view.email,
            identities,
            has_password: view.has_password,
        };
        let user = Arc::new(CachedUser { user, role_grants, global_roles, grants });
        let mut map = self.lock();
        if map.len() >= MOST && !map.contains_key(id) {
            map.clear();
        }
        let entry = Entry { revision: view.revision, loaded_at: core.now(), user: Arc::clone(&user) };
        map.insert(view.id, entry);
        Ok(Some(user))
    }

    /// The user as the last request saw them.
    fn last_seen(&self, id: &UserId) -> Option<Arc<CachedUser>> {
        self.lock().get(id).map(|entry| Arc::clone(&entry.user))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a provider last said of my groups; `None`: none said anything yet.
///
/// # Errors
/// Not allowed; the database.
pub async fn my_groups(core: &Core, caller: &Caller) -> Result<Option<MyGroups>, ServiceError> {
    caller.require(Permission::OwnAccess)?;
    let Some(id) = &caller.user_id else { return Ok(None) };
    let mut tx = core.db.read().await?;
    Ok(tx.identities().last_groups(id).await?)
}

/// Who I am, my roles and why.
///
/// # Errors
/// Not allowed; a token that belongs to nobody; the database.
pub async fn me(core: &Core, caller: &Caller) -> Result<Me, ServiceError> {
    caller.require(Permission::OwnAccess)?;
    let missing = || ServiceError::Refused(ProblemCode::NotFound);
    let id = caller.user_id.as_ref().ok_or_else(missing)?;
    // Middleware has just looked this user up for this request.
    let known = match core.users.last_seen(id) {
        Some(known) => known,
        None => core.users.load(core, id).await?.ok_or_else(missing)?,
    };
    let in_force = |grant: &&RoleGrantView| match caller.via {
        // A token may be limited to some of its owner's roles.
        Via::ApiToken(_) => {
            let target = Target::from_parts(grant.level, grant.target.as_deref());
            target.is_some_and(|target| caller.grants.contains(&(grant.role.clone(), target)))
        }
        Via::Session { .. } | Via::Host => true,
    };
    let session = match &caller.via {
        Via::Session { id, integration } => {
            let (created_at, expires_at) = match core.session_times.get(id) {
                Some(times) => times,
                None => {
                    let mut tx = core.db.read().await?;
                    let view = tx.sessions().find(id).await?.ok_or_else(missing)?;
                    (view.created_at, view.expires_at)
                }
            };
            Some(MeSession { id: id.clone(), created_at, expires_at, integration: integration.clone() })
        }
        Via::ApiToken(_) | Via::Host => None,
    };
    let mut role_grants: Vec<RoleGrantView> = known.role_grants.iter().filter(in_force).cloned().collect();
    implied_grants::add(core, &mut role_grants).await?;
    Ok(Me {
        user: known.user.clone(),
        role_grants,
        session,
        must_change_password: caller.must_change_password,
    })
}
