//! Pages of lists that are short enough to be read whole.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::api::{Page, PageQuery};

use crate::service::ServiceError;

/// Cuts the wanted page out; the cursor names the last item of the page before by its key.
///
/// # Errors
/// The cursor is not one of this list's.
pub fn slice<T>(items: Vec<T>, query: &PageQuery, key: impl Fn(&T) -> &str) -> Result<Page<T>, ServiceError> {
    let total = u64::try_from(items.len()).unwrap_or(u64::MAX);
    let start = match &query.cursor {
        None => 0,
        Some(cursor) => {
            let last = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let place = last.and_then(|last| items.iter().position(|item| key(item) == last));
            place.ok_or(store::Error::BadCursor)? + 1
        }
    };
    let size = usize::try_from(query.page_size).unwrap_or(usize::MAX);
    let more = items.len() > start.saturating_add(size);
    let items: Vec<T> = items.into_iter().skip(start).take(size).collect();
    let next_cursor = items.last().filter(|_| more).map(|item| URL_SAFE_NO_PAD.encode(key(item)));
    Ok(Page { items, next_cursor, total })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_without_gap() {
        let all = || ["a", "b", "c"].map(str::to_owned).to_vec();
        let query = |cursor| PageQuery { page_size: 2, cursor };
        let first = slice(all(), &query(None), String::as_str).unwrap();
        assert_eq!((first.items, first.total), (vec!["a".to_owned(), "b".to_owned()], 3));
        let second = slice(all(), &query(first.next_cursor), String::as_str).unwrap();
        assert_eq!((second.items, second.next_cursor), (vec!["c".to_owned()], None));
        let wrong = query(Some("eHl6".to_owned()));
        assert!(matches!(
            slice(all(), &wrong, String::as_str),
            Err(ServiceError::Store(store::Error::BadCursor))
        ));
    }
}
