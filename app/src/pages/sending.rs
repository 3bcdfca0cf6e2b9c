//! Forms of server functions. A form is sent as the browser would send it, whatever it holds, and its answer is opened
//! only where a page asks for it: the machinery around a form stands in the browser's module once, not once a form.

use leptos::{
    ev::SubmitEvent,
    form::form_data_from_event,
    html,
    prelude::*,
    server::ServerActionError,
    server_fn::{
        ServerFn, client::Client, error::ServerFnUrlError, redirect::call_redirect_hook, request::ClientReq,
        response::ClientRes,
    },
    web_sys,
};
use serde::de::DeserializeOwned;

use crate::{
    error::AppError,
    functions::WhoAmI,
    pages::{
        provisional::PROVISIONAL,
        reading::{Boxed, Content, Outcome, open},
    },
    routes::is_document,
};

/// The browser's client, by the name every server function has for it.
type Browser = <WhoAmI as ServerFn>::Client;
type Request = <Browser as Client<AppError>>::Request;

/// One form's way to its server function, and the last answer.
#[derive(Clone, Copy)]
pub struct Sending {
    path: &'static str,
    action: Action<String, Outcome>,
}

/// A form of the server function `S`. When the browser comes back from a form that was refused without scripts, the
/// refusal is the last answer.
pub fn sending<S: ServerFn>() -> Sending {
    sending_to(S::PATH)
}

fn sending_to(path: &'static str) -> Sending {
    let refused = use_context::<ServerActionError>()
        .filter(|error| error.path() == path)
        .map(|error| Err(ServerFnUrlError::<AppError>::decode_err(error.err())));
    let send = move |body: &String| -> Boxed<Outcome> { Box::pin(send(path, body.clone())) };
    Sending { path, action: Action::new_with_value(refused, send) }
}

async fn send(path: &'static str, body: String) -> Outcome {
    let kind = "application/x-www-form-urlencoded";
    let request = <Request as ClientReq<AppError>>::try_new_post(path, kind, "application/json", body)?;
    let response = <Browser as Client<AppError>>::send(request).await?;
    let is_refused = ClientRes::<AppError>::status(&response) >= 400;
    let goes_to =
        ClientRes::<AppError>::has_redirect(&response).then(|| ClientRes::<AppError>::location(&response));
    if is_refused {
        return Err(AppError::de(ClientRes::<AppError>::try_into_bytes(response).await?));
    }
    let text = ClientRes::<AppError>::try_into_string(response).await?;
    if let Some(to) = goes_to {
        if is_document(&to) {
            let _ = window().location().assign(&to);
        } else {
            call_redirect_hook(&to);
        }
    }
    Ok(Content::Text(text.into()))
}

impl Sending {
    /// Whether an answer is being waited for.
    pub fn pending(&self) -> Memo<bool> {
        self.action.pending()
    }

    /// Grows with every answer.
    pub fn version(&self) -> Signal<usize> {
        self.action.version().into()
    }

    /// Sends these pairs instead of a form.
    pub fn send(&self, pairs: &[(&str, &str)]) {
        self.action.dispatch(crate::routes::pairs(pairs));
    }

    /// Sends another function's form; whether it could be read.
    pub fn send_form(&self, form: NodeRef<html::Form>) -> bool {
        let pairs = form
            .get_untracked()
            .and_then(|form| web_sys::FormData::new_with_form(&form).ok())
            .and_then(|data| web_sys::UrlSearchParams::new_with_str_sequence_sequence(&data).ok());
        if let Some(pairs) = &pairs {
            self.action.dispatch(pairs.to_string().into());
        }
        pairs.is_some()
    }

    /// Whether the last answer was no refusal.
    pub fn is_done(&self) -> bool {
        self.action.value().with(|answer| matches!(answer, Some(Ok(_))))
    }

    /// The last answer, unless it was a refusal.
    pub fn answer<T: Clone + DeserializeOwned + 'static>(&self) -> Option<T> {
        let answer =
            self.action.value().with(|answer| answer.as_ref().and_then(|answer| answer.clone().ok()));
        answer.and_then(|content| open(Ok(content)).ok())
    }

    /// Why the last answer was a refusal; nothing while the next one is waited for.
    pub fn error(&self) -> Signal<Option<AppError>> {
        let (value, pending) = (self.action.value(), self.action.pending());
        Signal::derive(move || {
            if pending.get() {
                None
            } else {
                value.with(|answer| answer.as_ref().and_then(|answer| answer.as_ref().err().cloned()))
            }
        })
    }
}

/// Whether the button that makes a change provisional was used.
fn is_provisional(event: &SubmitEvent) -> bool {
    event.submitter().is_some_and(|button| button.get_attribute("name").as_deref() == Some(PROVISIONAL))
}

/// The form. Without scripts the browser posts it by itself, and the server leads it on.
#[component]
pub fn SendForm(
    /// Where it is sent.
    action: Sending,
    /// The element, for who needs it.
    #[prop(optional)]
    node_ref: Option<NodeRef<html::Form>>,
    /// The controls.
    children: Children,
) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        // A change that may be taken back is for the browser: the page it comes to is read anew and shows what waits.
        if event.default_prevented() || is_provisional(&event) {
            return;
        }
        // A form that cannot be read is left to the browser, which can.
        let Ok(data) = form_data_from_event(&event) else { return };
        let Ok(pairs) = web_sys::UrlSearchParams::new_with_str_sequence_sequence(&data) else { return };
        event.prevent_default();
        action.action.dispatch(pairs.to_string().into());
    };
    let element = node_ref.unwrap_or_default();
    view! {
        <form action=action.path method="post" on:submit=submit node_ref=element>
            {children()}
        </form>
    }
}
