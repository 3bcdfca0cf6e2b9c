//! ID token and userinfo become one set of claims.

use std::collections::BTreeMap;

use domain::claims::Claims;
use serde_json::{Map, Value};

/// Claims about the token and the sign-in itself: only the signed ID token may say them.
const ONLY_ID_TOKEN: [&str; 15] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "nonce",
    "at_hash",
    "c_hash",
    "azp",
    "sid",
    "acr",
    "amr",
    "auth_time",
];

const ID_TOKEN: &str = "id_token";
const USERINFO: &str = "userinfo";

/// Claims, and which of the two each came from.
pub(crate) struct Merged {
    pub(crate) claims: Claims,
    pub(crate) sources: BTreeMap<String, &'static str>,
}

/// Merges. Userinfo wins, but not with a `null`, which counts as left out (OpenID Connect Core 1.0 section 5.3.2). A
/// sign of left-out groups in either stays: it must not be lost that the groups are incomplete. Claims that are
/// somewhere else (section 5.6.2) are never fetched.
pub(crate) fn merge(id_token: Map<String, Value>, userinfo: Option<Map<String, Value>>) -> Merged {
    let mut claims = id_token;
    let mut sources: BTreeMap<String, &'static str> =
        claims.keys().map(|name| (name.clone(), ID_TOKEN)).collect();
    for (name, value) in userinfo.into_iter().flatten() {
        if value.is_null() || ONLY_ID_TOKEN.contains(&name.as_str()) {
            continue;
        }
        let value = match (name.as_str(), claims.get_mut(&name), value) {
            ("_claim_names" | "_claim_sources", Some(Value::Object(ours)), value) => {
                if let Value::Object(theirs) = value {
                    ours.extend(theirs);
                }
                continue;
            }
            ("hasgroups", Some(ours), _) if says_yes(ours) => continue,
            (_, _, value) => value,
        };
        sources.insert(name.clone(), USERINFO);
        claims.insert(name, value);
    }
    Merged { claims: Claims::new(claims), sources }
}

fn says_yes(value: &Value) -> bool {
    matches!(value, Value::Bool(true)) || value.as_str() == Some("true")
}

#[cfg(test)]
mod tests {
    use domain::claims::{ClaimPath, GroupsClaim};
    use serde_json::json;

    use super::*;

    fn merged(id_token: Value, userinfo: Value) -> Merged {
        let map = |value: Value| value.as_object().unwrap().clone();
        merge(map(id_token), Some(map(userinfo)))
    }

    #[test]
    fn userinfo_wins_for_profile_and_groups_and_says_so() {
        let both =
            merged(json!({"name": "a", "groups": ["x"], "only": 1}), json!({"name": "b", "groups": ["y"]}));
        let expected = json!({"name": "b", "groups": ["y"], "only": 1});
        assert_eq!(Value::Object(both.claims.into_map()), expected);
        let sources: Vec<_> = both.sources.iter().map(|(name, from)| (name.as_str(), *from)).collect();
        assert_eq!(sources, [("groups", "userinfo"), ("name", "userinfo"), ("only", "id_token")]);
    }

    #[test]
    fn userinfo_cannot_say_what_only_the_signed_token_may() {
        for name in ONLY_ID_TOKEN {
            let both = merged(json!({}), json!({name: "forged"}));
            assert!(both.claims.as_map().is_empty(), "{name}");
            let both = merged(json!({name: "signed"}), json!({name: "forged"}));
            assert_eq!(both.claims.as_map().get(name), Some(&json!("signed")));
        }
    }

    #[test]
    fn a_sign_of_left_out_groups_survives_the_merge() {
        let groups = ClaimPath::parse("groups").unwrap();
        for (id_token, userinfo) in [
            (json!({"_claim_names": {"groups": "s"}}), json!({"_claim_names": {"address": "t"}})),
            (json!({"_claim_names": {"groups": "s"}}), json!({"_claim_names": null})),
            (json!({"_claim_names": {"groups": "s"}}), json!({"_claim_names": "nothing"})),
            (json!({}), json!({"_claim_names": {"groups": "s"}})),
            (json!({"hasgroups": true}), json!({"hasgroups": false})),
            (json!({"hasgroups": false}), json!({"hasgroups": "true"})),
        ] {
            let both = merged(id_token.clone(), userinfo.clone());
            assert_eq!(both.claims.groups(&groups), GroupsClaim::Overage, "{id_token} {userinfo}");
        }
    }

    #[test]
    fn a_null_in_userinfo_does_not_take_a_claim_away() {
        let both = merged(json!({"groups": ["x"]}), json!({"groups": null}));
        assert_eq!(both.claims.as_map().get("groups"), Some(&json!(["x"])));
    }
}
