use std::collections::HashMap;

use domain::id::ProjectId;

use crate::{
    Tx,
    error::{Error, Result},
    sql::{execute, fetch_all, fetch_optional},
};

/// Tags of projects, which only the public API knows.
pub struct ProjectTags<'a> {
    pub(crate) tx: &'a mut Tx,
}

fn read(id: &str, text: &str) -> Result<Vec<String>> {
    serde_json::from_str(text).map_err(|error| Error::corrupt("project_tags", "tags", id, error))
}

impl ProjectTags<'_> {
    /// A project's tags.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn get(&mut self, id: &ProjectId) -> Result<Vec<String>> {
        let sql = "select tags, project_id from project_tags where project_id = ?";
        let row = fetch_optional!(self.tx, (String, String), sql, id.as_str())?;
        row.map_or(Ok(Vec::new()), |(tags, id)| read(&id, &tags))
    }

    /// All projects' tags, by project.
    ///
    /// # Errors
    /// [`Error::Corrupt`], the driver's.
    pub async fn all(&mut self) -> Result<HashMap<String, Vec<String>>> {
        let rows = fetch_all!(self.tx, (String, String), "select project_id, tags from project_tags")?;
        rows.into_iter().map(|(id, tags)| Ok((id.clone(), read(&id, &tags)?))).collect()
    }

    /// Sets a project's tags.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no such project.
    pub async fn set(&mut self, id: &ProjectId, tags: &[String]) -> Result<()> {
        execute!(self.tx, "delete from project_tags where project_id = ?", id.as_str())?;
        if !tags.is_empty() {
            let text = serde_json::to_string(tags)
                .map_err(|error| Error::corrupt("project_tags", "tags", id.as_str(), error))?;
            execute!(
                self.tx,
                "insert into project_tags (project_id, tags) values (?, ?)",
                id.as_str(),
                text
            )?;
        }
        Ok(())
    }
}
