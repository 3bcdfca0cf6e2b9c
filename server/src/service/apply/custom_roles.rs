//! Custom roles of a file.

use domain::{
    api::ManagedKind,
    form::{FieldCode, FieldErrors, RoleForm, ValidRole},
};
use serde_json::{Map, Value, json};

use super::{Action, change::Run, document::Document, places::Places};
use crate::service::{ServiceError, managed, roles};

impl Run<'_> {
    pub(super) async fn roles(&mut self, document: &Document) -> Result<(), ServiceError> {
        let places = Places::read(self.tx).await?;
        for (index, form) in document.roles.iter().flatten().enumerate() {
            let done = self.role(form, &places).await;
            self.field_problems(&format!("roles.{index}"), done)?;
        }
        Ok(())
    }

    /// Makes or changes a role. The organization is a name or an identifier.
    async fn role(&mut self, form: &RoleForm, places: &Places) -> Result<(), ServiceError> {
        let role = resolved(form, places)?;
        let object = managed::role_object(&role.name);
        let fields = Map::from_iter([
            ("label".to_owned(), json!(role.label)),
            ("description".to_owned(), json!(role.description)),
        ]);
        match self.tx.roles().find(&role.name).await? {
            None => {
                roles::insert_in(self.caller, self.tx, &role).await?;
                self.note(Action::Create, "role", role.name.to_string(), Value::Null);
            }
            Some(old) if old.organization != role.organization => {
                return Err(FieldErrors::one("organization", FieldCode::Fixed).into());
            }
            Some(old) => {
                let new = roles::update_in(self.caller, self.tx, &old, &role).await?;
                if new != old {
                    let before = json!({"label": old.label, "description": old.description});
                    let after = json!({"label": new.label, "description": new.description});
                    let changed = domain::audit::diff(&before, &after, &[]);
                    self.note(Action::Update, "role", role.name.to_string(), changed);
                }
            }
        }
        self.own(ManagedKind::Role, &object, fields).await
    }

    /// Removes roles that this file made and names no more.
    pub(super) async fn prune_roles(&mut self, document: &Document) -> Result<(), ServiceError> {
        let Some(named) = &document.roles else { return Ok(()) };
        for old in self.tx.roles().all().await? {
            let object = managed::role_object(&old.name);
            let gone = !named.iter().any(|form| form.name == old.name.as_str());
            if gone && self.is_own(ManagedKind::Role, &object).await? {
                self.disown(ManagedKind::Role, &object).await?;
                roles::remove_in(self.caller, self.tx, &old).await?;
                self.note(Action::Delete, "role", old.name.to_string(), Value::Null);
            }
        }
        Ok(())
    }
}

fn resolved(form: &RoleForm, places: &Places) -> Result<ValidRole, ServiceError> {
    let mut form = form.clone();
    if !form.organization.is_empty() {
        let found = places.organization(&form.organization);
        form.organization = found.map_err(|code| FieldErrors::one("organization", code))?.to_string();
    }
    Ok(form.validate()?)
}
