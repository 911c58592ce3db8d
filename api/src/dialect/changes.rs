//! `/d/{dataset}/changes`: what changed since a version, row by row. Every page of one walk leads to the version that
//! was the newest when the walk began.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        Method, StatusCode,
        header::{self, HeaderName},
    },
    web,
};
use arrow::ipc::writer::StreamWriter;
use catalog::{
    Entry, Sha256,
    encode::json_lines,
    history::{Gap, Step, steps},
    table::write_batches,
    version::{Manifest, VersionNumber},
};
use config::FileFormat;
use serde_json::json;

use crate::{
    asked::Asked,
    error::Problem,
    lookup, negotiate,
    query::{Diffs, Feed, FeedPage, Form, Params, Place},
    state::State,
};

/// The forms of a page, the default first.
const FORMS: [Form; 4] = [Form::Json, Form::Text(FileFormat::Ndjson), Form::Parquet, Form::Arrow];
/// Parameters of a question.
const PARAMETERS: [&str; 5] = ["since", "rows", "limit", "cursor", "format"];
/// Entries of a page if no limit is given.
const DEFAULT_LIMIT: u64 = 1000;
/// A page in the middle of a walk never changes, but what it tells of can be withdrawn.
const PINNED: &str = "public, max-age=300";
/// The beginning of a walk must be asked for again; mostly that is a 304.
const CURRENT: &str = "public, no-cache";

/// Registers the routes of this dialect.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.app_data(web::Data::new(Diffs::default()))
        .service(web::resource("/d/{dataset}/changes").route(web::get().to(changes)))
        .service(
            web::resource("/d/{dataset}/changes.{extension:json|ndjson|parquet|arrow}")
                .route(web::get().to(changes_as)),
        );
}

type Sources = (web::Data<State>, web::Data<Diffs>);

async fn changes(
    state: web::Data<State>,
    diffs: web::Data<Diffs>,
    request: HttpRequest,
    dataset: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let params = Params::read(request.query_string())?;
    let form = params.plain("format").map_or_else(|| accepted(&request), named)?;
    answer((state, diffs), &request, &dataset, (params, form)).await
}

async fn changes_as(
    state: web::Data<State>,
    diffs: web::Data<Diffs>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (dataset, extension) = path.into_inner();
    let params = Params::read(request.query_string())?;
    if params.plain("format").is_some_and(|format| format != extension) {
        return Err(Problem::bad_request("api-format", "The address names two formats.").hint("Leave out 'format'."));
    }
    let form = named(&extension)?;
    answer((state, diffs), &request, &dataset, (params, form)).await
}

fn accepted(request: &HttpRequest) -> Result<Form, Problem> {
    let offers = FORMS.map(|form| (form.media_type(), form));
    negotiate::media_type(&negotiate::accept(request), &offers)
        .ok_or_else(|| Problem::not_acceptable(&offers.map(|(name, _)| name)))
}

fn named(name: &str) -> Result<Form, Problem> {
    FORMS.into_iter().find(|form| form.extension() == name).ok_or_else(|| {
        let names = FORMS.map(Form::extension).join(", ");
        Problem::bad_request("api-format", format!("There is no format '{name}'.")).hint(format!("Formats: {names}."))
    })
}

/// A question that was checked, before it is run.
struct Question<'a> {
    until: &'a Manifest,
    since: Option<VersionNumber>,
    steps: Vec<Step>,
    /// The step to begin with, by index, and the entries of it to pass over.
    from: (usize, u64),
    rows: bool,
    limit: u64,
    form: Form,
    params: Params,
    /// The question in one spelling, without the cursor.
    text: String,
    etag: String,
}

async fn answer(
    (state, diffs): Sources,
    request: &HttpRequest,
    dataset: &str,
    (params, form): (Params, Form),
) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let entry = lookup::open_entry(&snapshot, dataset)?;
    let question = question(entry, params, form, u64::from(state.config.server.max_page_rows))?;
    let seen = request.headers().get(header::IF_NONE_MATCH).and_then(|list| list.to_str().ok());
    if seen.is_some_and(|list| negotiate::lists_etag(list, &question.etag, true)) {
        let mut unchanged = HttpResponse::NotModified();
        describe(&mut unchanged, request, &question);
        return Ok(unchanged.finish());
    }
    let mut response = HttpResponse::Ok();
    describe(&mut response, request, &question);
    response.content_type(form.media_type());
    if matches!(form, Form::Parquet | Form::Arrow) {
        let name = format!("{dataset}-changes-v{}.{}", question.until.number, form.extension());
        response.insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
    }
    if request.extensions().get::<Asked>().is_some_and(|asked| asked.method == Method::HEAD) {
        return Ok(response.finish());
    }
    let store = state.catalog.store();
    let feed = Feed { store, tables: &state.tables, diffs: &diffs, entry, until: question.until, rows: question.rows };
    let page = feed.page(&question.steps, question.from, question.limit).await?;
    let address = format!("{}{}", state.base(), request.path().trim_start_matches('/'));
    send(response, &question, (&feed, page), &address).await
}

fn question(entry: &Entry, params: Params, form: Form, max: u64) -> Result<Question<'_>, Problem> {
    params.only(&PARAMETERS)?;
    let newest = lookup::current(entry)?;
    let since = since(params.plain("since"), newest.number)?;
    let rows = match params.plain("rows") {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => {
            return Err(Problem::bad_request("api-parameter", format!("'{other}' is neither true nor false."))
                .hint("Ask with rows=true, or leave it out."));
        }
    };
    let text = format!("changes {} {since:?} {rows}", entry.dataset.id);
    let place = params.plain("cursor").map(|cursor| Place::parse(cursor, &text)).transpose()?;
    let until = place.map_or(newest.number, |place| place.until);
    let steps = steps(entry, since, until).map_err(|gap| gone(entry, gap, place))?;
    let from = match place {
        None => (0, 0),
        Some(place) => {
            let at = steps.iter().position(|step| place.is_at(step));
            (at.ok_or_else(|| gone(entry, Gap::Withdrawn(place.to), Some(place)))?, place.offset)
        }
    };
    let until = entry.versions.get(&until).ok_or_else(|| gone(entry, Gap::Withdrawn(until), place))?;
    let limit = params.limit(Some(max))?.unwrap_or(DEFAULT_LIMIT.min(max));
    let identity = format!("{text} {form:?} {limit} {from:?} {steps:?} {} {}", until.number, env!("CARGO_PKG_VERSION"));
    let etag = format!("\"{}\"", Sha256::of(identity.as_bytes()));
    Ok(Question { until, since, steps, from, rows, limit, form, params, text, etag })
}

/// The version that the follower has; `None` if nothing.
fn since(text: Option<&str>, newest: VersionNumber) -> Result<Option<VersionNumber>, Problem> {
    let number = match text {
        None | Some("" | "0") => return Ok(None),
        Some("latest") => return Ok(Some(newest)),
        Some(text) => text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten(),
    };
    number.map(VersionNumber).map(Some).ok_or_else(|| {
        Problem::bad_request("api-parameter", "'since' is not the number of a version.")
            .hint("Give the number of the version you have, 'latest', or leave it out to begin from nothing.")
    })
}

/// There is no way on: why, and where to begin again.
fn gone(entry: &Entry, gap: Gap, place: Option<Place>) -> Problem {
    let address = format!("/d/{}/changes", entry.dataset.id);
    if gap == Gap::NoKey {
        return Problem::new(StatusCode::CONFLICT, "api-changes-no-key", format!("No changes: {gap}."))
            .hint(format!("Compare the files of the versions yourself; see /d/{}.", entry.dataset.id));
    }
    // A step that was half read can be told again only if it is still there.
    let whole = place.filter(|place| place.offset == 0).and_then(|place| place.from);
    let hint = match whole.filter(|from| entry.known(*from).is_some()) {
        Some(from) => format!("Go on with {address}?since={from}."),
        None => format!("Forget what you have and begin again without 'since': {address}."),
    };
    Problem::new(StatusCode::GONE, "api-changes-gone", format!("The changes cannot be told: {gap}.")).hint(hint)
}

/// The headers that 200 and 304 share.
fn describe(response: &mut HttpResponseBuilder, request: &HttpRequest, question: &Question<'_>) {
    let pinned = question.params.plain("cursor").is_some();
    response
        .insert_header((header::ETAG, question.etag.clone()))
        .insert_header((header::CACHE_CONTROL, if pinned { PINNED } else { CURRENT }))
        .insert_header((HeaderName::from_static("x-allmenning-version"), question.until.number.to_string()));
    if request.match_info().get("extension").is_none() {
        response.insert_header((header::VARY, "Accept"));
    }
}

async fn send(
    mut response: HttpResponseBuilder,
    question: &Question<'_>,
    (feed, page): (&Feed<'_>, FeedPage),
    address: &str,
) -> Result<HttpResponse, Problem> {
    let next = page.next.and_then(|(step, offset)| {
        let step = question.steps.get(step)?;
        let place = Place { until: question.until.number, from: step.from, to: step.to, offset };
        Some(question.params.with_cursor(address, &place.seal(&question.text)))
    });
    let poll = poll(question, address);
    let link = match &next {
        Some(next) => format!("<{next}>; rel=\"next\""),
        None => format!("<{poll}>; rel=\"monitor\""),
    };
    response.insert_header((header::LINK, link));
    match question.form {
        Form::Parquet => Ok(response.body(parquet(feed, page).await?)),
        Form::Arrow => Ok(response.body(arrow_stream(feed, &page)?)),
        form => {
            let mut lines = Vec::new();
            for batch in &page.batches {
                json_lines(batch, &question.until.columns, &mut lines)?;
            }
            let body = if form == Form::Json { document(question, (&lines, next), &poll) } else { lines };
            Ok(response.body(body))
        }
    }
}

/// Where to ask for what comes later.
fn poll(question: &Question<'_>, address: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("since", &question.until.number.to_string());
    for name in ["rows", "limit", "format"] {
        if let Some(value) = question.params.plain(name) {
            query.append_pair(name, value);
        }
    }
    format!("{address}?{}", query.finish())
}

fn document(question: &Question<'_>, (lines, next): (&[u8], Option<String>), poll: &str) -> Vec<u8> {
    let (dataset, version) = (&question.until.dataset, question.until.number);
    let since = json!(question.since.map(|since| since.0));
    let mut document =
        format!("{{\"dataset\":\"{dataset}\",\"since\":{since},\"version\":{version},\"changes\":[\n").into_bytes();
    // One object a line becomes a list: JSON texts hold no line feeds.
    let lines: Vec<&[u8]> = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    document.extend(lines.join(&b",\n"[..]));
    document.extend(format!("\n],\"next\":{},\"later\":{}}}\n", json!(next), json!(poll)).into_bytes());
    document
}

fn arrow_stream(feed: &Feed<'_>, page: &FeedPage) -> Result<Vec<u8>, Problem> {
    let mut writer = StreamWriter::try_new(Vec::new(), &feed.schema()).map_err(Problem::internal)?;
    for batch in &page.batches {
        writer.write(batch).map_err(Problem::internal)?;
    }
    writer.into_inner().map_err(Problem::internal)
}

async fn parquet(feed: &Feed<'_>, page: FeedPage) -> Result<Vec<u8>, Problem> {
    let schema = feed.schema();
    // Compression keeps a thread busy, and this one serves other requests too.
    let job = move || -> catalog::Result<Vec<u8>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("changes.parquet");
        write_batches(&path, &schema, &page.batches)?;
        Ok(std::fs::read(&path)?)
    };
    Ok(tokio::task::spawn_blocking(job).await.map_err(Problem::internal)??)
}
