//! The worker's side: reads the catalogue once and then queries, answers one at a time. Ends when the server is gone,
//! even in the middle of a query.

use std::{
    io::{self, Read, Write},
    process::ExitCode,
    sync::mpsc,
    thread,
};

use catalog::graph::{Graph, QueryError};
use rlimit::Resource;

use super::wire::{self, Reply, Request, Settings};

/// Stack of the thread that parses and evaluates, in bytes: deep enough for everything that the token limits let
/// through.
pub const STACK_BYTES: usize = 256 << 20;

/// Where pages are larger, less is added than is mapped.
const SMALLEST_PAGE: u64 = 4096;

/// What the coordinating thread waits for.
enum Event {
    /// A frame from the server.
    Frame(Vec<u8>),
    /// The server is gone.
    Gone,
    /// The evaluator has something to say.
    Reply(Reply, Option<Vec<u8>>),
}

/// Runs a worker on standard input and output until the server is gone.
pub fn worker_main() -> ExitCode {
    match run(io::stdin(), &mut io::stdout().lock(), bound) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// The whole life of a worker; `bound` puts the limits into force.
fn run(
    mut input: impl Read + Send + 'static,
    output: &mut impl Write,
    bound: fn(&Settings) -> io::Result<()>,
) -> io::Result<()> {
    let Some(settings) = wire::read(&mut input)? else { return Ok(()) };
    let settings: Settings = serde_json::from_slice(&settings)?;
    bound(&settings)?;
    let (events, inbox) = mpsc::channel();
    let (jobs, work) = mpsc::channel();
    let replies = events.clone();
    thread::Builder::new()
        .name("sparql".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || evaluate(&work, &replies, settings.answer_bytes))?;
    thread::Builder::new().name("input".to_owned()).spawn(move || pump(&mut input, &events))?;
    coordinate(&inbox, &jobs, output)
}

/// Passes frames one way and replies the other until the server is gone. Does not wait for the evaluator then: the
/// end of the process ends it.
fn coordinate(inbox: &mpsc::Receiver<Event>, jobs: &mpsc::Sender<Vec<u8>>, output: &mut impl Write) -> io::Result<()> {
    for event in inbox {
        match event {
            Event::Gone => return Ok(()),
            Event::Frame(bytes) => jobs.send(bytes).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?,
            Event::Reply(reply, body) => {
                wire::write(output, &serde_json::to_vec(&reply)?)?;
                if let Some(body) = body {
                    wire::write(output, &body)?;
                }
            }
        }
    }
    Ok(())
}

fn pump(input: &mut impl Read, events: &mpsc::Sender<Event>) {
    while let Ok(Some(frame)) = wire::read(input) {
        if events.send(Event::Frame(frame)).is_err() {
            return;
        }
    }
    // Nobody listens any more where this fails.
    let _ = events.send(Event::Gone);
}

/// The first job is the catalogue, the others are queries.
fn evaluate(work: &mpsc::Receiver<Vec<u8>>, replies: &mpsc::Sender<Event>, answer_bytes: u64) {
    let Ok(quads) = work.recv() else { return };
    let graph = match load(&quads) {
        Ok(graph) => graph,
        Err(error) => {
            let _ = replies.send(reply(Err(error)));
            return;
        }
    };
    drop(quads);
    let mut next = Event::Reply(Reply::Ready, None);
    while replies.send(next).is_ok() {
        let Ok(job) = work.recv() else { return };
        next = reply(answer(&graph, &job, answer_bytes));
    }
}

fn load(quads: &[u8]) -> Result<Graph, QueryError> {
    let graph = Graph::from_nquads(quads).map_err(|error| QueryError::Evaluation(error.to_string()))?;
    graph.warm()?;
    Ok(graph)
}

fn answer(graph: &Graph, job: &[u8], answer_bytes: u64) -> Result<catalog::graph::QueryAnswer, QueryError> {
    let request: Request = serde_json::from_slice(job).map_err(|error| QueryError::Evaluation(error.to_string()))?;
    graph.query(&request.text, request.format(), answer_bytes)
}

fn reply(result: Result<catalog::graph::QueryAnswer, QueryError>) -> Event {
    let (reply, body) = Reply::of(result);
    Event::Reply(reply, body)
}

/// Puts the limits into force; nothing raises them again. The stack and the program itself come on top of the memory
/// allowed: they are mapped, hardly used.
fn bound(settings: &Settings) -> io::Result<()> {
    let memory = settings.memory_bytes.saturating_add(STACK_BYTES as u64).saturating_add(mapped());
    rlimit::setrlimit(Resource::AS, memory, memory)?;
    rlimit::setrlimit(Resource::CPU, settings.cpu_seconds, settings.cpu_seconds)?;
    rlimit::setrlimit(Resource::CORE, 0, 0)?;
    // No file is written and no further process started.
    rlimit::setrlimit(Resource::FSIZE, 0, 0)
}

/// Bytes that are mapped by now; 0 where the system does not tell (proc(5), `statm`).
fn mapped() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.as_deref().and_then(|pages| pages.split(' ').next()?.parse::<u64>().ok());
    pages.unwrap_or_default().saturating_mul(SMALLEST_PAGE)
}

#[cfg(test)]
mod tests {
    use catalog::graph::ResultFormat;

    use super::*;

    const QUADS: &[u8] = b"<http://d/a> <http://purl.org/dc/terms/title> \"Badeplasser\"@nb <http://d/a> .\n\
        <http://d/b> <http://purl.org/dc/terms/title> \"Boliger\"@nb <http://d/b> .\n";
    const SETTINGS: Settings = Settings { memory_bytes: 1 << 30, cpu_seconds: 60, answer_bytes: 1000 };

    /// Talks to a worker over real pipes; the answers to some queries.
    fn talk(queries: &[(&str, ResultFormat)]) -> Vec<(Reply, Option<String>)> {
        let (worker_in, mut to_worker) = io::pipe().unwrap();
        let (mut from_worker, mut worker_out) = io::pipe().unwrap();
        let worker = thread::spawn(move || run(worker_in, &mut worker_out, |_| Ok(())));
        wire::write(&mut to_worker, &serde_json::to_vec(&SETTINGS).unwrap()).unwrap();
        wire::write(&mut to_worker, QUADS).unwrap();
        let mut next = || wire::read(&mut from_worker).unwrap().unwrap();
        assert_eq!(serde_json::from_slice::<Reply>(&next()).unwrap(), Reply::Ready);
        let answers = queries.iter().map(|(text, format)| {
            wire::write(&mut to_worker, &serde_json::to_vec(&Request::new(text, *format)).unwrap()).unwrap();
            let reply: Reply = serde_json::from_slice(&next()).unwrap();
            let body = matches!(reply, Reply::Answer { .. }).then(|| String::from_utf8(next()).unwrap());
            (reply, body)
        });
        let answers = answers.collect();
        drop(to_worker);
        worker.join().unwrap().unwrap();
        answers
    }

    fn code(reply: &Reply) -> &str {
        match reply {
            Reply::Failed { code, .. } => code,
            _ => "",
        }
    }

    #[test]
    fn one_worker_answers_many_queries() {
        let count = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }";
        let answers = talk(&[
            (count, ResultFormat::Csv),
            ("not sparql", ResultFormat::Json),
            ("DELETE WHERE { ?s ?p ?o }", ResultFormat::Json),
            (count, ResultFormat::Csv),
            ("ASK { GRAPH <http://d/a> { <http://d/a> ?p ?o } }", ResultFormat::Json),
        ]);
        assert_eq!(answers[0].1.as_deref(), Some("n\r\n2\r\n"));
        assert_eq!(code(&answers[1].0), "sparql-syntax");
        assert_eq!(code(&answers[2].0), "sparql-update-refused");
        assert_eq!(answers[3], answers[0]);
        assert!(answers[4].1.as_deref().unwrap().contains("true"));
    }

    #[test]
    fn a_long_answer_is_an_error_and_not_cut() {
        let product = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }";
        let answers = talk(&[(product, ResultFormat::Json), ("ASK {}", ResultFormat::Csv)]);
        assert_eq!(code(&answers[0].0), "sparql-too-large");
        assert_eq!(answers[1].1.as_deref(), Some("true"));
    }

    #[test]
    fn everything_that_passes_the_token_limits_fits_the_stack() {
        let limits = config::SparqlLimits { max_query_bytes: 10_000, ..config::SparqlLimits::default() };
        let group = |n: usize| format!("SELECT * WHERE {}{}", "{".repeat(n), "}".repeat(n));
        let texts = [
            group(40),
            format!("ASK {{ FILTER(1{} > 0) }}", "+1".repeat(197)),
            format!("ASK {{ ?s <http://p>{} ?o }}", "/<http://p>".repeat(199)),
            format!("ASK {{ {{}}{} }}", " UNION {}".repeat(63)),
            format!("ASK {{ {} }}", "?s ?p ?o .".repeat(64)),
            format!("ASK {{ {} }}", "{?s ?p ?o}".repeat(64)),
        ];
        for text in &texts {
            assert!(super::super::check(text, &limits).is_ok(), "{text:.60}");
        }
        let queries: Vec<_> = texts.iter().map(|text| (text.as_str(), ResultFormat::Json)).collect();
        for (reply, _) in talk(&queries) {
            assert!(matches!(reply, Reply::Answer { .. }), "{reply:?}");
        }
    }

    #[test]
    fn a_worker_ends_with_the_server_even_in_the_middle_of_a_query() {
        let (worker_in, mut to_worker) = io::pipe().unwrap();
        let (_from_worker, mut worker_out) = io::pipe().unwrap();
        let worker = thread::spawn(move || run(worker_in, &mut worker_out, |_| Ok(())));
        wire::write(&mut to_worker, &serde_json::to_vec(&SETTINGS).unwrap()).unwrap();
        wire::write(&mut to_worker, QUADS).unwrap();
        let product = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n2 ?o . \
            ?p ?q ?r . ?s ?t ?u . ?v ?w ?x . ?y ?z ?aa . ?ab ?ac ?ad . ?ae ?af ?ag . ?ah ?ai ?aj . ?ak ?al ?am . \
            ?an ?ao ?ap . ?aq ?ar ?as . ?at ?au ?av . ?aw ?ax ?ay . ?az ?ba ?bb }";
        let request = serde_json::to_vec(&Request::new(product, ResultFormat::Json)).unwrap();
        wire::write(&mut to_worker, &request).unwrap();
        drop(to_worker);
        worker.join().unwrap().unwrap();
    }
}
