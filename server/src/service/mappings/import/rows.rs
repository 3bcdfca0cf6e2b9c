//! What the rows of a file say, before anything is looked up.

use domain::{
    form::{FieldCode, FieldErrors, RuleForm},
    mapping::read_csv,
};
use serde_json::{Map, Value, json};

use super::{MOST_ROWS, RuleFormat};
use crate::service::{
    mappings::json::{CREATE, form_of},
    shape::join,
};

/// The columns of a CSV file, in the order in which they are written; read in any order.
pub(super) const COLUMNS: [&str; 7] =
    ["integration", "group", "role", "level", "target", "enabled", "conditions"];
/// Without these nothing can be read.
const NEEDED: [&str; 1] = ["role"];

/// A rule of a file: its target is a name, a path of names or an identifier.
#[derive(Debug)]
pub struct Row {
    /// The line on which it begins, or its place among the entries, from 1.
    pub(super) number: u32,
    pub(super) form: RuleForm,
}

/// Reads a file.
///
/// # Errors
/// Every problem, `rows.N.FIELD` for those of one row.
pub fn read_rows(format: RuleFormat, content: &[u8]) -> Result<Vec<Row>, FieldErrors> {
    let unreadable = || FieldErrors::one("content", FieldCode::NotReadable);
    let text = std::str::from_utf8(content).map_err(|_| unreadable())?;
    let rows = match format {
        RuleFormat::Csv => of_csv(text)?,
        RuleFormat::Json => {
            let whole: Value = serde_json::from_str(text).map_err(|_| unreadable())?;
            let list = whole.get("mappingRules").unwrap_or(&whole);
            let items =
                list.as_array().ok_or_else(|| FieldErrors::one("mappingRules", FieldCode::WrongType))?;
            items.iter().cloned().zip(1_u32..).map(|(item, number)| (number, item)).collect()
        }
    };
    if rows.is_empty() {
        return Err(FieldErrors::one("content", FieldCode::Required));
    }
    if rows.len() > MOST_ROWS {
        return Err(FieldErrors::one("content", FieldCode::TooMany { max: 10_000 }));
    }
    let (mut read, mut errors) = (Vec::with_capacity(rows.len()), FieldErrors::default());
    for (number, body) in rows {
        let mut wrong = FieldErrors::default();
        CREATE.check(&with_level(&body), "", &mut wrong);
        if wrong.is_empty() {
            read.push(Row { number, form: form_of(&body) });
        }
        for error in wrong.iter() {
            errors.add(join(&format!("rows.{number}"), &error.field), error.code.clone());
        }
    }
    errors.into_result(read)
}

/// The level may be left out of a file, since the role says it.
fn with_level(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(members) = body.as_object_mut() {
        let is_empty = members.get("level").is_none_or(|level| level.is_null() || level == "");
        if is_empty {
            members.insert("level".to_owned(), json!("global"));
        }
    }
    body
}

/// The rows as JSON objects.
fn of_csv(text: &str) -> Result<Vec<(u32, Value)>, FieldErrors> {
    let at = |row: u32, field: &str, code: FieldCode| FieldErrors::one(format!("rows.{row}.{field}"), code);
    let mut rows = read_csv(text).map_err(|bad| at(bad.0, "", FieldCode::NotReadable))?.into_iter();
    let Some((line, header)) = rows.next() else {
        return Err(FieldErrors::one("content", FieldCode::Required));
    };
    let header: Vec<String> = header.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
    let mut errors = FieldErrors::default();
    for (index, name) in header.iter().enumerate() {
        let field = format!("rows.{line}.{name}");
        errors.check(COLUMNS.contains(&name.as_str()), &field, FieldCode::UnknownField);
        errors.check(!header.iter().take(index).any(|other| other == name), &field, FieldCode::DuplicateKey);
    }
    for needed in NEEDED {
        let there = header.iter().any(|name| name == needed);
        errors.check(there, &format!("rows.{line}.{needed}"), FieldCode::Required);
    }
    errors.into_result(())?;
    let mut errors = FieldErrors::default();
    let mut read = Vec::new();
    for (line, cells) in rows {
        let mut members = Map::new();
        errors.check(cells.len() <= header.len(), &format!("rows.{line}."), FieldCode::TooMany { max: 7 });
        for (name, cell) in header.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            let value = match name.as_str() {
                "enabled" => match cell.trim().to_ascii_lowercase().as_str() {
                    "true" => json!(true),
                    "false" => json!(false),
                    // The check of the whole row says that it is of the wrong type.
                    _ => json!(cell),
                },
                "conditions" => serde_json::from_str(&cell).unwrap_or_else(|_| json!(cell)),
                "group" => json!(cell),
                _ => json!(cell.trim()),
            };
            members.insert(name.clone(), value);
        }
        read.push((line, Value::Object(members)));
    }
    errors.into_result(read)
}
