//! What a page reads from the server. All readings are one type of resource, whatever they hold: the machinery around a
//! resource is tens of kilobytes in the browser's module, and there it stands once.

use std::{
    any::Any,
    future::{Future, IntoFuture},
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
};

use leptos::{
    prelude::*,
    server::{
        Resource,
        codee::{Decoder, Encoder},
    },
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{error::AppError, functions::page_text};

/// A future whose type is forgotten.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What was read: the value itself, or the text that came with the page.
#[derive(Clone)]
pub enum Content {
    /// Read here. The text is for the browser that takes the page over, and empty in the browser.
    Value(Arc<dyn Any + Send + Sync>, Arc<str>),
    /// Came with the page.
    Text(Arc<str>),
}

/// What was read, or why it could not be.
pub type Outcome = Result<Content, AppError>;

/// How an outcome travels in the page: `+` and the content's JSON, or `-` and the error's.
#[derive(Debug, Clone, Copy)]
pub struct OutcomeCodec;

impl Encoder<Outcome> for OutcomeCodec {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(outcome: &Outcome) -> Result<String, serde_json::Error> {
        Ok(match outcome {
            Ok(Content::Value(_, text) | Content::Text(text)) => format!("+{text}"),
            Err(error) => format!("-{}", page_text(error)),
        })
    }
}

impl Decoder<Outcome> for OutcomeCodec {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<Outcome, serde_json::Error> {
        match text.strip_prefix('+') {
            Some(content) => Ok(Ok(Content::Text(content.into()))),
            None => from_text(text.strip_prefix('-').unwrap_or_default()).map(Err),
        }
    }
}

/// Reads JSON from bytes, as server functions do: reading it from text would compile every type's reader twice.
pub(super) fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    domain::tree::from_slice(text.as_bytes())
}

/// What a page reads, again whenever its source changes.
pub struct Reading<T> {
    resource: Resource<Outcome, OutcomeCodec>,
    content: PhantomData<fn() -> T>,
}

impl<T> Clone for Reading<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Reading<T> {}

impl<T: Clone + DeserializeOwned + Send + Sync + 'static> Reading<T> {
    /// What was read; `None` while it is being read. To be called inside a `Suspense`.
    pub fn get(&self) -> Option<Result<T, AppError>> {
        self.resource.get().map(open)
    }

    /// Reads again.
    pub fn refetch(&self) {
        self.resource.refetch();
    }

    /// The resource itself; [`open`] opens what it holds.
    pub(super) fn resource(self) -> Resource<Outcome, OutcomeCodec> {
        self.resource
    }
}

impl<T: Clone + DeserializeOwned + Send + Sync + 'static> IntoFuture for Reading<T> {
    type Output = Result<T, AppError>;
    type IntoFuture = Boxed<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let resource = self.resource;
        Box::pin(async move { open(resource.await) })
    }
}

pub(super) fn open<T: Clone + DeserializeOwned + 'static>(outcome: Outcome) -> Result<T, AppError> {
    match outcome? {
        Content::Value(value, _) => value.downcast_ref::<T>().cloned().ok_or(AppError::Transport),
        Content::Text(text) => from_text(&text).map_err(|_| AppError::Transport),
    }
}

/// What a reading depends on, its type forgotten.
#[derive(Clone)]
struct Source {
    value: Arc<dyn Any + Send + Sync>,
    is_same: fn(&dyn Any, &dyn Any) -> bool,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        (self.is_same)(&*self.value, &*other.value)
    }
}

fn is_same<S: PartialEq + 'static>(one: &dyn Any, other: &dyn Any) -> bool {
    one.downcast_ref::<S>() == other.downcast_ref::<S>()
}

/// Reads with `fetch` now and whenever `source` changes.
pub fn reading<S, T, F>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetch: impl Fn(S) -> F + Send + Sync + 'static,
) -> Reading<T>
where
    S: Clone + PartialEq + Send + Sync + 'static,
    T: Clone + Serialize + Send + Sync + 'static,
    F: Future<Output = Result<T, AppError>> + Send + 'static,
{
    let source = move || Source { value: Arc::new(source()), is_same: is_same::<S> };
    let fetch = move |source: Source| -> Boxed<Outcome> {
        // A source of another type cannot be: the line above makes them all.
        let Some(source) = source.value.downcast_ref::<S>().cloned() else {
            return Box::pin(std::future::ready(Err(AppError::Transport)));
        };
        let reading = fetch(source);
        Box::pin(async move {
            let value = reading.await?;
            let text = page_text(&value).into();
            Ok(Content::Value(Arc::new(value), text))
        })
    };
    Reading { resource: resource(Box::new(source), Box::new(fetch)), content: PhantomData }
}

/// The one place where a resource is made.
fn resource(
    source: Box<dyn Fn() -> Source + Send + Sync>,
    fetch: Box<dyn Fn(Source) -> Boxed<Outcome> + Send + Sync>,
) -> Resource<Outcome, OutcomeCodec> {
    Resource::new_with_options(source, fetch, false)
}
