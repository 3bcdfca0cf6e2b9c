//! Mapping rules: the list as sentences, and the form of one rule.

mod bulk;
mod conditions;
mod edit;
mod editor;
mod import;
mod new;
mod table;

pub use edit::Edit;
pub use import::Import;
pub use new::New;
pub use table::List;
