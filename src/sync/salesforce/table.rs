//! Records as CSV for Bulk API 2.0, and results as CSV matched to the records that they tell of (facts, section 4).
//!
//! Results come in any order, repeat the row that was sent, and no column of our own may be added to it. So a result
//! belongs to the record with the same row. Records with equal rows are as good as each other: each gets one of their
//! results.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value};

/// What stands for null: an empty cell says nothing about its field.
const NULL: &str = "#N/A";

/// Rows and bytes of one upload. Results repeat the rows with a text each, and an answer of 64 MiB at most is read.
const ROWS_MAX: usize = 100_000;
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// Records as rows.
pub(super) struct Table {
    columns: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    /// Which of the records it is.
    record: usize,
    cells: Vec<String>,
}

/// Rows that go into one upload.
pub(super) struct Part<'t> {
    columns: &'t [String],
    rows: &'t [Row],
}

impl Table {
    /// The records whose values CSV can tell, grouped by campaign: Salesforce works on 200 rows at a time in the order
    /// of the file, side by side, and each locks its campaigns.
    pub(super) fn new(records: &[Map<String, Value>]) -> Self {
        let columns: BTreeSet<&str> = records.iter().flat_map(|record| record.keys()).map(|key| name(key)).collect();
        let columns: Vec<String> = columns.into_iter().map(str::to_owned).collect();
        let row = |(record, values): (usize, &Map<String, Value>)| {
            let value = |column: &String| values.iter().find(|(key, _)| name(key) == column).map(|(_, value)| value);
            let cells = columns.iter().map(|column| cell(value(column))).collect::<Option<_>>()?;
            Some(Row { record, cells })
        };
        let mut rows: Vec<Row> = records.iter().enumerate().filter_map(row).collect();
        if let Some(campaign) = columns.iter().position(|column| column == "CampaignId") {
            rows.sort_by(|a, b| a.cells.get(campaign).cmp(&b.cells.get(campaign)));
        }
        Self { columns, rows }
    }

    /// In uploads that are not too large, in order.
    pub(super) fn parts(&self) -> Vec<Part<'_>> {
        let mut parts = Vec::new();
        let mut rest = self.rows.as_slice();
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = |row: &&Row| {
                bytes += row.cells.iter().map(|cell| cell.len() + 3).sum::<usize>();
                bytes <= BYTES_MAX
            };
            let count = rest.iter().take(ROWS_MAX).take_while(fits).count().max(1);
            let (rows, others) = rest.split_at(count);
            parts.push(Part { columns: &self.columns, rows });
            rest = others;
        }
        parts
    }
}

/// A field's name as a column: only ids are written in two ways.
fn name(key: &str) -> &str {
    if key.eq_ignore_ascii_case("id") { "Id" } else { key }
}

/// A value as a cell; nothing where a cell would say something else.
fn cell(value: Option<&Value>) -> Option<String> {
    match value {
        None => Some(String::new()),
        Some(Value::Null) => Some(NULL.to_owned()),
        Some(Value::String(text)) if text.is_empty() => Some(NULL.to_owned()),
        Some(Value::String(text)) if text == NULL => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(value @ (Value::Bool(_) | Value::Number(_))) => Some(value.to_string()),
        Some(Value::Array(_) | Value::Object(_)) => None,
    }
}

impl Part<'_> {
    /// Which of the records are in it.
    pub(super) fn records(&self) -> impl Iterator<Item = usize> + '_ {
        self.rows.iter().map(|row| row.record)
    }

    /// As CSV, with lines that end in LF.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns)?;
        for row in self.rows {
            writer.write_record(&row.cells)?;
        }
        writer.into_inner().map_err(|error| error.into_error().into())
    }

    /// The record that each row of results tells of; nothing for a row that nobody sent, or that is there too often.
    ///
    /// Whole rows are compared first. What is left is known by what cannot change: the id, or campaign and person.
    pub(super) fn owners(&self, results: &[Vec<String>]) -> Vec<Option<usize>> {
        let mut owners = vec![None; results.len()];
        let mut left: Vec<&Row> = self.rows.iter().collect();
        for columns in [self.positions(|_| true), self.identity()] {
            let mut waiting: BTreeMap<Vec<String>, VecDeque<&Row>> = BTreeMap::new();
            for row in left.drain(..).filter(|_| !columns.is_empty()) {
                waiting.entry(key(&columns, &row.cells)).or_default().push_back(row);
            }
            for (owner, result) in owners.iter_mut().zip(results).filter(|(owner, _)| owner.is_none()) {
                let row = waiting.get_mut(&key(&columns, result)).and_then(VecDeque::pop_front);
                *owner = row.map(|row| row.record);
            }
            left.extend(waiting.into_values().flatten());
            left.sort_by_key(|row| row.record);
        }
        owners
    }

    /// A row of results, by the columns that were sent.
    pub(super) fn sent(&self, answer: &Answer, row: &csv::StringRecord) -> Vec<String> {
        self.columns.iter().map(|column| answer.get(row, column).to_owned()).collect()
    }

    fn positions(&self, wanted: impl Fn(&str) -> bool) -> Vec<usize> {
        (0..).zip(self.columns).filter(|(_, column)| wanted(column)).map(|(position, _)| position).collect()
    }

    fn identity(&self) -> Vec<usize> {
        match self.positions(|column| column == "Id") {
            id if id.is_empty() && self.columns.iter().any(|column| column == "CampaignId") => {
                self.positions(|column| matches!(column, "CampaignId" | "LeadId" | "ContactId"))
            }
            id => id,
        }
    }
}

/// Salesforce may tidy up space and line ends of what it repeats.
fn key(columns: &[usize], cells: &[String]) -> Vec<String> {
    let tidy = |cell: &String| cell.trim().replace("\r\n", "\n");
    columns.iter().map(|column| cells.get(*column).map(tidy).unwrap_or_default()).collect()
}

/// A CSV answer.
pub(super) struct Answer {
    columns: csv::StringRecord,
    /// Its rows.
    pub(super) rows: Vec<csv::StringRecord>,
}

impl Answer {
    /// Reads one; an empty one has no rows.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, csv::Error> {
        let mut reader = csv::Reader::from_reader(bytes);
        let columns = reader.headers()?.clone();
        Ok(Self { columns, rows: reader.into_records().collect::<Result<_, _>>()? })
    }

    /// The cell of a row in a column; empty where there is none.
    pub(super) fn get<'r>(&self, row: &'r csv::StringRecord, column: &str) -> &'r str {
        let at = self.columns.iter().position(|own| own.trim_start_matches('\u{feff}').eq_ignore_ascii_case(column));
        at.and_then(|at| row.get(at)).unwrap_or_default()
    }

    /// The rows as JSON objects of texts; empty cells are left out.
    pub(super) fn objects(&self) -> impl Iterator<Item = Value> + '_ {
        self.rows.iter().map(|row| {
            let cells = self.columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
            Value::Object(cells.map(|(column, cell)| (column.to_owned(), cell.into())).collect())
        })
    }
}

/// `CODE:message:FIELD1 FIELD2 --`, as `sf__Error` has it: the code and the message.
pub(super) fn error(text: &str) -> (String, String) {
    let (code, rest) = text.split_once(':').unwrap_or((text, ""));
    let message = match rest.rsplit_once(':') {
        Some((message, fields)) if fields.trim_end().ends_with("--") => message,
        Some(_) | None => rest,
    };
    (code.to_owned(), message.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    fn records(values: &[Value]) -> Vec<Map<String, Value>> {
        values.iter().map(|value| value.as_object().unwrap().clone()).collect()
    }

    fn texts(rows: &[[&str; 3]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    #[test]
    fn null_is_written_and_what_is_left_out_stays_empty() {
        let table = Table::new(&records(&[
            json!({"id": "1", "Status": "a \"b\", c", "Cost": 2000.5}),
            json!({"id": "2", "Status": null}),
            json!({"id": "3", "Status": ""}),
            json!({"id": "4", "Status": "#N/A"}),
            json!({"id": "5", "Status": ["list"]}),
        ]));
        let [part] = table.parts().try_into().ok().unwrap();
        let text = String::from_utf8(part.bytes().unwrap()).unwrap();
        assert_eq!(text, "Cost,Id,Status\n2000.5,1,\"a \"\"b\"\", c\"\n,2,#N/A\n,3,#N/A\n");
        assert_eq!(part.records().collect::<Vec<_>>(), [0, 1, 2], "what a cell cannot say is not in it");
    }

    #[test]
    fn members_are_grouped_by_campaign_in_their_order() {
        let member = |campaign: &str, lead: &str| json!({"CampaignId": campaign, "LeadId": lead});
        let table = Table::new(&records(&[member("B", "1"), member("A", "2"), member("B", "0"), member("A", "1")]));
        let [part] = table.parts().try_into().ok().unwrap();
        assert_eq!(part.records().collect::<Vec<_>>(), [1, 3, 0, 2]);
    }

    #[test]
    fn uploads_stay_below_their_size() {
        let long = "x".repeat(1_000_000);
        let table = Table::new(&records(&vec![json!({"LastName": long}); 40]));
        let counts: Vec<usize> = table.parts().iter().map(|part| part.records().count()).collect();
        assert_eq!(counts, [16, 16, 8]);
        let table = Table::new(&records(&vec![json!({"id": "1"}); ROWS_MAX + 1]));
        let counts: Vec<usize> = table.parts().iter().map(|part| part.records().count()).collect();
        assert_eq!(counts, [ROWS_MAX, 1]);
    }

    #[test]
    fn results_find_their_records_in_any_order_and_equal_rows_get_one_each() {
        let lead = |name: &str| json!({"LastName": name, "Company": "A\r\nB", "Email": null});
        let table = Table::new(&records(&[lead("x"), lead("y"), lead("x"), lead(" z")]));
        let [part] = table.parts().try_into().ok().unwrap();
        // Columns: Company, Email, LastName.
        let results = texts(&[
            ["A\nB", "#N/A", "z"],
            ["A\r\nB", "#N/A", "x"],
            ["A\r\nB", "#N/A", "nobody"],
            ["A\r\nB", "#N/A", "x"],
            ["A\r\nB", "#N/A", "x"],
            ["A\r\nB", "#N/A", "y"],
        ]);
        assert_eq!(part.owners(&results), [Some(3), Some(0), None, Some(2), None, Some(1)]);
    }

    #[test]
    fn a_row_that_was_changed_is_known_by_what_cannot_change() {
        let member = |lead: &str, status: &str| json!({"CampaignId": "A", "LeadId": lead, "Status": status});
        let table = Table::new(&records(&[member("1", "Sent"), member("1", "Open"), member("2", "Sent")]));
        let [part] = table.parts().try_into().ok().unwrap();
        let results = texts(&[["A", "2", "Default"], ["A", "1", "Open"], ["A", "1", "Default"]]);
        assert_eq!(part.owners(&results), [Some(2), Some(1), Some(0)]);
        let changes = Table::new(&records(&[json!({"id": "1", "A": "x", "B": "y"})]));
        let [part] = changes.parts().try_into().ok().unwrap();
        assert_eq!(part.owners(&texts(&[["other", "y", "1"]])), [Some(0)]);
    }

    #[test]
    fn errors_are_taken_apart() {
        let said = |text| error(text);
        let parts = |code: &str, message: &str| (code.to_owned(), message.to_owned());
        assert_eq!(
            said("DUPLICATE_VALUE:Already a campaign member.:--"),
            parts("DUPLICATE_VALUE", "Already a campaign member.")
        );
        assert_eq!(
            said("MALFORMED_ID:Contact ID: id value of incorrect type: x:Id --"),
            parts("MALFORMED_ID", "Contact ID: id value of incorrect type: x")
        );
        assert_eq!(said("ODD"), parts("ODD", ""));
        assert_eq!(said("ODD:a:b"), parts("ODD", "a:b"));
    }
}
