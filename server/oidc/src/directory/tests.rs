#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::json;

use super::*;
use crate::address::OutboundPolicy;

fn next(headers: &[&str]) -> Option<String> {
    next_link(headers.iter().copied())
}

#[test]
fn the_next_page_is_found_among_links() {
    let url = "https://idp.example/groups?a=1,2&page=2";
    for header in [
        format!("<{url}>; rel=next"),
        format!("<{url}>;rel=\"next\""),
        format!(
            "<https://idp.example/?x=a,b>; rel=\"prev first\"; title=\"a, b\", <{url}>; REL=\"last Next\""
        ),
    ] {
        assert_eq!(next(&[&header]).as_deref(), Some(url), "{header}");
        assert_eq!(next(&["<https://idp.example/self>; rel=self", &header]).as_deref(), Some(url));
    }
    for header in ["", "next", "<https://x/", "<https://x/>; rel=nextest", "<https://x/>; rev=next"] {
        assert_eq!(next(&[header]), None, "{header}");
    }
}

#[test]
fn a_next_page_elsewhere_is_not_followed() {
    let guard = Guard::new(OutboundPolicy::default());
    let first = Url::parse("https://graph.example.com/v1.0/me?a=b").unwrap();
    let follow = |next: &str| follow(&guard, &first, &first, next).map(String::from);
    assert_eq!(follow("?page=2").as_deref(), Some("https://graph.example.com/v1.0/me?page=2"));
    assert_eq!(follow("https://graph.example.com/other").as_deref(), Some("https://graph.example.com/other"));
    for bad in [
        "https://graph.example.org/",
        "//evil.example/x",
        "http://graph.example.com/v1.0/me",
        "https://graph.example.com:8443/",
        "https://user@graph.example.com/",
        "javascript:alert(1)",
    ] {
        assert_eq!(follow(bad), None, "{bad}");
    }
}

#[test]
fn groups_are_texts_or_a_member_of_objects_and_nothing_is_skipped() {
    let mut groups = Groups::default();
    let items = vec![json!("a"), json!({"id": "b", "displayName": "B"}), json!({"id": "a"})];
    groups.add(items, "id", 1).unwrap();
    assert_eq!(groups.list, ["a", "b"]);
    for bad in [json!({"name": "c"}), json!({"id": 7}), json!({"id": ""}), json!(7), json!(null)] {
        let error = Groups::default().add(vec![json!("a"), bad.clone()], "id", 3);
        assert_eq!(error, Err(DirectoryError::NoGroup { page: 3 }), "{bad}");
    }
    let many = (0..=MOST_GROUPS).map(|number| json!(number.to_string())).collect();
    assert_eq!(Groups::default().add(many, "id", 1), Err(DirectoryError::TooMany));
}

#[test]
fn a_page_is_a_list_or_an_object_with_one() {
    assert_eq!(parts(json!(["a"])), Some((vec![json!("a")], None)));
    assert_eq!(parts(json!({"value": []})), Some((vec![], None)));
    let next = parts(json!({"value": [], "@odata.nextLink": "n"}));
    assert_eq!(next, Some((vec![], Some("n".to_owned()))));
    for bad in [json!({}), json!({"value": {}}), json!("a"), json!({"value": [], "@odata.nextLink": 7})] {
        assert_eq!(parts(bad.clone()), None, "{bad}");
    }
}
