//! Pages by keyset: the cursor names the last row seen, so a page is found by an index and no row is met
//! twice.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::api::{Page, PageQuery};

use crate::{
    Tx,
    error::{Error, Result},
    sql::{AnyRow, Filter, fetch_dynamic},
};

/// A list: what it selects and how it is ordered.
pub(crate) struct List<'a> {
    pub(crate) columns: &'a str,
    /// Tables and joins.
    pub(crate) from: &'a str,
    /// The number it is ordered by: mostly the time of creation.
    pub(crate) at: &'a str,
    /// The identifier, for rows with the same number.
    pub(crate) id: &'a str,
    pub(crate) newest_first: bool,
}

struct Cursor {
    at: i64,
    id: String,
}

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        if text.len() > 200 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (at, id) = std::str::from_utf8(&bytes).ok()?.split_once('.')?;
        let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        Some(Self { at: at.parse().ok()?, id: plain.then(|| id.to_owned())? })
    }

    fn text(at: i64, id: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!("{at}.{id}"))
    }
}

impl List<'_> {
    /// Reads one page; `key` says where a row stands.
    pub(crate) async fn page<R: AnyRow>(
        &self,
        tx: &mut Tx,
        mut filter: Filter,
        query: &PageQuery,
        key: impl Fn(&R) -> (i64, &str),
    ) -> Result<Page<R>> {
        let Self { columns, from, at, id, newest_first } = self;
        let size = query.page_size.clamp(1, PageQuery::MOST);
        let cursor = query.cursor.as_deref().filter(|text| !text.is_empty());
        let cursor = cursor.map(|text| Cursor::parse(text).ok_or(Error::BadCursor)).transpose()?;

        let sql = format!("select count(*) from {from}{}", filter.sql());
        let total: Vec<(i64,)> = fetch_dynamic(tx, sql, &filter.values).await?;
        let total = total.first().map_or(0, |(count,)| count.unsigned_abs());

        let (sign, direction) = if *newest_first { ("<", "desc") } else { (">", "asc") };
        if let Some(cursor) = cursor {
            let condition = format!("({at} {sign} ? or ({at} = ? and {id} {sign} ?))");
            filter.and(&condition, [cursor.at.into(), cursor.at.into(), cursor.id.into()]);
        }
        // One more than asked for says whether there is a next page.
        filter.values.push((i64::from(size) + 1).into());
        let sql = format!(
            "select {columns} from {from}{} order by {at} {direction}, {id} {direction} limit ?",
            filter.sql()
        );
        let mut items: Vec<R> = fetch_dynamic(tx, sql, &filter.values).await?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let more = items.len() > size;
        items.truncate(size);
        let next_cursor = items.last().filter(|_| more).map(|row| {
            let (at, id) = key(row);
            Cursor::text(at, id)
        });
        Ok(Page { items, next_cursor, total })
    }
}

/// Turns each row into what is shown.
pub(crate) fn map_page<R, V>(page: Page<R>, view: impl FnMut(R) -> Result<V>) -> Result<Page<V>> {
    let items = page.items.into_iter().map(view).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor: page.next_cursor, total: page.total })
}
