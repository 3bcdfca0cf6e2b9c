//! Controls that somebody else decides: they show their value and why they cannot be changed.

use leptos::prelude::*;

/// Names of controls that cannot be changed, put into the context of a form; and the sentence that says why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locked {
    names: Vec<String>,
    why: String,
}

impl Locked {
    /// These controls, by form field name.
    pub fn new(names: Vec<String>, why: impl Into<String>) -> Self {
        Self { names, why: why.into() }
    }
}

/// Why the control of this name cannot be changed; `None`: it can.
pub(super) fn locked(name: &str) -> Option<String> {
    let locked = use_context::<Locked>()?;
    locked.names.iter().any(|known| known == name).then_some(locked.why)
}
