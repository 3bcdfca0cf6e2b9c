//! Makes cargo notice a new migration file; `sqlx::migrate!` by itself only watches the ones it has seen.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
