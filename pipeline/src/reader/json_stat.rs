//! Tables in JSON-stat 2.0 (<https://json-stat.org/full/>), as `PxWebApi` answers them with `outputFormat=json-stat2`.
//!
//! The cells stand in row-major order of the dimensions, as a list or, where most are missing, as an object by position.

mod cells;
mod dimension;
mod table;

use std::{io::Read, path::Path};

use config::{Column, JsonStatFormat};

use self::table::{Place, Table};
use super::{
    Limits, RawBatch, Reader,
    encoding::open_json,
    fault::{fault, read_fault},
    header::{Layout, locate},
    rows::{Cell, Rows},
};
use crate::Result;

/// Largest document, in bytes: its cells may come before what tells them apart, so that it is held in memory. The largest
/// answer of Statistics Norway has 800 000 cells, some 10 MB.
const MAX_BYTES: u64 = 128 << 20;

/// Reads the cells of a table, in their order.
pub(super) struct JsonStatReader {
    table: Table,
    layout: Layout,
    places: Vec<Place>,
    rows: Rows,
    row: u64,
}

impl JsonStatReader {
    pub(super) fn open(
        file: &str,
        path: &Path,
        format: &JsonStatFormat,
        columns: &[Column],
        limits: Limits,
    ) -> Result<Self> {
        let mut text = Vec::new();
        open_json(file, path)?.take(MAX_BYTES + 1).read_to_end(&mut text).map_err(read_fault)?;
        if text.len() as u64 > MAX_BYTES {
            return Err(fault(file, "format-too-large", None, format!("more than {} MiB", MAX_BYTES >> 20)));
        }
        let text = String::from_utf8(text).map_err(|error| fault(file, "format-json", None, error.to_string()))?;
        let table = Table::parse(file, text, format.measures.as_deref())?;
        let (names, places): (Vec<String>, Vec<Place>) = table.columns().into_iter().unzip();
        if names.len() > limits.max_columns {
            let reason = format!("{} columns, more than {}", names.len(), limits.max_columns);
            return Err(fault(file, "format-too-many-columns", None, reason));
        }
        let layout = locate(file, 1, &names, columns)?;
        Ok(Self { table, layout, places, rows: Rows::new(file, columns, limits), row: 0 })
    }
}

impl Reader for JsonStatReader {
    fn missing(&self) -> &[String] {
        &self.layout.missing
    }

    fn undeclared(&self) -> &[String] {
        &self.layout.undeclared
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>> {
        while !self.rows.is_full() && self.row < self.table.rows() {
            let row = self.table.row(self.row);
            let cell = |place: &Option<usize>| {
                let place = place.and_then(|at| self.places.get(at));
                place.map_or(Cell::Null, |place| Cell::text(row.text(*place)))
            };
            let cells: Vec<Cell<'_>> = self.layout.positions.iter().map(cell).collect();
            self.row += 1;
            self.rows.push(self.row, &cells)?;
        }
        self.rows.take()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn parse(text: &str, measures: Option<&str>) -> Result<Vec<Vec<String>>> {
        let table = Table::parse("t.json", text.to_owned(), measures)?;
        let columns = table.columns();
        let mut rows = vec![columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()];
        for at in 0..table.rows() {
            let row = table.row(at);
            rows.push(columns.iter().map(|(_, place)| row.text(*place).to_owned()).collect());
        }
        Ok(rows)
    }

    const HEAD: &str = r#""class":"dataset","id":["A","B"],"size":[2,2],"dimension":{
        "A":{"category":{"index":["x","y"],"label":{"x":"X","y":"Y"}}},
        "B":{"category":{"index":{"q":1,"p":0}}}}"#;

    #[test]
    fn cells_stand_in_the_order_of_the_dimensions() {
        let rows = parse(&format!(r#"{{{HEAD},"value":[1,2.50,null,1e3],"status":{{"2":"..","3":"\u00e5"}}}}"#), None)
            .unwrap();
        assert_eq!(rows[0], ["A", "A.label", "B", "B.label", "value", "status"]);
        assert_eq!(rows[1], ["x", "X", "p", "p", "1", ""]);
        assert_eq!(rows[2], ["x", "X", "q", "q", "2.50", ""]);
        assert_eq!(rows[3], ["y", "Y", "p", "p", "", ".."]);
        assert_eq!(rows[4], ["y", "Y", "q", "q", "1e3", "å"]);
    }

    #[test]
    fn a_dimension_becomes_columns_of_values() {
        let text = format!(r#"{{{HEAD},"value":{{"0":1,"3":4}},"status":["a","b","c","d"]}}"#);
        let rows = parse(&text, Some("A")).unwrap();
        assert_eq!(rows[0], ["B", "B.label", "x", "x.status", "y", "y.status"]);
        assert_eq!(rows[1..], [["p", "p", "1", "a", "", "c"], ["q", "q", "", "b", "4", "d"]]);
        let rows = parse(&text, Some("B")).unwrap();
        assert_eq!(rows[1..], [["x", "X", "1", "a", "", "b"], ["y", "Y", "", "c", "4", "d"]]);
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let cases = [
            (r#"{"dataset":{}}"#.to_owned(), "json-stat2"),
            (format!(r#"{{{HEAD},"value":[1,2,3]}}"#), "4 cells"),
            (format!(r#"{{{HEAD},"value":{{"4":1}}}}"#), "4 cells"),
            (format!(r#"{{{HEAD},"value":[1,2,3,[4]]}}"#), "cell 4"),
            (format!(r#"{{{HEAD},"value":[1,2,3,4],"status":["."]}}"#), "4 cells"),
            (format!(r#"{{{HEAD},"value":[1,2,3"#), "line"),
            (HEAD.replace("[2,2]", "[2]").replacen('"', "{\"", 1) + r#","value":[]}"#, "size"),
            (HEAD.replace("[2,2]", "[2,3]").replacen('"', "{\"", 1) + r#","value":[]}"#, "'B'"),
            (HEAD.replace("[2,2]", "[2,9e9]").replacen('"', "{\"", 1) + r#","value":[]}"#, "line"),
            (HEAD.replace(r#""index":["x","y"],"#, "").replacen('"', "{\"", 1) + r#","value":[1,2,3,4]}"#, "'A'"),
            (HEAD.replace("\"q\":1", "\"q\":7").replacen('"', "{\"", 1) + r#","value":[]}"#, "'B'"),
            (HEAD.replace("[\"A\",\"B\"]", "[\"A\",\"C\"]").replacen('"', "{\"", 1) + r#","value":[]}"#, "'C'"),
        ];
        for (text, expected) in cases {
            let error = parse(&text, None).unwrap_err();
            assert_eq!(error.code(), if expected == "line" { "format-json" } else { "format-json-stat" }, "{text}");
            assert!(error.to_string().contains(expected), "{error} of {text}");
        }
        let error = parse(&format!(r#"{{{HEAD},"value":[1,2,3,4]}}"#), Some("C")).unwrap_err();
        assert!(error.to_string().contains("'A', 'B'"), "{error}");
    }

    #[test]
    fn a_table_of_too_many_cells_is_refused_before_it_is_made() {
        let dimension =
            |n: usize| format!(r#""d{n}":{{"category":{{"index":["0","1","2","3","4","5","6","7","8","9"]}}}}"#);
        let (ids, sizes): (Vec<String>, Vec<&str>) = (0..20).map(|n| (format!("\"d{n}\""), "10")).unzip();
        let dimensions: Vec<String> = (0..20).map(dimension).collect();
        let text = format!(
            r#"{{"class":"dataset","id":[{}],"size":[{}],"dimension":{{{}}},"value":{{}}}}"#,
            ids.join(","),
            sizes.join(","),
            dimensions.join(",")
        );
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let limits = Limits { max_cell_bytes: 100, max_columns: 100, batch_rows: 100 };
        let error = JsonStatReader::open("t.json", file.path(), &JsonStatFormat::default(), &[], limits).err().unwrap();
        assert_eq!(error.code(), "format-json-stat");
    }
}
