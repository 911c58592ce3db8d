//! `allmenning explain`: why the last run of a dataset did what it did, in words for its steward.

use catalog::version::Severity;
use config::{
    Language,
    cli::{Cli, Explain, exit},
};
use jiff::{Timestamp, tz::TimeZone};
use pipeline::{Decision, Outcome, RunRecord, Status, Verdict};
use serde_json::json;

use super::{Output, Result, now, open, versions::unknown};

/// Reasons of one kind that are told; the rest is counted.
const TOLD: usize = 10;

/// Tells what the last run did and why, what is served now, and when it runs next.
pub(crate) async fn explain(cli: &Cli, args: &Explain, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let all = pipeline::status(&catalog, now()).await?;
    let status = all.into_iter().find(|status| status.dataset == args.dataset).ok_or_else(|| unknown(&args.dataset))?;
    let last = RunRecord::latest(catalog.store(), &args.dataset, 1).await?.into_iter().next();
    let title = catalog.snapshot().datasets.get(&args.dataset).map(|entry| entry.dataset.file.title.clone());
    let decided = Decision::newest(catalog.store(), &args.dataset).await?;
    let rejected = decided.filter(|decision| decision.verdict == Verdict::Rejected).map(|decision| decision.run);
    let rejected = rejected.is_some() && rejected == last.as_ref().map(|record| record.id.clone());
    let told = Told { language: args.language, status: &status, rejected };
    let mut lines = vec![title.map_or_else(|| args.dataset.to_string(), |title| title.get(args.language).to_owned())];
    match &last {
        Some(record) => lines.extend(told.run(record)),
        None => lines.push(told.say([
            "Datasettet har aldri vært kjørt.",
            "Datasettet har aldri vore køyrt.",
            "The dataset never ran.",
        ])),
    }
    lines.push(told.served());
    lines.push(told.next());
    for line in &lines {
        output.line(line);
    }
    output.value(&json!({ "dataset": args.dataset, "language": args.language, "text": lines }));
    Ok(exit::OK)
}

struct Told<'a> {
    language: Language,
    status: &'a Status,
    /// The draft that the last run held back was rejected.
    rejected: bool,
}

impl Told<'_> {
    fn say(&self, texts: [&str; 3]) -> String {
        self.language.pick(texts).to_owned()
    }

    /// A text with its places filled in order.
    fn fill(&self, texts: [&str; 3], values: &[&str]) -> String {
        values.iter().fold(self.say(texts), |text, value| text.replacen("{}", value, 1))
    }

    /// The time in Norway.
    fn time(&self, at: Timestamp) -> String {
        let zone = TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC);
        let format = if self.language == Language::En { "%Y-%m-%d %H:%M" } else { "%d.%m.%Y %H.%M" };
        at.to_zoned(zone).strftime(format).to_string()
    }

    fn run(&self, record: &RunRecord) -> Vec<String> {
        let at = self.time(record.started);
        let mut lines = vec![match record.outcome {
            Outcome::Published => self.published(record, &at),
            Outcome::Unchanged => self.fill(
                [
                    "Kjøringen {} fant det samme som sist, og publiserte derfor ikke noe nytt.",
                    "Køyringa {} fann det same som sist, og publiserte difor ikkje noko nytt.",
                    "The run of {} found the same as before, and so published nothing new.",
                ],
                &[&at],
            ),
            Outcome::Held => self.held(&at),
            Outcome::Blocked => self.fill(
                [
                    "Kjøringen {} leste dataene, men de ble ikke publisert, av disse grunnene:",
                    "Køyringa {} las dataa, men dei blei ikkje publiserte, av desse grunnane:",
                    "The run of {} read the data, but they were not published, for these reasons:",
                ],
                &[&at],
            ),
            Outcome::Failed => self.fill(
                [
                    "Kjøringen {} stoppet før dataene var lest ferdig:",
                    "Køyringa {} stoppa før dataa var ferdig lesne:",
                    "The run of {} stopped before the data were read to their end:",
                ],
                &[&at],
            ),
        }];
        if let Some(error) = &record.error {
            lines.push(format!("  - {} ({})", error.message, error.code));
            lines.push(format!(
                "    {} {}",
                self.say(["Slik kan det rettes:", "Slik kan det rettast:", "How to mend it:"]),
                error.hint
            ));
        }
        if matches!(record.outcome, Outcome::Blocked | Outcome::Held) {
            lines.extend(self.findings(record, Severity::Block));
        }
        let warnings = self.findings(record, Severity::Warning);
        if !warnings.is_empty() {
            lines.push(self.say(["Dessuten verdt å vite:", "Dessutan verdt å vite:", "Also worth knowing:"]));
            lines.extend(warnings);
        }
        lines.extend(self.rejects(record));
        lines
    }

    fn held(&self, at: &str) -> String {
        let texts = if self.rejected {
            [
                "Kjøringen {} leste dataene, men de var så ulike det som er publisert at noen måtte ta stilling til dem, og de ble avvist:",
                "Køyringa {} las dataa, men dei var så ulike det som er publisert at nokon måtte ta stilling til dei, og dei blei avviste:",
                "The run of {} read the data, but they differed so much from what is published that somebody had to decide on them, and they were rejected:",
            ]
        } else {
            [
                "Kjøringen {} leste dataene, men de er så ulike det som er publisert at noen må godkjenne dem (allmenning approve) eller avvise dem (allmenning reject):",
                "Køyringa {} las dataa, men dei er så ulike det som er publisert at nokon må godkjenne dei (allmenning approve) eller avvise dei (allmenning reject):",
                "The run of {} read the data, but they differ so much from what is published that somebody must approve them (allmenning approve) or reject them (allmenning reject):",
            ]
        };
        self.fill(texts, &[at])
    }

    fn published(&self, record: &RunRecord, at: &str) -> String {
        let version = record.version.unwrap_or_default().to_string();
        let rows = record.rows.to_string();
        let Some(since) = record.changes else {
            let texts = [
                "Kjøringen {} publiserte versjon {} med {} rader.",
                "Køyringa {} publiserte versjon {} med {} rader.",
                "The run of {} published version {} with {} rows.",
            ];
            return self.fill(texts, &[at, &version, &rows]);
        };
        let numbers = [since.added, since.changed, since.removed].map(|number| number.to_string());
        let [added, changed, removed] = &numbers;
        let texts = [
            "Kjøringen {} publiserte versjon {} med {} rader: {} er nye, {} er endret og {} er borte siden sist.",
            "Køyringa {} publiserte versjon {} med {} rader: {} er nye, {} er endra og {} er borte sidan sist.",
            "The run of {} published version {} with {} rows: {} are new, {} changed and {} are gone since the last.",
        ];
        self.fill(texts, &[at, &version, &rows, added, changed, removed])
    }

    /// The findings of one severity, each with a way out and the first places.
    fn findings(&self, record: &RunRecord, severity: Severity) -> Vec<String> {
        let all: Vec<_> =
            record.gates.iter().flat_map(|gate| &gate.findings).filter(|found| found.severity == severity).collect();
        let mut lines = Vec::new();
        for finding in all.iter().take(TOLD) {
            lines.push(format!("  - {} ({})", api::finding_text(finding, self.language), finding.code));
            let places: Vec<String> =
                finding.places.iter().take(TOLD).map(|place| format!("{}:{}", place.file, place.row)).collect();
            if !places.is_empty() {
                lines.push(format!("    {} {}", self.say(["Se", "Sjå", "See"]), places.join(", ")));
            }
            let mend = self.say(["Slik kan det rettes:", "Slik kan det rettast:", "How to mend it:"]);
            lines.push(format!("    {mend} {}", finding.hint));
        }
        if all.len() > TOLD {
            let more = (all.len() - TOLD).to_string();
            lines.push(self.fill(["  … og {} til", "  … og {} til", "  … and {} more"], &[&more]));
        }
        lines
    }

    fn rejects(&self, record: &RunRecord) -> Option<String> {
        let total = record.rejects.total;
        let codes: Vec<String> =
            record.rejects.by_code.iter().map(|(code, count)| format!("{code}: {count}")).collect();
        let texts = [
            "{} av {} rader lot seg ikke lese og er utelatt ({}). Kommandoen plan viser linje og kolonne.",
            "{} av {} rader lét seg ikkje lese og er utelatne ({}). Kommandoen plan viser linje og kolonne.",
            "{} of {} rows could not be read and are left out ({}). The command plan shows line and column.",
        ];
        (total > 0).then(|| self.fill(texts, &[&total.to_string(), &record.rows_read.to_string(), &codes.join(", ")]))
    }

    fn served(&self) -> String {
        match (self.status.version, self.status.published) {
            (Some(version), Some(published)) => self.fill(
                [
                    "Det som vises for alle nå, er versjon {}, publisert {}.",
                    "Det som blir vist for alle no, er versjon {}, publisert {}.",
                    "What everybody sees now is version {}, published {}.",
                ],
                &[&version.to_string(), &self.time(published)],
            ),
            _ => self.say([
                "Ingen versjon er publisert ennå.",
                "Ingen versjon er publisert enno.",
                "No version is published yet.",
            ]),
        }
    }

    fn next(&self) -> String {
        let Some(due) = self.status.next_due else {
            return self.say([
                "Datasettet har ingen tidsplan; det kjøres for hånd.",
                "Datasettet har ingen tidsplan; det blir køyrt for hand.",
                "The dataset has no schedule; it is run by hand.",
            ]);
        };
        let texts = if self.status.late {
            [
                "Det er forsinket; neste kjøring er {}.",
                "Det er forseinka; neste køyring er {}.",
                "It is late; the next run is {}.",
            ]
        } else {
            ["Neste kjøring er {}.", "Neste køyring er {}.", "The next run is {}."]
        };
        self.fill(texts, &[&self.time(due)])
    }
}
