//! What a configuration file sets: said on the page, and its controls locked.

use domain::api::ManagedView;
use leptos::prelude::*;

use crate::{
    pages::{forms::FieldName, load::moment},
    ui::{Callout, Code, Locked, Tone},
};

/// Locks the controls of the form that follows, by the fields they are for.
pub fn lock(managed: Option<&ManagedView>, fields: &[FieldName]) {
    let names = match managed {
        Some(managed) => {
            let owned = fields.iter().filter(|(_, field, _)| managed.owns(field));
            owned.map(|(name, ..)| (*name).to_owned()).collect()
        }
        None => Vec::new(),
    };
    let file = managed.map(|managed| managed.file.clone()).unwrap_or_default();
    provide_context(Locked::new(names, format!("Set by the server's configuration ({file}).")));
}

/// Says which file sets something here, and what is no longer as it says. `name`: what releases it.
pub fn note(managed: ManagedView, name: &str) -> impl IntoView + use<> {
    let release = format!("latchkey apply --release {name}");
    let is_well = managed.drift.is_empty();
    let drift = managed.drift.into_iter().map(|field| view! { " " <Code>{field}</Code> }).collect_view();
    let drift = (!is_well).then(|| view! { <p>"It differs from the applied file in:" {drift}</p> });
    let way_out = if managed.released {
        view! { <p>"It was released: everything can be changed here until the file is applied again."</p> }
            .into_any()
    } else {
        view! {
            <p>
                "Those fields cannot be changed here. Change them in the file and apply it, or release them on the \
                 server with " <Code>{release}</Code> "."
            </p>
        }
        .into_any()
    };
    let title = if managed.released {
        "Released from the server's configuration"
    } else {
        "Set by the server's configuration"
    };
    view! {
        <Callout title kind=if is_well { Tone::Info } else { Tone::Warn }>
            <p>"The file " <Code>{managed.file}</Code> " was applied on " {moment(managed.applied_at)} "."</p>
            {way_out}
            {drift}
        </Callout>
    }
}
