//! Single sign-on without a stop at the sign-in page, where there is only one way in, and what keeps it from going
//! round in circles: after signing out, after a failed login and when the same browser comes back again and again,
//! the page is shown.

use axum::{
    http::{HeaderMap, HeaderValue, Method, Uri},
    response::Response,
};
use domain::time::Timestamp;

use super::see_other;
use crate::{
    Core,
    service::sign_in,
    session::{find_cookie, remove_cookie, set_cookie},
    telemetry,
};

/// Set where a login has ended, one way or another: the next step is the person's.
const STAY: &str = "latchkey-stay";
/// For how long, in seconds.
const STAY_SECONDS: i64 = 300;
/// How often this browser was sent on lately: a number, a dot, when the first was in milliseconds.
const SENT: &str = "latchkey-sent";
/// So often in a minute, and the page is shown.
const MOST_SENT: u32 = 3;
const MINUTE_MS: i64 = 60_000;

/// Where an anonymous visitor of a page that needs a sign-in goes.
pub(super) async fn answer(
    core: &Core,
    method: &Method,
    headers: &HeaderMap,
    uri: &Uri,
    page: String,
) -> Response {
    // Only what a person opens: a script's or an image's request would begin a login that nobody sees.
    let opened = headers.get("sec-fetch-dest").is_none_or(|value| value == "document")
        && !headers.contains_key("sec-purpose");
    if *method != Method::GET || !opened {
        return see_other(&page);
    }
    match sign_in::only_way(core).await {
        Ok(Some(name)) => {
            let wanted = uri.path_and_query().map(|wanted| wanted.as_str()).filter(|wanted| *wanted != "/");
            send(core, headers, &app::routes::begin_login(&name, wanted), &page)
        }
        Ok(None) => see_other(&page),
        Err(error) => {
            // The page will say what is the matter.
            telemetry::log_cause("sign-in", &error);
            see_other(&page)
        }
    }
}

/// Where the sign-in page leads when its address names an integration.
pub(super) async fn hinted(core: &Core, headers: &HeaderMap, uri: &Uri) -> Option<Response> {
    let (mut name, mut target, mut noted) = (None, None, false);
    for (key, value) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        match key.as_ref() {
            "integration" => name = Some(value.into_owned()),
            "return_to" => target = Some(value.into_owned()),
            "note" | "error" => noted = true,
            _ => {}
        }
    }
    let name = name.filter(|_| !noted)?;
    let target = target.as_deref();
    let page = |note| {
        app::routes::with_query(
            app::routes::SIGN_IN,
            &[("note", note), ("return_to", target.unwrap_or_default())],
        )
    };
    if sign_in::is_enabled(core, &name).await.unwrap_or(false) {
        Some(send(core, headers, &app::routes::begin_login(&name, target), &page("stay")))
    } else {
        Some(see_other(&page("unknown")))
    }
}

/// Sends the browser on, unless it was told to stay or has come back too often.
fn send(core: &Core, headers: &HeaderMap, login: &str, page: &str) -> Response {
    let (now, secure) = (core.now(), core.config.http.is_secure());
    if find_cookie(headers, STAY).is_some() {
        return see_other(&noted(page, "stay"));
    }
    let (count, since) = sent(find_cookie(headers, SENT), now);
    if count >= MOST_SENT {
        tracing::info!("a browser that keeps coming back was not sent on");
        return see_other(&noted(page, "returned"));
    }
    let mut response = see_other(login);
    let value = format!("{}.{}", count + 1, since.ms());
    append(&mut response, set_cookie(SENT, &value, Some(MINUTE_MS / 1000), secure));
    response
}

fn noted(page: &str, note: &str) -> String {
    if page.contains("note=") { page.to_owned() } else { app::routes::with_query(page, &[("note", note)]) }
}

/// How often the browser was sent on within the last minute, and since when.
fn sent(cookie: Option<&str>, now: Timestamp) -> (u32, Timestamp) {
    let read = |text: &str| {
        let (count, since) = text.split_once('.')?;
        Some((count.parse::<u32>().ok()?, Timestamp::from_ms(since.parse().ok()?)))
    };
    let known = cookie.filter(|text| text.len() <= 32).and_then(read);
    known
        .filter(|(_, since)| (0..MINUTE_MS).contains(&now.ms().saturating_sub(since.ms())))
        .unwrap_or((0, now))
}

fn append(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(axum::http::header::SET_COOKIE, cookie);
    }
}

/// A login has ended here: the next one is begun by the person.
pub(super) fn stay(core: &Core, response: &mut Response) {
    append(response, set_cookie(STAY, "1", Some(STAY_SECONDS), core.config.http.is_secure()));
}

/// Somebody is signed in: what was remembered is over. The count stays, because a session that does not last would
/// otherwise go round in circles.
pub(super) fn arrived(core: &Core, headers: &HeaderMap, response: &mut Response) {
    if find_cookie(headers, STAY).is_some() {
        append(response, remove_cookie(STAY, core.config.http.is_secure()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read_strictly_and_ends_after_a_minute() {
        let now = Timestamp::from_ms(1_000_000_000_000);
        let at = |ms: i64| Timestamp::from_ms(now.ms() + ms);
        assert_eq!(sent(Some("2.999999999000"), now), (2, at(-1000)));
        for old in [
            None,
            Some(""),
            Some("2"),
            Some("x.y"),
            Some("2.999999940000"),
            Some("2.1000000001000"),
            Some("-1.999999999999"),
        ] {
            assert_eq!(sent(old, now), (0, now), "{old:?}");
        }
        assert_eq!(sent(Some("2.-9223372036854775808"), now).0, 0);
    }
}
