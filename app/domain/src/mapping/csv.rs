//! Tables as text (RFC 4180), read and written. A cell that a spreadsheet would take for a formula is written with an
//! apostrophe in front, and read without it.

/// A row of a table and the line on which it begins, from 1.
pub type CsvRow = (u32, Vec<String>);

/// The text is no table: the line, from 1, on which a quoted cell is not closed, or goes on after its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {0}: a quoted cell does not end where it should")]
pub struct BadCsv(pub u32);

/// What a spreadsheet takes for a formula, and the apostrophe itself.
const GUARDED: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

/// Reads a table. Cells are parted by commas, or by semicolons when the first line has those and no comma; blank lines
/// do not count; a byte order mark is passed over.
///
/// # Errors
/// [`BadCsv`].
pub fn read_csv(text: &str) -> Result<Vec<CsvRow>, BadCsv> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().next().unwrap_or_default();
    let comma = if first.contains(';') && !first.contains(',') { ';' } else { ',' };
    let (mut rows, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut begun, mut quoted, mut closed) = (1_u32, 1_u32, false, false);
    let mut chars = text.chars().peekable();
    while let Some(next) = chars.next() {
        line += u32::from(next == '\n');
        match next {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => (quoted, closed) = (false, true),
            other if quoted => cell.push(other),
            '"' if cell.is_empty() && !closed => quoted = true,
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                cells.push(unguarded(std::mem::take(&mut cell)));
                end_row(&mut rows, begun, &mut cells, closed);
                (begun, closed) = (line, false);
            }
            other if other == comma => {
                cells.push(unguarded(std::mem::take(&mut cell)));
                closed = false;
            }
            _ if closed => return Err(BadCsv(line)),
            other => cell.push(other),
        }
    }
    if quoted {
        return Err(BadCsv(begun));
    }
    cells.push(unguarded(cell));
    end_row(&mut rows, begun, &mut cells, closed);
    Ok(rows)
}

fn end_row(rows: &mut Vec<CsvRow>, line: u32, cells: &mut Vec<String>, quoted: bool) {
    let cells = std::mem::take(cells);
    let is_blank = !quoted && cells.len() == 1 && cells.first().is_some_and(String::is_empty);
    if !is_blank {
        rows.push((line, cells));
    }
}

fn unguarded(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(GUARDED) => rest.to_owned(),
        _ => cell,
    }
}

/// One row of a table, with its line end.
#[must_use]
pub fn csv_row(cells: &[&str]) -> String {
    let mut row = String::new();
    for (at, text) in cells.iter().enumerate() {
        if at > 0 {
            row.push(',');
        }
        let guard = if text.starts_with(GUARDED) { "'" } else { "" };
        // Outer spaces count in groups, and some programs drop them unless the cell is quoted.
        let plain = guard.is_empty() && text.trim() == *text && !text.contains(['"', ',', ';', '\n', '\r']);
        if plain {
            row.push_str(text);
        } else {
            row.push_str(&format!("\"{guard}{}\"", text.replace('"', "\"\"")));
        }
    }
    row.push_str("\r\n");
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_as_it_was() {
        let texts = [
            "CN=Admins,OU=Groups,DC=x",
            "say \"hi\"",
            "=1+1",
            "'quoted",
            "'=x",
            " admins ",
            "a;b",
            "two\r\nlines",
            "",
            "ä",
        ];
        let row = csv_row(&texts);
        assert_eq!(read_csv(&row).unwrap(), [(1, texts.map(str::to_owned).to_vec())]);
        assert!(row.starts_with("\"CN=Admins,OU=Groups,DC=x\",\"say \"\"hi\"\"\",\"'=1+1\""), "{row}");
    }

    #[test]
    fn rows_know_their_lines_and_blank_lines_do_not_count() {
        let rows = read_csv("\u{feff}a,b\n\n\"x\ny\",1\r\nlast,2").unwrap();
        let lines: Vec<u32> = rows.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 3, 5]);
        assert_eq!(rows[1].1, ["x\ny", "1"]);
        assert_eq!(read_csv("a;b\nc;d,e").unwrap()[1].1, ["c", "d,e"]);
    }

    #[test]
    fn a_quote_that_does_not_end_is_named_with_its_line() {
        assert_eq!(read_csv("a,b\n\"open,1\n2,3"), Err(BadCsv(2)));
        assert_eq!(read_csv("a\n\"x\"y"), Err(BadCsv(2)));
    }
}
