//! One component a page.

pub mod audit;
mod forms;
mod home;
pub mod integrations;
mod load;
mod managed;
pub mod mappings;
mod me;
mod not_found;
pub mod organizations;
mod password;
mod provisional;
pub mod reading;
pub mod roles;
mod sending;
mod sign_in;
mod sign_in_failed;
mod signed_out;

pub use home::Home;
pub use me::MyAccess;
pub use not_found::NotFound;
pub use password::Password;
pub use sign_in::SignIn;
pub use sign_in_failed::SignInFailed;
pub use signed_out::SignedOut;
