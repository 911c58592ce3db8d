//! Workbooks, cell by cell.
