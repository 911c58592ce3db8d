//! How many rows a batch may have, judged by what the footer says of the bytes of each column.

use parquet::{
    basic::Type,
    file::metadata::{ColumnChunkMetaData, ParquetMetaData},
};

/// Most bytes of the values of a batch; far below where the offsets of a column of texts overflow. One row alone may
/// have more.
const BATCH_BYTES: u128 = 64 << 20;
/// Bytes of a value that is no text: a decimal, the widest of them.
const FIXED_BYTES: u64 = 16;

/// Rows of a part of a column, and the bytes of their values once they are decoded.
#[derive(Debug, Clone, Copy)]
struct Piece {
    rows: u64,
    bytes: u64,
}

/// The columns of a file, each with its pieces, those with the longest values first.
#[derive(Debug)]
pub(super) struct Widths(Vec<Vec<Piece>>);

impl Widths {
    /// What a footer says, page by page where it can.
    pub(super) fn of(metadata: &ParquetMetaData) -> Self {
        let columns = metadata.file_metadata().schema_descr().num_columns();
        let mut widths = vec![Vec::new(); columns];
        for (at, group) in metadata.row_groups().iter().enumerate() {
            let rows = u64::try_from(group.num_rows()).unwrap_or_default();
            for (column, (chunk, pieces)) in group.columns().iter().zip(&mut widths).enumerate() {
                let paged = pages(metadata, at, column, rows);
                pieces.extend(paged.unwrap_or_else(|| vec![whole(chunk, rows)]));
            }
        }
        for pieces in &mut widths {
            pieces.sort_by_key(|piece| std::cmp::Reverse(piece.bytes / piece.rows.max(1)));
        }
        Self(widths)
    }

    /// Rows of a batch: as many as wanted, or fewer, so that no choice of rows makes it too large.
    pub(super) fn rows(&self, columns: &[usize], wanted: usize) -> usize {
        let mut rows = wanted.max(1);
        let bytes = |rows: usize| columns.iter().map(|column| self.most(*column, rows as u64)).sum::<u128>();
        while rows > 1 && bytes(rows) > BATCH_BYTES {
            rows /= 2;
        }
        rows
    }

    /// Most bytes that so many rows of a column have.
    fn most(&self, column: usize, mut rows: u64) -> u128 {
        let mut bytes = 0;
        for piece in self.0.get(column).into_iter().flatten() {
            let taken = rows.min(piece.rows);
            bytes += (u128::from(piece.bytes) * u128::from(taken)).div_ceil(u128::from(piece.rows.max(1)));
            rows -= taken;
            if rows == 0 {
                break;
            }
        }
        bytes
    }
}

/// A column of a row group as one piece. What is encoded may be far smaller than its values.
fn whole(chunk: &ColumnChunkMetaData, rows: u64) -> Piece {
    let fixed = rows.saturating_mul(FIXED_BYTES);
    let encoded = u64::try_from(chunk.uncompressed_size()).unwrap_or_default();
    let bytes = match chunk.column_type() {
        Type::BYTE_ARRAY => chunk.unencoded_byte_array_data_bytes().and_then(|bytes| u64::try_from(bytes).ok()),
        _ => Some(fixed),
    };
    Piece { rows, bytes: bytes.unwrap_or(encoded) }
}

/// The pages of a column of texts; `None` where the footer does not tell their bytes.
fn pages(metadata: &ParquetMetaData, group: usize, column: usize, rows: u64) -> Option<Vec<Piece>> {
    let index = metadata.page_index()?.offset_index(group, column)?;
    let bytes = index.unencoded_byte_array_data_bytes()?;
    let starts: Vec<u64> =
        index.page_locations().iter().map(|page| u64::try_from(page.first_row_index)).collect::<Result<_, _>>().ok()?;
    if starts.len() != bytes.len() {
        return None;
    }
    let ends = starts.iter().skip(1).copied().chain([rows]);
    let pieces = starts.iter().zip(ends).zip(bytes);
    pieces
        .map(|((start, end), bytes)| Some(Piece { rows: end.checked_sub(*start)?, bytes: u64::try_from(*bytes).ok()? }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(columns: &[&[(u64, u64)]]) -> Widths {
        let pieces = |column: &&[(u64, u64)]| {
            let mut pieces: Vec<Piece> = column.iter().map(|&(rows, bytes)| Piece { rows, bytes }).collect();
            pieces.sort_by_key(|piece| std::cmp::Reverse(piece.bytes / piece.rows.max(1)));
            pieces
        };
        Widths(columns.iter().map(pieces).collect())
    }

    #[test]
    fn short_values_do_not_matter() {
        let widths = widths(&[&[(100_000, 1_600_000)], &[(50_000, 2_000_000), (50_000, 1)]]);
        assert_eq!(widths.rows(&[0, 1], 8192), 8192);
        assert_eq!(widths.rows(&[], 0), 1);
        assert_eq!(widths.rows(&[7], 10), 10);
    }

    #[test]
    fn long_values_make_batches_short_wherever_they_are() {
        let long = 60_000;
        let widths = widths(&[&[(20_000, 100), (2_000, 2_000 * long)], &[(22_000, 22_000 * long)]]);
        // 2 000 long values fit into no batch of 8 192 rows, whichever rows a condition picks.
        assert_eq!(widths.rows(&[0], 8192), 1024);
        assert_eq!(widths.rows(&[1], 8192), 1024);
        assert_eq!(widths.rows(&[0, 1], 8192), 512);
        assert_eq!(widths.rows(&[1], 100), 100);
    }

    #[test]
    fn one_giant_value_is_a_batch_of_its_own_at_worst() {
        assert_eq!(widths(&[&[(1, 1 << 40), (99, 99)]]).rows(&[0], 8192), 1);
        assert_eq!(widths(&[&[(1, 10 << 20), (9_999, 99)]]).rows(&[0], 8192), 8192);
    }
}
