//! Integrations: the list, the form, the pages that ask before something ends.

mod confirm;
mod conflict;
mod discovery;
mod edit;
mod fields;
mod form;
mod groups;
mod guide;
mod history;
mod home_realm;
mod import;
mod import_plan;
mod known;
mod list;
mod new;
mod notices;
mod probe;
mod probe_result;
mod probe_steps;
mod protocol;
mod secrets;
mod sections;
mod settings_diff;
mod version;
mod watch;

pub use confirm::{Delete, Disable};
pub use edit::Edit;
pub use history::History;
pub use import::Import;
pub use list::List;
pub use new::New;
pub use probe::Probe;
pub use secrets::Secrets;
pub use version::Version;
pub use watch::Watch;
