//! Subscribers from a CSV file: a header line, then one person a line.
//!
//! Reads what spreadsheets write: commas, semicolons or tabs, a byte order mark, lines of nothing but separators, and the
//! columns by the names that people give them (`E-Mail`, `Teléfono`).
//!
//! Promises: every row is a subscriber, a problem with its line, or counted as empty; one that cannot be used does not
//! stop the others. What is below a quote that is not closed is not read, and that is a problem. No problem repeats an address.

mod columns;
mod known;
mod row;
mod source;
mod table;

use std::collections::{BTreeSet, HashMap};

use crate::model::audience::Audience;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::listed::ListedSubscriber;
use crate::model::page::Page;
use crate::model::problem::{Problem, ProblemLevel, SourceSpan};
use crate::model::spelling::quoted;
use columns::{Column, Complaint};
pub use known::{known_feature, known_language};
use source::NotText;
pub use table::Spot;
use table::{Cell, OpenQuote, Table};

/// What a file holds: every row is counted once.
#[derive(Debug, Default)]
pub struct List {
    /// The lines of the good rows.
    pub lines: Vec<usize>,
    /// What they say, in the same order.
    pub rows: Vec<ListedSubscriber>,
    /// What is wrong with the others.
    pub problems: Vec<Problem>,
    /// How many rows hold only separators.
    pub empty_rows: usize,
    /// How many rows are of another audience than the page's.
    pub rows_of_others: usize,
    /// The columns that are fields of the operator's own.
    pub fields: BTreeSet<String>,
    /// The line from which on no row was read: line 1 if the file or its header cannot be used.
    pub unread_from: Option<usize>,
}

/// Subscribers from CSV, and the problems of the lines that are not one.
pub fn read(file: &str, bytes: &[u8], page: &Page) -> List {
    match source::table(bytes) {
        Ok(table) => read_table(file, table, page),
        Err(NotText { spot, message, hint }) => unread(vec![problem(file, spot, message, Some(hint))]),
    }
}

/// The list of a file that cannot be used at all.
fn unread(problems: Vec<Problem>) -> List {
    List { problems, unread_from: Some(1), ..List::default() }
}

fn read_table(file: &str, mut table: Table<'_>, page: &Page) -> List {
    let said = |(spot, (message, hint)): (Spot, Complaint)| problem(file, spot, message, hint);
    let is_filled = |row: &Result<Vec<Cell>, OpenQuote>| !row.as_ref().is_ok_and(|cells| is_empty(cells));
    let header = match table.find(is_filled).unwrap_or_else(|| Ok(Vec::new())) {
        Ok(header) => header,
        Err(quote) => return unread(vec![said(not_closed(quote))]),
    };
    let (columns, problems) = columns::read(&header);
    if !problems.is_empty() {
        return unread(problems.into_iter().map(said).collect());
    }
    let mut list = List { fields: fields(&columns), ..List::default() };
    let mut seen = Seen::default();
    for row in table {
        let cells = match row {
            Ok(cells) => cells,
            Err(quote) => {
                list.unread_from = quote.ends_table.then_some(quote.spot.line);
                list.problems.push(said(not_closed(quote)));
                continue;
            }
        };
        if is_empty(&cells) {
            list.empty_rows += 1;
            continue;
        }
        if let Some(lost) = lost_address(&columns, &header, &cells) {
            return unread(vec![said(lost)]);
        }
        let line = cells.first().map_or(1, |cell| cell.spot.line);
        match row::audience(&columns, &cells, page) {
            Ok(audience) if audience != page.read_by.map_or(Audience::Public, Audience::Named) => {
                list.rows_of_others += 1;
                continue;
            }
            Ok(_) => {}
            Err(complaint) => {
                list.problems.push(said(complaint));
                continue;
            }
        }
        match row::read(&columns, &cells, page).and_then(|row| seen.first(line, row)) {
            Ok(row) => {
                list.lines.push(line);
                list.rows.push(row);
            }
            Err(complaint) => list.problems.push(said(complaint)),
        }
    }
    list
}

fn is_empty(cells: &[Cell]) -> bool {
    cells.iter().all(|cell| cell.text.is_empty())
}

fn fields(columns: &[Column]) -> BTreeSet<String> {
    let name = |column: &Column| if let Column::Field(name) = column { Some(name.clone()) } else { None };
    columns.iter().filter_map(name).collect()
}

fn not_closed(quote: OpenQuote) -> (Spot, Complaint) {
    let so = if quote.ends_table { ", so nothing is read from here on" } else { "" };
    let message = format!("the quote that opens here is not closed at the end of its value{so}");
    let hint = "close the quote, or write a quote within a value twice (\"\")".to_owned();
    (quote.spot, (message, Some(hint)))
}

/// An address in a column that is not one of addresses: the list means something else by the column than we do.
fn lost_address(columns: &[Column], header: &[Cell], cells: &[Cell]) -> Option<(Spot, Complaint)> {
    let free = columns.iter().zip(header).zip(cells).filter(|((column, _), _)| column.is_free());
    let (name, cell) = free
        .map(|((_, name), cell)| (&name.text, cell))
        .find(|(_, cell)| Endpoint::read(&cell.text).is_some())?;
    let message = format!("column {} holds an address and is not a column of addresses", quoted(name));
    let hint = format!("call the column {}, or remove it from the list", columns::address_columns());
    Some((cell.spot, (message, Some(hint))))
}

/// The line of each address that was read.
#[derive(Default)]
struct Seen(HashMap<(Channel, String), usize>);

impl Seen {
    /// The row, unless an earlier line has one of its addresses.
    fn first(&mut self, line: usize, row: ListedSubscriber) -> Result<ListedSubscriber, (Spot, Complaint)> {
        let keys = row.endpoints.iter().map(|endpoint| (endpoint.channel(), endpoint.canonical()));
        let keys: Vec<_> = keys.collect();
        if let Some(earlier) = keys.iter().find_map(|key| self.0.get(key)) {
            let hint = "write one line for each subscriber, with all of their addresses".to_owned();
            return Err((Spot::line(line), (format!("line {earlier} has the same address"), Some(hint))));
        }
        self.0.extend(keys.into_iter().map(|key| (key, line)));
        Ok(row)
    }
}

/// The problem of a line. The line itself is not shown: it holds an address.
pub fn problem(file: &str, spot: Spot, message: String, hint: Option<String>) -> Problem {
    let place = SourceSpan { line: spot.line, column: spot.column, length: 1, source: String::new() };
    Problem {
        file: file.to_owned(),
        place: Some(place),
        level: ProblemLevel::Error,
        rule: "unusable-subscriber",
        message,
        hint,
    }
}

#[cfg(test)]
mod tests;
