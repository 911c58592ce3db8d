//! What the gates measured of a version, in the Data Quality Vocabulary (<https://www.w3.org/TR/vocab-dqv/>), by the
//! dimensions of DQV-AP-NO.

use config::GateKind;

use super::{terms, triples::Triples};
use crate::version::{Completeness, Manifest};

/// Something that is measured: its name in IRIs, the dimension, the datatype, and what it is in bokmål, nynorsk, English.
struct Metric {
    name: &'static str,
    dimension: &'static str,
    datatype: &'static str,
    texts: [&'static str; 3],
}

const COMPLETENESS: Metric = Metric {
    name: "completeness",
    dimension: "completeness",
    datatype: "xsd:decimal",
    texts: [
        "Andelen av kildens rader som er publisert",
        "Delen av radene i kjelda som er publisert",
        "Share of the source's rows that is published",
    ],
};

const REJECTED: Metric = Metric {
    name: "rejected-rows",
    dimension: "accuracy",
    datatype: "xsd:integer",
    texts: [
        "Rader som er utelatt fordi de ikke passer med erklæringen",
        "Rader som er utelatne fordi dei ikkje passar med erklæringa",
        "Rows left out because they do not fit the declaration",
    ],
};

const BROKEN: Metric = Metric {
    name: "rows-against-checks",
    dimension: "consistency-within-dataset",
    datatype: "xsd:integer",
    texts: [
        "Rader som strider mot datasettets egne sjekker, summert over sjekkene",
        "Rader som strir mot sjekkane til datasettet, summert over sjekkane",
        "Rows that break the dataset's own checks, summed over the checks",
    ],
};

const MISSING: Metric = Metric {
    name: "missing-numbers",
    dimension: "under-coverage",
    datatype: "xsd:integer",
    texts: [
        "Løpenumre som mangler mellom det minste og det største",
        "Løpenummer som manglar mellom det minste og det største",
        "Serial numbers that are missing between the smallest and the largest",
    ],
};

/// The measurements of a version, each with its metric. `iris` are those of the catalogue and of the dataset.
pub(super) fn describe(triples: &mut Triples, iris: (&str, &str), version: &Manifest) {
    let mut measured = |metric: &Metric, value: String| measurement(triples, iris, (metric, &value));
    for report in &version.gates {
        if let Some(completeness) = &report.completeness {
            if let Some(share) = share(completeness) {
                measured(&COMPLETENESS, share);
            }
            measured(&REJECTED, completeness.rows_rejected.to_string());
            if let Some(sequence) = completeness.sequence.as_ref().filter(|sequence| sequence.checked) {
                measured(&MISSING, sequence.missing.to_string());
            }
        }
        if report.gate == GateKind::Quality {
            let broken = report.findings.iter().filter(|finding| finding.code != "check-not-held");
            measured(&BROKEN, broken.map(|finding| finding.count).sum::<u64>().to_string());
        }
    }
}

/// Published rows of those that were read, 0 to 1, rounded down so that only a whole table is 1; `None` where nothing was
/// read, and of statistics, which have other rows than their source.
fn share(completeness: &Completeness) -> Option<String> {
    let Completeness { rows_read, rows_published, .. } = *completeness;
    let parts = u128::from(rows_published) * 10_000 / u128::from(rows_read).max(1);
    (rows_read > 0 && rows_published <= rows_read).then(|| format!("{}.{:04}", parts / 10_000, parts % 10_000))
}

fn measurement(triples: &mut Triples, (catalogue, dataset): (&str, &str), (metric, value): (&Metric, &str)) {
    let iri = format!("{dataset}#quality-{}", metric.name);
    let kind = format!("{catalogue}#metric-{}", metric.name);
    triples.link(dataset, "dqv:hasQualityMeasurement", &iri);
    triples.kind(&iri, "dqv:QualityMeasurement");
    triples.link(&iri, "dqv:isMeasurementOf", &kind);
    triples.link(&iri, "dqv:computedOn", dataset);
    triples.typed(&iri, "dqv:value", value, metric.datatype);
    triples.kind(&kind, "dqv:Metric");
    for (tag, text) in ["nb", "nn", "en"].into_iter().zip(metric.texts) {
        triples.tagged(&kind, "skos:definition", text, tag);
    }
    if let Some(datatype) = super::prefix::expand(metric.datatype) {
        triples.link(&kind, "dqv:expectedDataType", &datatype);
    }
    triples.concept(&kind, "dqv:inDimension", &terms::quality_dimension(metric.dimension));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_table_is_complete() {
        let of =
            |rows_published, rows_read| share(&Completeness { rows_read, rows_published, ..Completeness::default() });
        assert_eq!(of(40, 40).as_deref(), Some("1.0000"));
        assert_eq!(of(999_999, 1_000_000).as_deref(), Some("0.9999"));
        assert_eq!(of(0, 3).as_deref(), Some("0.0000"));
        assert_eq!((of(0, 0), of(7, 3)), (None, None));
    }
}
