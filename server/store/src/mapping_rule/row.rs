//! A rule's row.

use domain::{
    api::{RuleView, target_name},
    mapping::{Conditions, MappingRule},
    role::RoleName,
    target::{Level, Target},
    time::Timestamp,
};
use sqlx::FromRow;

use crate::error::{Error, Result};

#[derive(FromRow)]
pub(super) struct Row {
    pub(super) mapping_rule_id: String,
    integration: Option<String>,
    group_name: String,
    conditions: Option<String>,
    last_matched_at: Option<i64>,
    role: String,
    level: String,
    organization_id: Option<String>,
    project_id: Option<String>,
    organization_name: Option<String>,
    project_name: Option<String>,
    enabled: bool,
    pub(super) created_at: i64,
    updated_at: i64,
    revision: i64,
}

/// Level and identifiers as the columns hold them, put together.
pub(crate) fn read_target(level: &str, organization: Option<&str>, project: Option<&str>) -> Option<Target> {
    let level = Level::parse(level)?;
    Target::from_parts(level, organization.or(project))
}

/// The two columns of a target: organization, project.
pub(crate) fn target_columns(target: &Target) -> (Option<&str>, Option<&str>) {
    match target {
        Target::Global => (None, None),
        Target::Organization(id) => (Some(id.as_str()), None),
        Target::Project(id) => (None, Some(id.as_str())),
    }
}

impl Row {
    pub(super) fn rule(self) -> Result<MappingRule> {
        let target = self.target()?;
        Ok(MappingRule {
            conditions: self.conditions()?,
            id: self.mapping_rule_id.into(),
            integration: self.integration,
            group: self.group_name,
            role: RoleName::new(self.role),
            target,
            enabled: self.enabled,
            created_at: Timestamp::from_ms(self.created_at),
            updated_at: Timestamp::from_ms(self.updated_at),
            revision: self.revision,
        })
    }

    fn target(&self) -> Result<Target> {
        read_target(&self.level, self.organization_id.as_deref(), self.project_id.as_deref()).ok_or_else(
            || {
                Error::corrupt(
                    "mapping_rule",
                    "level",
                    &self.mapping_rule_id,
                    "level and target do not fit together",
                )
            },
        )
    }

    fn conditions(&self) -> Result<Conditions> {
        let Some(text) = &self.conditions else { return Ok(Conditions::default()) };
        let corrupt = |error| Error::corrupt("mapping_rule", "conditions", &self.mapping_rule_id, error);
        serde_json::from_str(text).map_err(corrupt)
    }

    pub(super) fn view(self) -> Result<RuleView> {
        let target = self.target()?;
        let target_name =
            target_name(&target, self.organization_name.as_deref(), self.project_name.as_deref());
        Ok(RuleView {
            conditions: self.conditions()?.list().to_vec(),
            last_matched_at: self.last_matched_at.map(Timestamp::from_ms),
            findings: Vec::new(),
            id: self.mapping_rule_id.into(),
            integration: self.integration,
            group: self.group_name,
            role: RoleName::new(self.role),
            level: target.level(),
            target: target.id().map(str::to_owned),
            target_name,
            enabled: self.enabled,
            created_at: Timestamp::from_ms(self.created_at),
            updated_at: Timestamp::from_ms(self.updated_at),
            revision: self.revision,
        })
    }
}
