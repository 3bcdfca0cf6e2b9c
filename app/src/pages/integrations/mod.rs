//! Integrations: the list, the form, the pages that ask before something ends.

mod confirm;
mod discovery;
mod edit;
mod fields;
mod form;
mod guide;
mod home_realm;
mod import;
mod import_plan;
mod list;
mod new;
mod probe;
mod probe_result;
mod probe_steps;
mod protocol;
mod sections;
mod watch;

pub use confirm::{Delete, Disable};
pub use edit::Edit;
pub use import::Import;
pub use list::List;
pub use new::New;
pub use probe::Probe;
pub use watch::Watch;
