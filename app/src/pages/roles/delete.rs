use domain::api::RoleDetail;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    functions::{RemoveRole, get_role},
    pages::{
        load::{Place, load},
        organizations::delete::{Asked, page},
        reading::reading,
        sending::sending,
    },
    routes,
};

/// Asks before a custom role is deleted, or says what has to go first.
#[component]
pub fn Delete() -> impl IntoView {
    let params = use_params_map();
    let remove = sending::<RemoveRole>();
    let data = reading(move || params.with(|params| params.get("name").unwrap_or_default()), get_role);
    load(data, Place::WholePage, move |detail: RoleDetail| {
        let name = detail.role.name.to_string();
        let asked = Asked {
            what: "role",
            back: routes::role(&name),
            name: detail.role.label,
            used_by: detail.used_by,
            consequences: vec!["No mapping rule can give it any more.".to_owned()],
        };
        page(asked, remove, "name", name).into_any()
    })
}
