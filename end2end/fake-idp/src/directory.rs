//! A directory of groups in pages, as a provider's own API has it.

use axum::http::header;
use serde_json::json;

use crate::record::Recorded;
use crate::reply::Reply;
use crate::routes::access_of;
use crate::state::{Shared, Snapshot};

pub(crate) fn directory(shared: &Shared, now: &Snapshot, request: &Recorded) -> Reply {
    if access_of(shared, now, request).is_none() {
        return Reply::text(401, "text/plain", "the access token is missing, unknown or expired");
    }
    let config = &now.config.directory;
    let page: usize = request.param("page").and_then(|page| page.parse().ok()).unwrap_or(0);
    if config.fails_at == Some(page) {
        return Reply::text(503, "text/plain", "something broke");
    }
    let ids = config.pages.get(page).cloned().unwrap_or_default();
    let next = match &config.next_elsewhere {
        Some(url) if page == 0 => Some(url.clone()),
        _ if page + 1 < config.pages.len() => Some(format!("{}?page={}", shared.url("directory"), page + 1)),
        _ if config.circle => Some(shared.url("directory")),
        _ => None,
    };
    if config.link_header {
        let reply = Reply::json(200, &json!(ids));
        return match next {
            Some(next) => reply.header(header::LINK, format!("<{next}>; rel=\"next\"")),
            None => reply,
        };
    }
    let value: Vec<_> =
        ids.iter().map(|id| json!({"id": id, "displayName": format!("Group {id}")})).collect();
    let mut body = json!({"value": value});
    if let (Some(next), Some(members)) = (next, body.as_object_mut()) {
        members.insert("@odata.nextLink".into(), next.into());
    }
    Reply::json(200, &body)
}
