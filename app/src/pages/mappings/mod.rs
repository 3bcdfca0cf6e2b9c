//! Mapping rules: the list as sentences, and the form of one rule.

mod conditions;
mod edit;
mod editor;
mod new;
mod table;

pub use edit::Edit;
pub use new::New;
pub use table::List;
