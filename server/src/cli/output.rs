//! What the command line writes, and where.

use std::io::Write as _;

use serde::Serialize;

use super::{Done, Failed, Format};
use crate::telemetry::OneLine;

/// Writes to standard output; a reader who has seen enough is no failure.
pub(super) fn print(text: &str) -> Result<Done, Failed> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failed::one(format!("standard output: {error}")))
        }
        _ => Ok(Done::Well),
    }
}

/// Writes one line to standard output, as text or as JSON.
pub(super) fn result(
    format: Format,
    json: &impl Serialize,
    text: impl FnOnce() -> String,
) -> Result<Done, Failed> {
    match format {
        Format::Text => print(&text()),
        Format::Json => {
            let json = serde_json::to_string_pretty(json).map_err(|error| Failed::one(error.to_string()))?;
            print(&format!("{json}\n"))
        }
    }
}

/// Says something beside the result, on standard error.
pub(super) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Says what went wrong, on one line whatever is in it.
pub(super) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "latchkey: {}", OneLine(text));
}

/// Columns of a table, each as wide as its widest cell; the last is not filled up.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_table_has_straight_columns() {
        let rows = [vec!["a".to_owned(), "b".to_owned()], vec!["long".to_owned(), String::new()]];
        assert_eq!(super::table(&rows), "a     b\nlong\n");
    }
}
