//! From raw files to typed rows in their order: what a whole run does with all files, and another one with some.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use arrow::{
    array::BooleanArray,
    compute::filter_record_batch,
    record_batch::{RecordBatch, RecordBatchOptions},
};
use catalog::{
    crs::Crs,
    table::{arrow_schema, part_runs},
    version::ColumnInfo,
};
use config::{ColumnName, Dataset, OrderBy};

use super::Job;
use crate::{
    Error, Rejects, Result,
    disclosure::{self, Disclosed, Tally},
    gate::{Observed, PrivacyScan, SequenceCheck, Shielded, find_identity_numbers, has_restricted_head},
    memo::FileFacts,
    normalise::{Geometries, KeyCheck, KeyCounts, KeySet, Latest, Normaliser, Reject, Sorted, Sorter},
    quality::Checks,
    reader::{self, Input, Limits, Reader},
    source::{self, Raw, Validators},
    suppress::Suppressed,
};

/// Memory that one run's sorting may take, in bytes; more is spilled to disk.
const SORT_MEMORY: usize = 256 << 20;
/// Longest text about what a source chose, in characters.
const LONGEST_SELECTION: usize = 500;
/// Rows that a reader hands over at a time.
pub(super) const BATCH_ROWS: usize = 8192;

/// Rows of one run, typed and sorted.
pub(super) struct Rows {
    pub(super) sorted: Sorted,
    pub(super) observed: Observed,
    pub(super) rejects: Rejects,
    pub(super) suppressed: Suppressed,
    /// Hashes of the keys that several rows have.
    pub(super) shared: HashSet<u128>,
    /// What came of each file.
    pub(super) files: Vec<FileFacts>,
    /// The coordinate systems of geometries.
    pub(super) systems: BTreeMap<ColumnName, Crs>,
    /// Statistics with what was hidden of them.
    pub(super) disclosed: Option<Disclosed>,
}

/// Rows on their way from the readers into the sorter.
pub(super) struct Intake<'a> {
    job: &'a Job,
    columns: &'a [ColumnInfo],
    normaliser: Normaliser,
    geometries: Geometries,
    shielded: Shielded,
    /// Files that say of themselves that they are not for everybody.
    restricted: u64,
    scan: &'a mut PrivacyScan,
    sorter: Sorter,
    /// Where rows are not published, but statistics of them.
    tally: Option<Tally>,
    keys: KeyCheck,
    checks: Option<Checks>,
    /// The numbers of all files.
    counted: Option<SequenceCheck>,
    /// Those of the file that is read.
    counting: Option<SequenceCheck>,
    suppressed: Suppressed,
    accepted: u64,
    /// The only parts whose rows are taken, where not all are.
    pub(super) wanted: Option<BTreeSet<String>>,
    /// The keys of all rows taken, where they are looked for elsewhere.
    pub(super) key_set: Option<KeySet>,
}

impl<'a> Intake<'a> {
    pub(super) fn new(job: &'a Job, columns: &'a [ColumnInfo], scan: &'a mut PrivacyScan) -> Result<Self> {
        let read = job.dataset.read();
        Ok(Self {
            normaliser: Normaliser::new(read)?,
            geometries: Geometries::of(read),
            shielded: Shielded::of(read),
            restricted: 0,
            sorter: sorter(job, columns)?,
            tally: Tally::of(&job.dataset),
            keys: KeyCheck::new(&read.key),
            checks: Checks::of(&job.dataset, &job.references, job.today)?,
            counted: sequence(job),
            counting: None,
            suppressed: Suppressed::default(),
            accepted: 0,
            wanted: None,
            key_set: None,
            job,
            columns,
            scan,
        })
    }

    /// A file's name as rejects and errors carry it.
    pub(super) fn name(&mut self, name: &str, seen: &Validators) -> String {
        self.scan.source_name(name, &seen.location)
    }

    /// Reads a file. What came of it is not counted yet; `latest` decides between rows of one key.
    pub(super) fn read(&mut self, raw: &Raw, name: &str, mut latest: Option<&mut Latest>) -> Result<FileFacts> {
        let job = self.job;
        let limits = Limits {
            max_cell_bytes: usize::try_from(job.limits.max_cell_bytes).unwrap_or(usize::MAX),
            max_columns: usize::try_from(job.limits.max_columns).unwrap_or(usize::MAX),
            batch_rows: BATCH_ROWS,
        };
        self.counting = sequence(job);
        let mut facts = FileFacts::default();
        let input = Input { name, path: &raw.path, stopped: &|| job.stop.asked() };
        let unpacked = reader::unpack(input, job.dataset.file.archive.as_ref(), &job.dataset.file.format)?;
        for member in &unpacked.members {
            let name = match &member.name {
                Some(inner) => format!("{name}/{}", self.scan.source_name(inner, "")),
                None => name.to_owned(),
            };
            let input = Input { name: &name, path: &member.path, ..input };
            self.restricted += u64::from(has_restricted_head(&member.path, &job.dataset.file.format)?);
            let read = reader::open(input, &job.dataset.file.format, &job.dataset.read().columns, limits)?;
            self.read_all((&name, read), latest.as_deref_mut(), &mut facts)?;
        }
        (facts.names, facts.embargoed, facts.embargo_until) = self.scan.take_names();
        if let Some(mut counting) = self.counting.take() {
            facts.numbers = counting.numbers();
            self.counted.iter_mut().for_each(|counted| counted.add_all(&mut counting));
        }
        Ok(facts)
    }

    /// Takes all rows of one reader.
    fn read_all(
        &mut self,
        (name, mut reader): (&str, Box<dyn Reader>),
        mut latest: Option<&mut Latest>,
        facts: &mut FileFacts,
    ) -> Result<()> {
        while let Some(batch) = reader.next_batch()? {
            self.job.stop.check()?;
            facts.rows_read += batch.rows.num_rows() as u64;
            self.shielded.look(&batch.rows);
            let batch = self.geometries.place(name, reader.crs().unwrap_or(Crs::CRS84), batch)?;
            let typed = self.normaliser.normalise(name, &batch)?;
            let lines = accepted_lines(&batch.lines, &typed.rejects);
            if let Some(checks) = &mut self.checks {
                checks.push(name, &typed.rows, &lines)?;
            }
            let rows = match &mut latest {
                Some(latest) => latest.pass(name, typed.rows, &lines)?,
                None => typed.rows,
            };
            facts.rejects.take(typed.rejects, most_listed(self.job));
            facts.rejects.contracts(&typed.discarded, &typed.frozen);
            self.settle();
            self.take(name, rows, facts)?;
        }
        reader.kinds().iter().for_each(|kind| self.shielded.see(kind));
        self.geometries.saw(reader.crs().unwrap_or(Crs::CRS84));
        noted(reader.as_ref(), facts);
        Ok(())
    }

    /// Says in which system the geometries are that decide the order.
    fn settle(&mut self) {
        let along = self.job.dataset.along.as_ref();
        if let Some(crs) = along.and_then(|along| self.geometries.system(along)) {
            self.sorter.set_projected(crs.is_projected());
        }
    }

    /// Takes rows; of those that are not wanted only what they say of the whole.
    pub(super) fn take(&mut self, file: &str, rows: RecordBatch, facts: &mut FileFacts) -> Result<()> {
        facts.accepted += rows.num_rows() as u64;
        // Files of which only some parts are wanted were counted before.
        if self.wanted.is_none() {
            refuse_rows(&self.job.dataset, file, self.accepted + facts.accepted)?;
        }
        if let Some(tally) = &mut self.tally {
            self.keys.push(&rows)?;
            return tally.push(&rows);
        }
        let kept = self.job.suppressions.apply(rows, &mut self.suppressed)?;
        if let Some(sequence) = self.counting.as_mut().or(self.counted.as_mut()) {
            sequence.push(&kept)?;
        }
        let kept = self.only_wanted(kept, facts)?;
        let rows = self.scan.mask_names(kept)?;
        self.keys.push(&rows)?;
        self.key_set.as_mut().map_or(Ok(()), |keys| keys.add(&rows))?;
        self.sorter.push(project(&rows, self.columns)?)
    }

    /// Notes in which parts rows are, and leaves out those of parts that are not wanted.
    fn only_wanted(&self, rows: RecordBatch, facts: &mut FileFacts) -> Result<RecordBatch> {
        let Some(partition) = &self.job.dataset.partition else { return Ok(rows) };
        let mut keep = vec![true; rows.num_rows()];
        for (part, places) in part_runs(&rows, partition)? {
            if self.wanted.as_ref().is_some_and(|wanted| !wanted.contains(&part)) {
                keep.get_mut(places).into_iter().flatten().for_each(|keep| *keep = false);
            }
            if !facts.parts.contains(&part) {
                facts.parts.insert(part);
            }
        }
        if keep.iter().all(|keep| *keep) {
            return Ok(rows);
        }
        filter_record_batch(&rows, &BooleanArray::from(keep)).map_err(|error| Error::Internal(error.to_string()))
    }

    /// Counts the rows of a file, read now or before.
    pub(super) fn count(&mut self, facts: &FileFacts) {
        self.accepted += facts.accepted;
    }

    /// Counts the numbers of a file that is not read.
    pub(super) fn count_numbers(&mut self, facts: &FileFacts) {
        if let (Some(counted), Some(numbers)) = (&mut self.counted, &facts.numbers) {
            counted.add(numbers);
        }
    }

    /// Makes the statistics and takes their rows.
    fn disclose(&mut self, tally: Tally) -> Result<Disclosed> {
        let dataset = &self.job.dataset;
        let Some(rules) = &dataset.file.statistics else {
            return Err(Error::Internal("rows were counted for nothing".to_owned()));
        };
        let disclosed = disclosure::disclose(&tally.finish()?, rules, &self.job.earlier, &self.job.stop)?;
        let rows = disclosure::rows(dataset, &disclosed)?;
        let rows = self.job.suppressions.apply(rows, &mut self.suppressed)?;
        self.sorter.push(project(&rows, self.columns)?)?;
        Ok(disclosed)
    }

    /// All rows in their order, and what was seen in `files`; `older` are rows that newer ones replaced.
    pub(super) fn finish(mut self, files: Vec<FileFacts>, older: &Rejects) -> Result<(Rows, Option<KeySet>)> {
        let disclosed = self.tally.take().map(|tally| self.disclose(tally)).transpose()?;
        let KeyCounts { duplicates, nulls, shared } = self.keys.finish()?;
        let (mut observed, mut rejects) = observe(&files, most_listed(self.job));
        rejects.add(older, most_listed(self.job));
        for facts in &files {
            self.scan.add_names((&facts.names, facts.embargoed, facts.embargo_until));
        }
        observed.rows_rejected = rejects.total;
        observed.misfits = rejects.frozen.clone();
        observed.values_discarded = rejects.discarded.clone();
        observed.duplicate_keys = duplicates;
        observed.null_keys = nulls;
        observed.rows_embargoed = self.scan.rows_embargoed();
        observed.embargo_until = self.scan.embargo_until();
        observed.sequence = self.counted.map(SequenceCheck::finish);
        observed.quality = self.checks.map(Checks::finish);
        observed.restricted = self.restricted;
        observed.mended = self.geometries.mended();
        observed.shielded = self.shielded.found();
        let (sorted, suppressed) = (self.sorter.finish()?, self.suppressed);
        let systems = self.geometries.systems();
        Ok((Rows { sorted, observed, rejects, suppressed, shared, files, systems, disclosed }, self.key_set))
    }
}

/// Reads every raw file into one sorted table of the published columns; `latest` decides between rows of one key.
pub(super) fn collect(
    job: &Job,
    columns: &[ColumnInfo],
    scan: &mut PrivacyScan,
    mut latest: Option<Latest>,
) -> Result<Rows> {
    let mut intake = Intake::new(job, columns, scan)?;
    // Rejects and errors carry the files' names.
    let names: Vec<String> = job.raws.iter().map(|raw| intake.name(&raw.name, &raw.validators)).collect();
    let mut files = Vec::with_capacity(names.len());
    for (raw, name) in job.raws.iter().zip(&names) {
        let facts = intake.read(raw, name, latest.as_mut())?;
        intake.count(&facts);
        files.push(facts);
    }
    let mut older = Rejects::default();
    if let Some(latest) = latest {
        let (rows, rejects) = latest.finish()?;
        older.take(rejects, most_listed(job));
        rows.map(|rows| intake.take("", rows, &mut FileFacts::default())).transpose()?;
    }
    let (mut rows, _) = intake.finish(files, &older)?;
    rows.observed.source_counts = job.raws.iter().flat_map(|raw| source::counts(&raw.validators)).collect();
    Ok(rows)
}

/// What was seen in some files together.
fn observe(files: &[FileFacts], most_listed: usize) -> (Observed, Rejects) {
    let (mut observed, mut rejects) = (Observed::default(), Rejects::default());
    for facts in files {
        observed.rows_read += facts.rows_read;
        rejects.add(&facts.rejects, most_listed);
        extend_unique(&mut observed.missing_columns, &facts.missing);
        extend_unique(&mut observed.undeclared_columns, &facts.undeclared);
        observed.notes.extend_from_slice(&facts.notes);
        observed.selection = observed.selection.take().or_else(|| facts.selection.clone());
    }
    (observed, rejects)
}

/// What a reader knows at the end of its file: readers of JSON know their columns only then.
fn noted(reader: &dyn Reader, facts: &mut FileFacts) {
    extend_unique(&mut facts.missing, reader.missing());
    extend_unique(&mut facts.undeclared, reader.undeclared());
    facts.notes.extend_from_slice(reader.notes());
    facts.noted = !facts.notes.is_empty();
    facts.selection = reader.selection().and_then(public_selection);
}

/// Rejects that are listed at the most.
fn most_listed(job: &Job) -> usize {
    usize::try_from(job.limits.max_listed_rejects).unwrap_or(usize::MAX)
}

/// A sorter by the declared order, or along a curve through the geometries.
fn sorter(job: &Job, columns: &[ColumnInfo]) -> Result<Sorter> {
    // A column that was dropped is there no more.
    let along = job.dataset.along.as_ref().filter(|along| columns.iter().any(|column| column.name == **along));
    let by_key: Vec<OrderBy> =
        job.dataset.key.iter().map(|column| OrderBy { column: column.clone(), descending: false }).collect();
    let schema = arrow_schema(columns);
    match along {
        Some(along) => Sorter::along(&schema, along, &by_key, SORT_MEMORY),
        None => Sorter::new(schema, &job.dataset.order, SORT_MEMORY),
    }
}

/// The check of the column that counts, if one is declared.
fn sequence(job: &Job) -> Option<SequenceCheck> {
    job.dataset.file.gates.shape.sequence.as_ref().map(SequenceCheck::new)
}

/// The source's words on what it chose, if nothing in them points to a person.
fn public_selection(text: &str) -> Option<String> {
    let short = text.chars().take(LONGEST_SELECTION).collect::<String>();
    find_identity_numbers(text).is_empty().then_some(short)
}

/// The lines of the rows that were not rejected.
fn accepted_lines(lines: &[u64], rejects: &[Reject]) -> Vec<u64> {
    let rejected: HashSet<u64> = rejects.iter().map(|reject| reject.row).collect();
    lines.iter().copied().filter(|line| !rejected.contains(line)).collect()
}

/// Stops at the first row too many, before the others are sorted, written and compared; the size gate would block them.
fn refuse_rows(dataset: &Dataset, file: &str, rows: u64) -> Result<()> {
    let most = dataset.file.gates.size.max_rows;
    if rows <= most {
        return Ok(());
    }
    Err(Error::Format {
        code: "size-too-many-rows",
        file: file.to_owned(),
        line: None,
        reason: format!("more than {most} rows"),
        hint: "Look at the source; raise gates.size.max_rows if it is right.",
    })
}

fn extend_unique(list: &mut Vec<String>, more: &[String]) {
    for name in more {
        if !list.contains(name) {
            list.push(name.clone());
        }
    }
}

/// The published columns of a batch, in published order.
fn project(rows: &RecordBatch, columns: &[ColumnInfo]) -> Result<RecordBatch> {
    let internal = |error: arrow::error::ArrowError| Error::Internal(error.to_string());
    let arrays = columns.iter().map(|column| {
        let array = rows.column_by_name(column.name.as_str());
        array.cloned().ok_or_else(|| Error::Internal(format!("column '{}' was not normalised", column.name)))
    });
    let arrays = arrays.collect::<Result<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    RecordBatch::try_new_with_options(arrow_schema(columns), arrays, &options).map_err(internal)
}
