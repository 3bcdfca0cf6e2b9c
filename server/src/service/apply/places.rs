//! Targets by name: `Atlas` is an organization, `Atlas/billing` a project.

use domain::{
    api::{OrganizationView, ProjectView},
    form::FieldCode,
    id::{OrganizationId, ProjectId},
    target::Target,
};
use store::Tx;

use crate::service::ServiceError;

/// Every organization and project.
#[derive(Debug, Clone, Default)]
pub struct Places {
    organizations: Vec<OrganizationView>,
    projects: Vec<ProjectView>,
}

impl Places {
    /// As they are in this transaction.
    ///
    /// # Errors
    /// The database.
    pub async fn read(tx: &mut Tx) -> Result<Self, ServiceError> {
        let organizations = tx.organizations().all().await?;
        let projects = tx.projects().all().await?;
        Ok(Self { organizations, projects })
    }

    /// The organizations.
    #[must_use]
    pub fn organizations(&self) -> &[OrganizationView] {
        &self.organizations
    }

    /// The projects.
    #[must_use]
    pub fn projects(&self) -> &[ProjectView] {
        &self.projects
    }

    /// The organization of this identifier or name.
    ///
    /// # Errors
    /// Not there.
    pub fn organization(&self, text: &str) -> Result<OrganizationId, FieldCode> {
        let by_id = self.organizations.iter().find(|organization| organization.id.as_str() == text);
        let by_name = || self.organizations.iter().find(|organization| organization.name == text);
        by_id.or_else(by_name).map(|organization| organization.id.clone()).ok_or(FieldCode::NotThere)
    }

    /// The project of this identifier or path of names. A name may hold a slash, so every place to split is tried.
    ///
    /// # Errors
    /// Not there; more than one.
    pub fn project(&self, text: &str) -> Result<ProjectId, FieldCode> {
        if let Some(project) = self.projects.iter().find(|project| project.id.as_str() == text) {
            return Ok(project.id.clone());
        }
        let fits = |project: &&ProjectView| {
            self.organizations.iter().filter(|organization| organization.id == project.organization).any(
                |organization| {
                    text.match_indices('/').any(|(at, _)| {
                        let (head, tail) =
                            (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
                        head.trim() == organization.name && tail.trim() == project.name
                    })
                },
            )
        };
        let mut found = self.projects.iter().filter(fits);
        match (found.next(), found.next()) {
            (Some(project), None) => Ok(project.id.clone()),
            (Some(_), Some(_)) => Err(FieldCode::Ambiguous),
            (None, _) => Err(FieldCode::NotThere),
        }
    }

    /// The name of an organization.
    #[must_use]
    pub fn organization_name(&self, id: &OrganizationId) -> &str {
        let found = self.organizations.iter().find(|organization| organization.id == *id);
        found.map_or("?", |organization| organization.name.as_str())
    }

    /// What a file calls a target: its name when that leads back to it, otherwise its identifier.
    #[must_use]
    pub fn text(&self, target: &Target) -> Option<String> {
        match target {
            Target::Global => None,
            Target::Organization(id) => {
                let name = self.organization_name(id);
                let text = if self.organization(name).as_ref() == Ok(id) { name } else { id.as_str() };
                Some(text.to_owned())
            }
            Target::Project(id) => {
                let path = self.projects.iter().find(|project| project.id == *id).map(|project| {
                    format!("{}/{}", self.organization_name(&project.organization), project.name)
                });
                let path = path.filter(|path| self.project(path).as_ref() == Ok(id));
                Some(path.unwrap_or_else(|| id.to_string()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;

    fn places() -> Places {
        let at = Timestamp::from_ms(0);
        let organization = |id: &str, name: &str| OrganizationView {
            id: OrganizationId::new(id),
            name: name.to_owned(),
            created_at: at,
            updated_at: at,
            revision: 1,
        };
        let project = |id: &str, name: &str, of: &str| ProjectView {
            id: ProjectId::new(id),
            name: name.to_owned(),
            organization: OrganizationId::new(of),
            created_at: at,
            updated_at: at,
            revision: 1,
        };
        Places {
            organizations: vec![
                organization("o1", "Atlas"),
                organization("o2", "A"),
                organization("o3", "A/B"),
            ],
            projects: vec![
                project("p1", "billing", "o1"),
                project("p2", "B/C", "o2"),
                project("p3", "C", "o3"),
            ],
        }
    }

    #[test]
    fn a_target_is_found_by_identifier_and_by_path() {
        let places = places();
        assert_eq!(places.project("p1"), Ok(ProjectId::new("p1")));
        assert_eq!(places.project("Atlas/billing"), Ok(ProjectId::new("p1")));
        assert_eq!(places.project("Atlas / billing"), Ok(ProjectId::new("p1")));
        assert_eq!(places.project("Atlas/other"), Err(FieldCode::NotThere));
        assert_eq!(places.project("A/B/C"), Err(FieldCode::Ambiguous));
        assert_eq!(places.organization("A/B"), Ok(OrganizationId::new("o3")));
    }

    #[test]
    fn what_is_written_leads_back() {
        let places = places();
        assert_eq!(places.text(&Target::Project(ProjectId::new("p1"))).as_deref(), Some("Atlas/billing"));
        assert_eq!(places.text(&Target::Project(ProjectId::new("p2"))).as_deref(), Some("p2"));
        assert_eq!(places.text(&Target::Organization(OrganizationId::new("o1"))).as_deref(), Some("Atlas"));
    }
}
