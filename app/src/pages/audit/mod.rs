//! The audit log: the list, one event, and what its details say.

mod detail;
mod event;
mod filters;
mod list;

pub use event::Event;
pub use list::List;
