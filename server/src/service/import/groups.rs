//! Ops Manager's lists of groups: separated by commas, and no way to escape one is documented.

/// A list, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Groups {
    /// The groups, each once.
    pub names: Vec<String>,
    /// How commas were read; empty when there is nothing to say.
    pub note: String,
    /// Whether a person must look at it.
    pub check: bool,
}

/// The attribute types that a distinguished name begins its parts with (RFC 4514 section 3), and Active Directory's.
const ATTRIBUTES: [&str; 11] = ["cn", "ou", "o", "dc", "uid", "l", "st", "c", "street", "sn", "e"];
/// What a whole name begins with.
const LEAVES: [&str; 2] = ["cn", "uid"];

fn attribute(part: &str) -> Option<String> {
    let (name, value) = part.split_once('=')?;
    let name = name.trim().to_ascii_lowercase();
    (!value.is_empty() && ATTRIBUTES.contains(&name.as_str())).then_some(name)
}

/// Splits at commas. Quotes hold a comma (RFC 4180), and so does a backslash; parts of a distinguished name are put
/// together again.
#[must_use]
pub fn split(list: &str) -> Groups {
    let (pieces, quoted) = pieces(list);
    let pieces: Vec<String> =
        pieces.into_iter().map(|piece| piece.trim().to_owned()).filter(|piece| !piece.is_empty()).collect();
    let named = pieces.iter().filter(|piece| attribute(piece).is_some()).count();
    // One part alone may be a group that is called so.
    let has_names = !quoted && named >= 2;
    let whole = if has_names { join_names(&pieces) } else { pieces };
    let mut names: Vec<String> = Vec::with_capacity(whole.len());
    let before = whole.len();
    for name in whole {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut notes = Vec::new();
    if has_names {
        let count = names.len();
        let plural = if count == 1 { "one distinguished name" } else { "several distinguished names" };
        notes.push(format!(
            "The commas stand inside distinguished names and were kept: read as {plural} ({count}). Ops Manager \
             documents no way to write such a comma and may have split there; compare with the groups claim."
        ));
    }
    if quoted {
        notes.push("Commas inside quotes were kept.".to_owned());
    }
    if names.len() < before {
        notes.push("A group that was there twice counts once.".to_owned());
    }
    Groups { names, note: notes.join(" "), check: has_names }
}

/// The pieces between commas, and whether one was quoted.
fn pieces(list: &str) -> (Vec<String>, bool) {
    let (mut pieces, mut piece) = (Vec::new(), String::new());
    let (mut inside, mut quoted) = (false, false);
    let mut rest = list.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if inside && rest.peek() == Some(&'"') => {
                rest.next();
                piece.push('"');
            }
            '"' if inside || piece.trim().is_empty() => {
                inside = !inside;
                quoted = true;
                if inside {
                    piece.clear();
                }
            }
            '\\' if rest.peek() == Some(&',') => {
                rest.next();
                // As a distinguished name has it; the provider writes it the same way.
                piece.push_str("\\,");
            }
            ',' if !inside => pieces.push(std::mem::take(&mut piece)),
            other => piece.push(other),
        }
    }
    pieces.push(piece);
    (pieces, quoted)
}

/// A part that begins a name (`CN=`) after one that does not begins the next; what is no part stands alone.
fn join_names(pieces: &[String]) -> Vec<String> {
    let mut whole: Vec<String> = Vec::new();
    let mut open = false;
    let mut last_was_leaf = false;
    for piece in pieces {
        let Some(kind) = attribute(piece) else {
            whole.push(piece.clone());
            open = false;
            continue;
        };
        let is_leaf = LEAVES.contains(&kind.as_str());
        match whole.last_mut() {
            // Active Directory has names such as CN=x,CN=Users,DC=…: a leaf after a leaf goes on.
            Some(name) if open && (!is_leaf || last_was_leaf) => {
                name.push(',');
                name.push_str(piece);
            }
            _ => whole.push(piece.clone()),
        }
        open = true;
        last_was_leaf = is_leaf;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn plain_groups_are_split_at_commas_and_trimmed() {
        for (list, names) in [
            ("a,b", &["a", "b"][..]),
            ("om-auditors, om-readers", &["om-auditors", "om-readers"]),
            ("a,,b,", &["a", "b"]),
            ("", &[]),
            ("a b", &["a b"]),
            ("CN=admins", &["CN=admins"]),
            ("team=dba,ops", &["team=dba", "ops"]),
        ] {
            let groups = split(list);
            assert_eq!(groups.names, names, "{list:?}");
            assert!(!groups.check && groups.note.is_empty(), "{list:?}: {groups:?}");
        }
        assert_eq!(split("a,b,a").names, ["a", "b"]);
        assert!(split("a,b,a").note.contains("twice"));
    }

    #[test]
    fn commas_inside_distinguished_names_are_kept_and_said() {
        for (list, names) in [
            ("CN=om-owners,OU=groups,DC=example,DC=org", &["CN=om-owners,OU=groups,DC=example,DC=org"][..]),
            ("cn=a, ou=x, dc=y, cn=b, ou=x, dc=y", &["cn=a,ou=x,dc=y", "cn=b,ou=x,dc=y"]),
            ("CN=a,CN=Users,DC=y,plain,uid=u,dc=y", &["CN=a,CN=Users,DC=y", "plain", "uid=u,dc=y"]),
            (r"CN=Doe\, Jane,OU=x", &[r"CN=Doe\, Jane,OU=x"]),
        ] {
            let groups = split(list);
            assert_eq!(groups.names, names, "{list:?}");
            assert!(groups.check && groups.note.contains("distinguished"), "{groups:?}");
        }
    }

    #[test]
    fn quotes_hold_a_comma() {
        let groups = split(r#""CN=a,DC=y", "say ""x""", plain"#);
        assert_eq!(groups.names, ["CN=a,DC=y", "say \"x\"", "plain"]);
        assert!(groups.note.contains("quotes") && !groups.check);
    }
}
