//! What a catalogue of many datasets costs, as the docs say in `benches.md`: the graph, its documents, validation, search.
//!
//! Takes the folder of a storage in which the example was published, and the number of datasets, which are those of the
//! example again and again under other names.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench tells its figures, and may end at the first thing that is wrong"
)]

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Instant};

use catalog::{
    Catalog, Entry, Filters, Search, Store,
    graph::{Graph, RdfFormat},
    validation::{OutputProfile, Validator},
};
use config::{Config, DatasetId, Env, Language, Overrides};

/// How often a question is asked.
const ROUNDS: u32 = 200;
/// Words that make titles differ.
const PLACES: [&str; 12] = [
    "Nordbygda",
    "Sørbygda",
    "Elvemo",
    "Fjellheim",
    "Havneby",
    "Skogli",
    "Brattvik",
    "Sandnes",
    "Lillestrøm",
    "Myrvoll",
    "Åsgard",
    "Øvrebø",
];
const KINDS: [&str; 10] = [
    "Lekeplasser",
    "Skoler",
    "Badeplasser",
    "Byggesaker",
    "Barnehager",
    "Turstier",
    "Avfallsmengder",
    "Veglys",
    "Idrettsanlegg",
    "Luftmålinger",
];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with('-'));
    let storage = words.next().unwrap_or_else(|| "data/example".to_owned());
    let count: usize = words.next().map_or(10_000, |word| word.parse().unwrap());
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/example");
    let overrides = Overrides { storage: Some(storage), ..Overrides::default() };
    let config = Arc::new(config::load(&example, &overrides, &Env::process()).unwrap());
    let store = Store::open(&config.storage).unwrap();
    let catalog = Catalog::open(store, Arc::clone(&config)).await.unwrap();
    let datasets = many(&catalog.snapshot().datasets, count);
    println!("{} datasets, {} MiB before", datasets.len(), resident());
    graphs(&config, &datasets);
    searches(&datasets);
    println!("peak {} MiB", peak());
}

/// The datasets again and again, each with a name, a title and a description of its own.
fn many(datasets: &BTreeMap<DatasetId, Entry>, count: usize) -> BTreeMap<DatasetId, Entry> {
    let entries: Vec<&Entry> = datasets.values().collect();
    let one = |at: usize| {
        let mut entry = (*entries.get(at % entries.len()).unwrap()).clone();
        let place = PLACES.get(at % PLACES.len()).unwrap();
        let kind = KINDS.get(at / PLACES.len() % KINDS.len()).unwrap();
        let dataset = Arc::make_mut(&mut entry.dataset);
        dataset.id = format!("d{at}").parse().unwrap();
        dataset.file.title.nb = format!("{kind} i {place} {at}");
        dataset.file.description.nb = format!("{kind} i {place}. {}", dataset.file.description.nb);
        for manifest in entry.versions.values_mut() {
            Arc::make_mut(manifest).dataset = dataset.id.clone();
        }
        (dataset.id.clone(), entry)
    };
    (0..count).map(one).collect()
}

fn graphs(config: &Config, datasets: &BTreeMap<DatasetId, Entry>) {
    let graph = timed("build the graph", || Graph::build(config, datasets, None).unwrap());
    println!("    {} statements, {} MiB", graph.statements(), resident());
    let first: BTreeMap<DatasetId, Entry> =
        datasets.iter().take(1).map(|(id, entry)| (id.clone(), entry.clone())).collect();
    let mut changed = datasets.clone();
    if let Some(entry) = changed.values_mut().next() {
        Arc::make_mut(&mut entry.dataset).metadata_sha256.push('x');
    }
    timed("build it again where one dataset changed", || Graph::build(config, &changed, Some(&graph)).unwrap());
    drop(changed);
    timed("build the graph of one dataset", || Graph::build(config, &first, None).unwrap());
    for format in RdfFormat::ALL {
        let bytes = timed(&format!("write it as {}", format.extension()), || graph.catalogue(format).unwrap());
        println!("    {} MB", bytes.len() / 1_000_000);
    }
    let validator = timed("compile all shapes", || Validator::of(&OutputProfile::ALL).unwrap());
    let found = timed("validate it by all profiles", || graph.findings(&validator, config));
    println!("    {} findings, {} MiB", found.len(), resident());
    for profile in OutputProfile::ALL {
        let validator = Validator::of(&[profile]).unwrap();
        timed(&format!("validate it by {}", profile.name()), || graph.findings(&validator, config));
    }
}

fn searches(datasets: &BTreeMap<DatasetId, Entry>) {
    let search = timed("build the index", || Search::build(datasets.values()));
    println!("    {} MiB", resident());
    let questions = [
        "",
        "skole",
        "lekeplasser nordbygda",
        "bustad",
        "byggesak elvemo",
        "lekeplaser",
        "s",
        "postjournal tittel",
        "xyzzy",
    ];
    for question in questions {
        let start = cpu_seconds();
        let mut hits = 0;
        for _ in 0..ROUNDS {
            hits = search.ask(question, &Filters::default(), Language::Nb).hits.len();
        }
        let each = (cpu_seconds() - start) / f64::from(ROUNDS) * 1e3;
        println!("search '{question}': {each:.3} ms, {hits} hits");
    }
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (start, clock) = (cpu_seconds(), Instant::now());
    let made = work();
    println!("{what}: {:.3} CPU s, {:.3} s", cpu_seconds() - start, clock.elapsed().as_secs_f64());
    made
}

/// What this process has used, in seconds of CPU.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).map_or(0.0, |used| used / 1e9)
}

/// A line of the system's account of this process, in MiB.
fn memory(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or_default() / 1024
}

fn resident() -> u64 {
    memory("VmRSS")
}

fn peak() -> u64 {
    memory("VmHWM")
}
