//! `allmenning plan`: what a run would change.

use catalog::{
    EU_MOST, FDK_MOST, Gain,
    version::{Finding, Severity},
};
use config::cli::{Cli, Plan as Args, exit};
use pipeline::{Loss, NullShare, Plan, RowSample, Samples, Stop};
use serde_json::Value;

use super::{
    Output, Result, Selected, open,
    run::{failure, worse},
    runner, selected,
};

/// Plans the datasets one after the other.
pub(crate) async fn plan(cli: &Cli, args: &Args, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let Selected { datasets, broken } = selected(&catalog, &args.datasets, args.all)?;
    let runner = runner(catalog);
    let mut code = exit::OK;
    let mut plans = Vec::new();
    let mut fail = |stem: &str, error: pipeline::Error, plans: &mut Vec<Value>| {
        plans.push(failure(stem, &error));
        code = exit::FAILURE;
        Output::error(&error.into());
    };
    for (stem, error) in broken {
        fail(&stem, error, &mut plans);
    }
    let mut blocked = false;
    for id in &datasets {
        match runner.plan(id, Stop::default()).await {
            Ok(plan) => {
                blocked |= plan.blocked;
                show(&plan, output);
                plans.push(serde_json::to_value(&plan).unwrap_or_default());
            }
            Err(error) => fail(id.as_str(), error, &mut plans),
        }
    }
    output.value(&plans);
    Ok(if blocked { worse(code, exit::BLOCKED) } else { code })
}

/// Rejected rows that are shown.
const LISTED: usize = 20;

fn show(plan: &Plan, output: Output) {
    let verdict = match (plan.blocked, plan.differs) {
        (true, _) if plan.held => "would be held until it is approved",
        (true, _) => "would be blocked",
        (false, true) => "would publish",
        (false, false) => "would publish nothing: unchanged",
    };
    output.line(&format!("{}: {verdict}", plan.dataset));
    let before = plan.rows_before.map_or_else(|| "none before".to_owned(), |rows| format!("{rows} before"));
    output.line(&format!("    rows: {} ({before})", plan.rows));
    if let Some(changes) = plan.changes {
        output
            .line(&format!("    +{} added, ~{} changed, -{} removed", changes.added, changes.changed, changes.removed));
    }
    if let Some(samples) = &plan.samples {
        show_samples(samples, output);
    }
    for NullShare { column, before, after } in &plan.nulls {
        let shares = format!("{:.1} % → {:.1} %", before * 100.0, after * 100.0);
        output.line(&format!("    without a value: {column} {shares}"));
    }
    let columns = [("+", &plan.columns_added), ("-", &plan.columns_removed), ("~", &plan.columns_retyped)];
    for (sign, names) in columns {
        for name in names {
            output.line(&format!("    column {sign}{name}"));
        }
    }
    if plan.rejects.total + plan.rows_withheld > 0 {
        output.line(&format!("    {} rows rejected, {} withheld", plan.rejects.total, plan.rows_withheld));
    }
    for loss in &plan.losses {
        output.line(&loss_line(loss));
    }
    for (code, count) in &plan.rejects.by_code {
        output.line(&format!("    {code}: {count}"));
    }
    for (column, count) in &plan.rejects.by_column {
        output.line(&format!("    rejected for {column}: {count}"));
    }
    for reject in plan.rejects.listed.iter().take(LISTED) {
        output.line(&format!("    --> {}:{} {}: {}", reject.file, reject.row, reject.column, reject.code));
    }
    if let Some(score) = &plan.score {
        output.line(&format!(
            "    metadata: {} of {FDK_MOST} points at data.norge.no, {} of {EU_MOST} at data.europa.eu",
            score.fdk, score.eu
        ));
        for Gain { metric, fdk, eu } in &score.gains {
            output.line(&format!("    lacks {metric}: {fdk} and {eu} points"));
        }
    }
    for finding in plan.gates.iter().flat_map(|report| &report.findings) {
        output.line(&finding_line(finding));
    }
}

/// The first rows that would come, change or go, and which columns changed.
fn show_samples(samples: &Samples, output: Output) {
    for RowSample { change, key, cells } in &samples.rows {
        let value = |text: &Option<String>| text.as_ref().map_or_else(|| "–".to_owned(), |text| format!("'{text}'"));
        let cells: Vec<String> = cells
            .iter()
            .map(|cell| format!("{} {} → {}", cell.column, value(&cell.before), value(&cell.after)))
            .collect();
        let cells = if cells.is_empty() { String::new() } else { format!(": {}", cells.join(", ")) };
        output.line(&format!("    {change} {key}{cells}"));
    }
    if !samples.cells.is_empty() {
        let cells: Vec<String> = samples.cells.iter().map(|(column, count)| format!("{column} {count}")).collect();
        output.line(&format!("    cells in {} changed rows: {}", samples.looked_at, cells.join(", ")));
    }
}

/// What readers lose of one number at one level.
fn loss_line(loss: &Loss) -> String {
    let Loss { number, level, cells, hidden, share } = loss;
    format!("    {number}, {level}: {hidden} of {cells} cells hidden ({:.0} %)", share * 100.0)
}

/// One finding as a line, for plan and run.
pub(crate) fn finding_line(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Block => "block",
    };
    let column = finding.column.as_ref().map(|column| format!(" ({column})")).unwrap_or_default();
    let column = if finding.places.is_empty() { String::new() } else { column };
    let places = finding.places.iter().map(|place| format!("\n    --> {}:{}", place.file, place.row));
    let places: String = places.collect();
    format!("    {severity}[{}]: {}{column}{places}\n    = hint: {}", finding.code, finding.message, finding.hint)
}
