//! Rows and bytes.

use catalog::version::{Draft, Finding, GateReport, Severity};
use config::{FileFormat, GateKind};

use super::finding::{counted, finding};

/// Holds a draft against the limits on rows and on the Parquet file's bytes.
pub(super) fn judge(draft: &Draft) -> GateReport {
    let limits = &draft.dataset.file.gates.size;
    let parquet = draft.files.iter().filter(|file| file.format == FileFormat::Parquet);
    let bytes: u64 = parquet.map(|file| file.bytes).sum();
    let rows = draft.rows;
    let block = |code, message, hint| counted(finding(code, Severity::Block, message, hint), rows);
    let mut findings: Vec<Finding> = Vec::new();
    if rows < limits.min_rows {
        let message = format!("{rows} rows, at least {} are expected", limits.min_rows);
        findings.push(block(
            "size-too-few-rows",
            message,
            "Look at the source; lower gates.size.min_rows if it is right.",
        ));
    }
    if rows > limits.max_rows {
        let message = format!("{rows} rows, at most {} are allowed", limits.max_rows);
        findings.push(block(
            "size-too-many-rows",
            message,
            "Look at the source; raise gates.size.max_rows if it is right.",
        ));
    }
    if bytes > limits.max_bytes {
        let message = format!("{bytes} bytes of Parquet, at most {} are allowed", limits.max_bytes);
        findings.push(block("size-too-large", message, "Split the dataset, or raise gates.size.max_bytes."));
    }
    GateReport::new(GateKind::Size, format!("{rows} rows, {bytes} bytes of Parquet"), findings)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::gate::testing::draft;

    #[test]
    fn limits_are_inclusive() {
        let mut draft = draft(&json!({}), 10);
        assert!(judge(&draft).findings.is_empty());
        draft.rows = 0;
        let report = judge(&draft);
        assert!(report.blocks());
        assert_eq!(report.findings[0].code, "size-too-few-rows");
    }

    #[test]
    fn too_much_blocks() {
        let draft = draft(&json!({ "size": { "max_rows": 9, "max_bytes": 99 } }), 10);
        let codes: Vec<String> = judge(&draft).findings.into_iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["size-too-many-rows", "size-too-large"]);
    }
}
