//! The catalogue of roles and custom ones. All of these pages are documents.

mod delete;
mod edit;
mod list;
mod new;

pub use delete::Delete;
pub use edit::Role;
pub use list::List;
pub use new::New;
