//! The query of a request, every wrong parameter named.

use std::convert::Infallible;

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::{
    api::PageQuery,
    form::{FieldCode, FieldErrors},
    time::Timestamp,
};

/// The parameters. That only known ones are there, each once, was checked by [`super::endpoint`].
#[derive(Debug, Default)]
pub struct Params {
    pairs: Vec<(String, String)>,
    errors: FieldErrors,
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        let pairs = pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        Ok(Self { pairs, errors: FieldErrors::default() })
    }
}

impl Params {
    /// The text of a parameter; `None` when it is absent or empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.pairs
            .iter()
            .find(|pair| pair.0 == name)
            .map(|pair| pair.1.clone())
            .filter(|text| !text.is_empty())
    }

    /// The parameter, read by `parse`.
    pub fn read<T>(&mut self, name: &str, code: FieldCode, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(name)?;
        let value = parse(&text);
        self.errors.check(value.is_some(), name, code);
        value
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        self.read(name, FieldCode::UnknownChoice, |text| text.parse().ok())
    }

    /// A moment.
    pub fn time(&mut self, name: &str) -> Option<Timestamp> {
        self.read(name, FieldCode::BadDate, Timestamp::parse)
    }

    /// Which page.
    pub fn page(&mut self) -> PageQuery {
        let code = FieldCode::OutOfRange { min: 1, max: PageQuery::MOST };
        let size = self.read("pageSize", code, |text| {
            text.parse().ok().filter(|size| (1..=PageQuery::MOST).contains(size))
        });
        PageQuery { page_size: size.unwrap_or(PageQuery::default().page_size), cursor: self.text("cursor") }
    }

    /// Passes when nothing was wrong.
    ///
    /// # Errors
    /// Every problem, by parameter.
    pub fn finish(self) -> Result<(), FieldErrors> {
        self.errors.into_result(())
    }
}
