//! How this API answers: JSON, on request pretty or in an envelope; lists in pages with links.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use store::Tx;
use url::{Url, form_urlencoded};

use super::error::PublicError;

/// What is asked for beside the path.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pairs: Vec<(String, String)>,
}

impl Asked {
    pub(super) fn of(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
        Self { pairs }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn is_set(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    fn number(&self, name: &str, normal: usize, most: usize) -> Result<usize, PublicError> {
        let Some(text) = self.get(name) else { return Ok(normal) };
        let number = text.parse().ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| PublicError::invalid(name, &format!("Use a whole number from 1 to {most}.")))
    }

    /// The page of these items that is asked for.
    pub(super) fn page(&self, base: &Url, path: &str, items: Vec<Value>) -> Result<Reply, PublicError> {
        let number = self.number("pageNum", 1, 1_000_000)?;
        let size = self.number("itemsPerPage", 100, 500)?;
        let total = items.len();
        let results: Vec<Value> = items.into_iter().skip((number - 1) * size).take(size).collect();
        let link = |rel: &str, number: usize| {
            let mut url = address(base, path);
            let others = self.pairs.iter().filter(|(key, _)| key != "pageNum" && key != "itemsPerPage");
            url.query_pairs_mut()
                .extend_pairs(others)
                .append_pair("pageNum", &number.to_string())
                .append_pair("itemsPerPage", &size.to_string());
            json!({"href": url, "rel": rel})
        };
        let mut links = vec![link("self", number)];
        if number > 1 {
            links.push(link("previous", number - 1));
        }
        if number * size < total {
            links.push(link("next", number + 1));
        }
        Ok(Reply::plain(StatusCode::OK, json!({"links": links, "results": results, "totalCount": total})))
    }
}

/// The answer to a write: kept, unless only `dryRun=true` was asked for.
pub(super) async fn kept(
    tx: Tx,
    query: Option<&str>,
    status: StatusCode,
    body: Value,
) -> Result<Reply, PublicError> {
    if !Asked::of(query).is_set("dryRun") {
        tx.commit().await?;
    }
    Ok(Reply::tagged(status, body))
}

/// An absolute address of this API.
pub(super) fn address(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let before = base.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{before}/api/public/v1.0{path}"));
    url
}

/// `links` with the thing's own address.
pub(super) fn self_link(base: &Url, path: &str) -> Value {
    json!({"href": address(base, path), "rel": "self"})
}

/// An answer, before it is written.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    status: StatusCode,
    body: Value,
    is_tagged: bool,
}

impl Reply {
    pub(super) const fn plain(status: StatusCode, body: Value) -> Self {
        Self { status, body, is_tagged: false }
    }

    /// With an `ETag` of what it says.
    pub(super) const fn tagged(status: StatusCode, body: Value) -> Self {
        Self { status, body, is_tagged: true }
    }
}

/// A strong entity tag of what a thing says now, links left out (RFC 9110 section 8.8.3).
pub(super) fn tag_of(body: &Value) -> String {
    let mut said = body.clone();
    if let Some(said) = said.as_object_mut() {
        said.remove("links");
    }
    let hash = Sha256::digest(said.to_string().as_bytes());
    let digits: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the answer as the request wants it.
pub(super) async fn render(request: Request, next: Next) -> Response {
    let asked = Asked::of(request.uri().query());
    let mut response = next.run(request).await;
    let Some(reply) = response.extensions_mut().remove::<Reply>() else { return response };
    if reply.is_tagged
        && let Ok(tag) = HeaderValue::from_str(&tag_of(&reply.body))
    {
        response.headers_mut().insert(header::ETAG, tag);
    }
    let body = if asked.is_set("envelope") { enveloped(&reply) } else { reply.body };
    let text = if asked.is_set("pretty") {
        serde_json::to_string_pretty(&body)
    } else {
        serde_json::to_string(&body)
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if reply.status != StatusCode::NO_CONTENT {
        *response.body_mut() = Body::from(text.unwrap_or_default());
    }
    response
}

/// The status stands inside too, for clients that cannot see it. A list gets it as a member beside its own.
fn enveloped(reply: &Reply) -> Value {
    let status = reply.status.as_u16();
    match reply.body.as_object().filter(|body| body.contains_key("results")) {
        Some(list) => {
            let mut list: Map<String, Value> = list.clone();
            list.insert("status".to_owned(), status.into());
            list.into()
        }
        None => json!({"status": status, "content": reply.body}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://console.example/ops/").unwrap()
    }

    #[test]
    fn a_page_has_its_neighbours_and_keeps_what_was_asked() {
        let items: Vec<Value> = (0..7).map(Value::from).collect();
        let page =
            Asked::of(Some("pageNum=2&itemsPerPage=3&pretty=true")).page(&base(), "/orgs", items).unwrap();
        assert_eq!(page.body["results"], json!([3, 4, 5]));
        assert_eq!(page.body["totalCount"], 7);
        let links = page.body["links"].as_array().unwrap();
        let rels: Vec<&str> = links.iter().map(|link| link["rel"].as_str().unwrap()).collect();
        assert_eq!(rels, ["self", "previous", "next"]);
        assert_eq!(
            links[2]["href"],
            "https://console.example/ops/api/public/v1.0/orgs?pretty=true&pageNum=3&itemsPerPage=3"
        );
    }

    #[test]
    fn a_number_out_of_range_names_its_parameter() {
        for query in ["pageNum=0", "pageNum=x", "itemsPerPage=501", "itemsPerPage=-1"] {
            let error = Asked::of(Some(query)).page(&base(), "/orgs", Vec::new()).unwrap_err();
            assert_eq!(error.code, "INVALID_ATTRIBUTE", "{query}");
            assert_eq!(error.parameters, [query.split('=').next().unwrap()]);
        }
    }

    #[test]
    fn a_tag_is_of_what_is_said_and_not_of_links() {
        let one = json!({"name": "a", "links": [1]});
        assert_eq!(tag_of(&one), tag_of(&json!({"name": "a"})));
        assert_ne!(tag_of(&one), tag_of(&json!({"name": "b"})));
    }
}
