use std::{collections::BTreeSet, path::Path};

use domain::secret::Secret;
use store::{Db, Error, Keys, SchemaState};

use crate::support::{keys, on_every_database, on_every_empty_database};

#[test]
fn migrations_are_applied_once() {
    on_every_empty_database(async |t| {
        let SchemaState::Pending(pending) = t.db.check_schema().await.unwrap() else {
            panic!("nothing to do in an empty database");
        };
        assert_eq!(t.db.migrate().await.unwrap(), pending);
        assert_eq!(t.db.check_schema().await.unwrap(), SchemaState::UpToDate);
        assert_eq!(t.db.migrate().await.unwrap(), 0);
        t.db.ping().await.unwrap();
    });
}

#[test]
fn a_newer_database_is_refused() {
    on_every_database(async |t| {
        t.tamper("update _sqlx_migrations set version = 9001 where version = 1").await;
        for error in [t.db.check_schema().await.unwrap_err(), t.db.migrate().await.unwrap_err()] {
            assert!(matches!(error, Error::Newer { found: 9001, .. }), "{error}");
        }
    });
}

#[test]
fn servers_that_start_at_once_agree_on_the_keys_known_text() {
    on_every_empty_database(async |t| {
        t.db.migrate().await.unwrap();
        let (own, key) = Keys::generate();
        drop(own);
        let mut servers = Vec::new();
        for _ in 0..8 {
            servers.push(t.reopen(keys(&key)).await);
        }
        let mut checks = tokio::task::JoinSet::new();
        for server in servers {
            checks.spawn(async move { server.check_key().await });
        }
        while let Some(checked) = checks.join_next().await {
            checked.unwrap().unwrap();
        }
    });
}

#[test]
fn a_wrong_key_is_refused_and_changes_nothing() {
    on_every_database(async |t| {
        t.db.check_key().await.unwrap();
        let stored = "select value, revision from setting where setting_key = 'key_check'";
        let before: Vec<(String, i64)> = t.look(stored).await;
        let (_, other) = Keys::generate();
        let wrong = t.reopen(keys(&other)).await;
        assert!(matches!(wrong.check_key().await, Err(Error::Key(store::KeyError::UnknownKey(_)))));
        assert!(wrong.reseal().await.is_err());
        assert_eq!(t.look::<(String, i64)>(stored).await, before);
        t.db.check_key().await.unwrap();
    });
}

fn files(kind: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(kind);
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn both_databases_have_the_same_migrations_with_one_statement_each() {
    assert_eq!(files("sqlite"), files("mysql"));
    assert!(files("sqlite").len() > 30);
    for kind in ["sqlite", "mysql"] {
        for file in files(kind) {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(kind).join(&file);
            let sql: String = std::fs::read_to_string(path)
                .unwrap()
                .lines()
                .filter(|line| !line.trim_start().starts_with("--"))
                .collect();
            assert_eq!(sql.matches(';').count(), 1, "{kind}/{file}");
        }
    }
}

#[test]
fn every_nullable_column_says_when_it_is_null() {
    for file in files("sqlite") {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite").join(&file);
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let types = ["char(", "varchar(", "text", "bigint", "boolean"];
        for (i, line) in lines.iter().enumerate() {
            let is_column =
                line.split(' ').nth(1).is_some_and(|word| types.iter().any(|t| word.starts_with(t)));
            if is_column && !line.contains("not null") && !line.starts_with("--") {
                assert!(lines[i - 1].to_lowercase().contains("null"), "{file}: {line}");
            }
        }
    }
}

/// (table, column, whether it may be null)
type Column = (String, String, i64);

const SQLITE_COLUMNS: &str = "select m.name, c.name, 1 - c.\"notnull\" from sqlite_master m \
     join pragma_table_info(m.name) c where m.type = 'table' and m.name not like '\\_%' escape '\\'";
const MYSQL_COLUMNS: &str = "select cast(table_name as char), cast(column_name as char), \
     cast(is_nullable = 'YES' as signed) from information_schema.columns \
     where table_schema = database() and table_name not like '!_%' escape '!'";
const SQLITE_UNIQUE: &str = "select m.name, (select group_concat(k.name) from pragma_index_info(i.name) k), 0 \
     from sqlite_master m join pragma_index_list(m.name) i \
     where m.type = 'table' and i.\"unique\" = 1 and m.name not like '\\_%' escape '\\'";
const MYSQL_UNIQUE: &str = "select cast(table_name as char), \
     cast(group_concat(column_name order by seq_in_index) as char), cast(0 as signed) \
     from information_schema.statistics where table_schema = database() and non_unique = 0 \
     and table_name not like '!_%' escape '!' group by table_name, index_name";

#[test]
fn both_databases_have_the_same_columns_and_unique_keys() {
    let seen = std::cell::RefCell::new(Vec::new());
    on_every_database(async |t| {
        let (columns, unique) =
            if t.is_mysql() { (MYSQL_COLUMNS, MYSQL_UNIQUE) } else { (SQLITE_COLUMNS, SQLITE_UNIQUE) };
        let mut columns: Vec<Column> = t.look(columns).await;
        let mut unique: Vec<Column> = t.look(unique).await;
        assert!(columns.len() > 100 && unique.len() > 20, "{} {}", columns.len(), unique.len());
        columns.sort();
        unique.sort();
        seen.borrow_mut().push((columns, unique));
    });
    let seen = seen.into_inner();
    for other in &seen {
        assert_eq!(other.0, seen[0].0);
        assert_eq!(other.1, seen[0].1);
    }
}

#[test]
fn a_memory_database_is_one_for_readers_and_writers_and_another_for_each_connect() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        struct Stopped;
        impl domain::time::Clock for Stopped {
            fn now(&self) -> domain::time::Timestamp {
                domain::time::Timestamp::from_ms(1)
            }
        }
        let url = Secret::new("sqlite::memory:");
        let one = Db::connect(&url, Keys::generate().0, std::sync::Arc::new(Stopped)).await.unwrap();
        let two = Db::connect(&url, Keys::generate().0, std::sync::Arc::new(Stopped)).await.unwrap();
        one.migrate().await.unwrap();
        let mut tx = one.begin().await.unwrap();
        tx.organizations().insert("a").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(one.read().await.unwrap().organizations().all().await.unwrap().len(), 1);
        assert!(matches!(two.check_schema().await.unwrap(), SchemaState::Pending(_)));
    });
}

#[test]
fn a_transaction_for_reading_cannot_write_to_a_file() {
    on_every_database(async |t| {
        if !t.is_mysql() {
            let mut tx = t.db.read().await.unwrap();
            assert!(tx.organizations().insert("a").await.is_err());
        }
    });
}

#[test]
fn a_bad_url_is_refused_without_its_password() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        struct Stopped;
        impl domain::time::Clock for Stopped {
            fn now(&self) -> domain::time::Timestamp {
                domain::time::Timestamp::from_ms(1)
            }
        }
        for url in
            ["postgres://u:hunter2@h/d", "mysql://u:hunter2@h:99999/d", "mysql://u:hunter2@h/", "hunter2"]
        {
            let clock = std::sync::Arc::new(Stopped);
            let error = Db::connect(&Secret::new(url), Keys::generate().0, clock).await.unwrap_err();
            assert!(matches!(error, Error::BadUrl(_)), "{error}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    });
}
