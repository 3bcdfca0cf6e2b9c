use std::collections::HashSet;

use domain::api::{PageQuery, UserFilter};
use store::Error;

use crate::support::{on_every_database, page};

#[test]
fn paging_meets_each_row_once_even_when_rows_are_of_the_same_moment_or_come_meanwhile() {
    on_every_database(async |t| {
        for i in 0..23 {
            t.user(&format!("user{i}")).await;
            if i % 7 == 0 {
                t.clock.forward(1);
            }
        }
        let mut seen = HashSet::new();
        let mut query = page(5);
        let mut pages = 0;
        loop {
            let mut tx = t.db.read().await.unwrap();
            let page = tx.users().list(&UserFilter::default(), &query).await.unwrap();
            drop(tx);
            for user in page.items {
                assert!(seen.insert(user.username.clone()), "{} twice", user.username);
            }
            pages += 1;
            if pages == 2 {
                t.clock.forward(1);
                t.user("late").await;
            }
            let Some(cursor) = page.next_cursor else {
                break;
            };
            query.cursor = Some(cursor);
        }
        assert_eq!((seen.len(), pages), (24, 5));
    });
}

#[test]
fn a_full_last_page_has_no_cursor() {
    on_every_database(async |t| {
        for i in 0..4 {
            t.user(&format!("user{i}")).await;
        }
        let mut tx = t.db.read().await.unwrap();
        let first = tx.users().list(&UserFilter::default(), &page(2)).await.unwrap();
        assert_eq!((first.total, first.items.len()), (4, 2));
        let query = PageQuery { page_size: 2, cursor: first.next_cursor };
        let second = tx.users().list(&UserFilter::default(), &query).await.unwrap();
        assert_eq!((second.total, second.items.len(), second.next_cursor), (4, 2, None));
    });
}

#[test]
fn a_foreign_cursor_is_refused() {
    on_every_database(async |t| {
        let mut tx = t.db.read().await.unwrap();
        for cursor in ["x", "!", "MTIz", "YS5i", "MS4", "MS4nIG9yIDE9MQ", &"A".repeat(1000)] {
            let query = PageQuery { page_size: 2, cursor: Some(cursor.to_owned()) };
            let error = tx.users().list(&UserFilter::default(), &query).await.unwrap_err();
            assert!(matches!(error, Error::BadCursor), "{cursor}: {error}");
        }
    });
}
