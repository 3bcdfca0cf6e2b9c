//! Which revision a change was made for.

use super::ServiceError;

/// Which revision of a thing somebody has seen before changing it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Expected {
    /// Whichever is the newest.
    #[default]
    Any,
    /// One of these.
    Revisions(Vec<i64>),
}

impl Expected {
    /// Passes when the newest revision is among the expected ones.
    ///
    /// # Errors
    /// [`store::Error::Stale`].
    pub fn check(&self, newest: i64) -> Result<(), ServiceError> {
        match self {
            Self::Any => Ok(()),
            Self::Revisions(seen) if seen.contains(&newest) => Ok(()),
            Self::Revisions(_) => Err(ServiceError::Store(store::Error::Stale)),
        }
    }
}

impl From<Option<i64>> for Expected {
    fn from(revision: Option<i64>) -> Self {
        revision.map_or(Self::Any, |revision| Self::Revisions(vec![revision]))
    }
}
