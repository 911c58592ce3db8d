//! Ranges of cells of a sheet.

/// A rectangle of cells, rows and columns from 0, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellRange {
    /// The first and the last row.
    pub rows: (u32, u32),
    /// The first and the last column.
    pub columns: (u32, u32),
}

impl CellRange {
    /// Reads `A3:H40`, or `F:K` for whole columns; `None` if it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once(':')?;
        let ((left, top), (right, bottom)) = (cell(first)?, cell(last)?);
        if top.is_some() != bottom.is_some() {
            return None;
        }
        let rows = (top.unwrap_or(0), bottom.unwrap_or(u32::MAX));
        (rows.0 <= rows.1 && left <= right).then_some(Self { rows, columns: (left, right) })
    }

    /// Whether a cell lies in it.
    pub fn has(&self, row: u32, column: u32) -> bool {
        (self.rows.0..=self.rows.1).contains(&row) && (self.columns.0..=self.columns.1).contains(&column)
    }
}

/// Column and row of `H40`; without a row of `H`.
fn cell(text: &str) -> Option<(u32, Option<u32>)> {
    let digits = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let (letters, number) = text.split_at_checked(digits)?;
    if !(1..=3).contains(&letters.len()) || !letters.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let column = letters.bytes().fold(0, |sum, byte| sum * 26 + u32::from(byte.to_ascii_uppercase() - b'A') + 1);
    let row = if number.is_empty() { None } else { Some(number.parse::<u32>().ok()?.checked_sub(1)?) };
    Some((column - 1, row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_cells() {
        let range = |rows, columns| Some(CellRange { rows, columns });
        assert_eq!(CellRange::parse("A3:H40"), range((2, 39), (0, 7)));
        assert_eq!(CellRange::parse("f:AA"), range((0, u32::MAX), (5, 26)));
        for bad in
            ["", "A3", "A3:H", "H1:A1", "A2:A1", "3:4", "A0:B1", "AAAA1:B2", "A-1:B2", "Å1:B2", "A1:B99999999999"]
        {
            assert_eq!(CellRange::parse(bad), None, "{bad}");
        }
    }
}
