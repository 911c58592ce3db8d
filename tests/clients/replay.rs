//! A small eInnsyn, API version 3, for tests: answers from rows in memory on a free loopback port, with faults on
//! demand. Written from what the API is known to do; not for anything but tests.

#![allow(dead_code, reason = "each of the test crates uses its part")]

use std::{
    collections::BTreeSet,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, mpsc},
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    body::{BodySize, MessageBody},
    rt, web,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Map, Value, json};

/// References that are answered as ids unless they are asked to be expanded.
const REFERENCES: [&str; 18] = [
    "journalenhet",
    "korrespondansepart",
    "dokumentbeskrivelse",
    "dokumentobjekt",
    "skjerming",
    "saksmappe",
    "administrativEnhetObjekt",
    "utvalgObjekt",
    "moetedokument",
    "moetesak",
    "moetemappe",
    "vedtak",
    "vedtakstekst",
    "votering",
    "moetedeltaker",
    "representerer",
    "innstilling",
    "utredning",
];

/// What goes wrong with one answer.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// A status with the body of the API's errors.
    Status(u16),
    /// 429, to be asked again after so many seconds.
    TooMany(u32),
    /// The answer takes its time.
    Slow(Duration),
    /// The connection breaks off in the middle of the body.
    Cut,
    /// A web page with status 200.
    Html,
    /// JSON that breaks off, though the body is whole.
    Malformed,
    /// A page with so many rows, though there are more.
    Short(usize),
    /// A page without rows, though there are more.
    Empty,
    /// The next page is this one.
    Circle,
    /// The next page has another address, but the same rows.
    SameRows,
    /// The next page is on another server.
    Elsewhere,
    /// The first row's id is a number.
    WrongId,
    /// Something happens before the answer is made.
    Meanwhile(fn(&mut World)),
}

/// A fault of one request, or of all from there on.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// Beginning of the path and query.
    pub(crate) on: &'static str,
    /// Which of the matching requests, from 1.
    pub(crate) nth: usize,
    /// How many of them.
    pub(crate) times: usize,
    pub(crate) kind: Kind,
}

impl Fault {
    /// One request of a search.
    pub(crate) fn on_search(nth: usize, kind: Kind) -> Self {
        Self { on: "/search", nth, times: 1, kind }
    }
}

/// What the server knows.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) units: Vec<Value>,
    pub(crate) rows: Vec<Value>,
    /// The server's clock; `None`: the machine's.
    pub(crate) now: Option<Timestamp>,
    /// Next pages are named by absolute addresses.
    pub(crate) absolute: bool,
    /// Shows what only the body itself may see, as with a key.
    pub(crate) shows_all: bool,
    /// By how much the statistics are wrong.
    pub(crate) miscount: i64,
    faults: Vec<(Fault, usize)>,
    /// Paths and queries of all requests.
    pub(crate) requests: Vec<String>,
    /// What went wrong with which of them, by its place.
    pub(crate) struck: Vec<(usize, String)>,
    base: String,
}

impl World {
    /// Some units and rows.
    pub(crate) fn new(units: Vec<Value>, rows: Vec<Value>) -> Self {
        Self {
            units,
            rows,
            now: None,
            absolute: false,
            shows_all: false,
            miscount: 0,
            faults: Vec::new(),
            requests: Vec::new(),
            struck: Vec::new(),
            base: String::new(),
        }
    }

    pub(crate) fn fault(&mut self, fault: Fault) {
        self.faults.push((fault, 0));
    }

    /// True if every fault happened.
    pub(crate) fn faults_are_spent(&self) -> bool {
        self.faults.iter().all(|(fault, seen)| *seen >= fault.nth)
    }

    pub(crate) fn forget_faults(&mut self) {
        self.faults.clear();
    }

    /// A row by its id.
    pub(crate) fn row(&mut self, id: &str) -> &mut Value {
        self.rows.iter_mut().find(|row| row["id"] == id).unwrap()
    }

    pub(crate) fn unit(&mut self, id: &str) -> &mut Value {
        self.units.iter_mut().find(|unit| unit["id"] == id).unwrap()
    }

    pub(crate) fn remove(&mut self, id: &str) {
        self.rows.retain(|row| row["id"] != id);
    }

    /// Ids of the rows of an entity that everybody may see.
    pub(crate) fn visible(&self, entity: &str) -> BTreeSet<String> {
        let rows = self.rows.iter().filter(|row| row["entity"] == entity && self.is_visible(row));
        rows.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }

    fn clock(&self) -> Timestamp {
        self.now.unwrap_or_else(Timestamp::now)
    }

    /// The fault of a request, if it has one.
    fn strike(&mut self, request: &str) -> Option<Kind> {
        let mut struck = None;
        for (fault, seen) in self.faults.iter_mut().filter(|(fault, _)| request.starts_with(fault.on)) {
            *seen += 1;
            if (fault.nth..fault.nth.saturating_add(fault.times)).contains(seen) && struck.is_none() {
                struck = Some(fault.kind.clone());
            }
        }
        struck
    }

    fn is_visible(&self, row: &Value) -> bool {
        let embargoed = time(&row["accessibleAfter"]).is_some_and(|until| until > self.clock());
        let hidden = self.chain(unit_of(row)).iter().any(|unit| unit["skjult"] == true);
        !embargoed && !hidden
    }

    /// A unit and all above it.
    fn chain(&self, id: &str) -> Vec<&Value> {
        let mut chain = Vec::new();
        let mut next = Some(id);
        while let Some(unit) = next.and_then(|id| self.units.iter().find(|unit| unit["id"] == id)) {
            chain.push(unit);
            next = unit["parent"].as_str();
        }
        chain
    }

    fn find(&self, id: &str) -> Option<&Value> {
        self.rows.iter().chain(&self.units).find(|row| row["id"] == id)
    }

    /// An object as it is answered: references as ids, or as objects where they are asked for.
    fn shown(&self, value: &Value, expand: &[String], path: &str) -> Value {
        let Value::Object(object) = value else { return value.clone() };
        let mut out = Map::new();
        for (name, value) in object {
            if name == "accessibleAfter" && time(value).is_none_or(|until| until <= self.clock()) {
                continue;
            }
            let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let wanted = expand.iter().any(|path| *path == inner || path.starts_with(&format!("{inner}.")));
            let one = |value: &Value| match value {
                Value::String(id) if wanted => {
                    self.find(id).map_or(value.clone(), |found| self.shown(found, expand, &inner))
                }
                Value::Object(_) if wanted => self.shown(value, expand, &inner),
                Value::Object(object) => object["id"].clone(),
                other => other.clone(),
            };
            let shown = match value {
                _ if !REFERENCES.contains(&name.as_str()) => value.clone(),
                Value::Array(items) => items.iter().map(one).collect(),
                value => one(value),
            };
            out.insert(name.clone(), shown);
        }
        Value::Object(out)
    }
}

fn unit_of(row: &Value) -> &str {
    let id = |value: &Value| value.as_str().map(str::to_owned).or(value["id"].as_str().map(str::to_owned));
    let found = ["administrativEnhetObjekt", "utvalgObjekt", "journalenhet"].into_iter();
    found
        .map(|name| &row[name])
        .find(|value| id(value).is_some())
        .map_or("", |value| value.as_str().or(value["id"].as_str()).unwrap())
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// The day in Norway of a date or a date with time.
fn day(value: &Value) -> Option<Date> {
    let text = value.as_str()?;
    let zone = TimeZone::get("Europe/Oslo").unwrap();
    text.parse::<Timestamp>().map(|time| time.to_zoned(zone).date()).or_else(|_| text.parse()).ok()
}

/// A running server.
pub(crate) struct Replay {
    pub(crate) base: String,
    world: Arc<Mutex<World>>,
    handle: actix_web::dev::ServerHandle,
}

impl Drop for Replay {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

impl Replay {
    /// Starts one.
    pub(crate) fn start(world: World) -> Self {
        let world = Arc::new(Mutex::new(world));
        let shared = web::Data::from(Arc::clone(&world));
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || {
            rt::System::new().block_on(async move {
                let app = move || App::new().app_data(shared.clone()).default_service(web::to(answer));
                let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                send.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, handle) = receive.recv().unwrap();
        let base = format!("http://{address}");
        world.lock().unwrap().base.clone_from(&base);
        Self { base, world, handle }
    }

    /// What the server knows, to be read or changed.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }
}

/// Parameters of a request.
struct Query(Vec<(String, String)>);

impl Query {
    fn all(&self, name: &str) -> Vec<String> {
        let values = self.0.iter().filter(|(other, _)| other == name).map(|(_, value)| value);
        values.flat_map(|value| value.split(',')).map(str::to_owned).collect()
    }

    fn one(&self, name: &str) -> Option<String> {
        self.all(name).pop()
    }

    /// The same address with another cursor.
    fn after(&self, path: &str, cursor: &[String]) -> String {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(self.0.iter().filter(|(name, _)| name != "startingAfter"));
        text.extend_pairs(cursor.iter().map(|value| ("startingAfter", value)));
        format!("{path}?{}", text.finish())
    }
}

async fn answer(request: HttpRequest, world: web::Data<Mutex<World>>) -> HttpResponse {
    let path = request.path().to_owned();
    let query = Query(url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect());
    let fault = {
        let mut world = world.lock().unwrap();
        world.requests.push(request.uri().to_string());
        let fault = world.strike(&request.uri().to_string());
        let place = world.requests.len() - 1;
        world.struck.extend(fault.iter().map(|kind| (place, format!("{kind:?}"))));
        if let Some(Kind::Meanwhile(happens)) = fault {
            happens(&mut world);
        }
        fault
    };
    if let Some(Kind::Slow(time)) = fault {
        rt::time::sleep(time).await;
    }
    let error = |status: u16| {
        let status = actix_web::http::StatusCode::from_u16(status).unwrap();
        HttpResponse::build(status)
    };
    match fault {
        Some(Kind::Status(status)) => {
            error(status).json(json!({ "type": "internalServerError", "message": "Elasticsearch error" }))
        }
        Some(Kind::TooMany(seconds)) => error(429)
            .insert_header(("Retry-After", seconds.to_string()))
            .json(json!({ "type": "tooManyRequests", "message": "Too many requests" })),
        Some(Kind::Cut) => HttpResponse::Ok().content_type("application/json").body(Cut(false)),
        Some(Kind::Html) => HttpResponse::Ok().content_type("text/html").body("<!DOCTYPE html><h1>Vedlikehold</h1>"),
        Some(Kind::Malformed) => HttpResponse::Ok().content_type("application/json").body("{\"items\": [\n{\"id\": "),
        fault => match world.lock().unwrap().body(&path, &query, fault.as_ref()) {
            Some(body) => HttpResponse::Ok().json(body),
            None => error(404).json(json!({ "type": "notFound", "message": "Not found" })),
        },
    }
}

impl World {
    fn body(&self, path: &str, query: &Query, fault: Option<&Kind>) -> Option<Value> {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        match segments[..] {
            ["search"] => Some(self.search(path, query, fault)),
            ["statistics"] => Some(self.statistics(query)),
            ["enhet"] => Some(self.units_by(query, path, fault)),
            ["enhet", id, "underenhet"] => {
                let units: Vec<&Value> = self.units.iter().filter(|unit| unit["parent"] == id).collect();
                Some(self.page(units, path, query, fault))
            }
            [_, id] => self.find(id).map(|row| self.shown(row, &query.all("expand"), "")),
            [entity] => {
                let ids = query.all("ids");
                let named = |row: &&Value| ids.is_empty() || ids.iter().any(|id| row["id"] == id.as_str());
                let rows = self.rows.iter().filter(|row| is_a(row, entity) && self.is_visible(row));
                Some(self.page(rows.filter(named).collect(), path, query, fault))
            }
            [parent, id, entity] => {
                let rows = self.rows.iter().filter(|row| is_a(row, entity) && self.is_visible(row));
                let rows = rows.filter(|row| row[parent] == id || row[parent]["id"] == id);
                Some(self.page(rows.collect(), path, query, fault))
            }
            _ => None,
        }
    }

    fn units_by(&self, query: &Query, path: &str, fault: Option<&Kind>) -> Value {
        let (numbers, ids) = (query.all("orgnummer"), query.all("ids"));
        let units = self.units.iter().filter(|unit| {
            let is = |list: &[String], name: &str| list.iter().any(|text| unit[name] == text.as_str());
            if ids.is_empty() { numbers.is_empty() || is(&numbers, "orgnummer") } else { is(&ids, "id") }
        });
        self.page(units.collect(), path, query, fault)
    }

    fn matching(&self, query: &Query) -> Vec<&Value> {
        let (entities, ids) = (query.all("entity"), query.all("ids"));
        let unit = query.one("administrativEnhet");
        let from = |name: &str| query.one(&format!("{name}From"));
        let updated = from("oppdatertDato").map(|text| text.parse::<Timestamp>().unwrap());
        let (journal, standard) = (from("journaldato"), from("standardDato"));
        let since = |from: &Option<String>, found: Option<Date>| {
            from.as_ref().is_none_or(|from| found >= from.parse().ok() && found.is_some())
        };
        let rows = self.rows.iter().filter(|row| self.shows_all || self.is_visible(row));
        let rows = rows.filter(|row| {
            let first = ["journaldato", "saksdato", "moetedato", "publisertDato"];
            entities.iter().any(|entity| row["entity"] == entity.as_str())
                && (ids.is_empty() || ids.iter().any(|id| row["id"] == id.as_str()))
                && unit.as_ref().is_none_or(|id| self.chain(unit_of(row)).iter().any(|unit| unit["id"] == id.as_str()))
                && updated.is_none_or(|from| time(&row["oppdatertDato"]).is_some_and(|at| at >= from))
                && since(&journal, day(&row["journaldato"]))
                && since(&standard, first.into_iter().find_map(|name| day(&row[name])))
        });
        rows.collect()
    }

    fn search(&self, path: &str, query: &Query, fault: Option<&Kind>) -> Value {
        let sort = query.one("sortBy").unwrap_or_default();
        let key = |row: &Value| -> (String, String) {
            let id = row["id"].as_str().unwrap().to_owned();
            // Missing values come last, as the largest number that the index knows.
            let millis = |name: &str| time(&row[name]).map_or(i64::MAX, Timestamp::as_millisecond);
            let value = if sort == "id" { id.clone() } else { millis(&sort).to_string() };
            (value, id)
        };
        let order = |(value, id): &(String, String)| (value.parse::<i64>().ok(), value.clone(), id.clone());
        let mut rows = self.matching(query);
        rows.sort_by_key(|row| order(&key(row)));
        if let [value, id] = &query.all("startingAfter")[..] {
            let after = order(&(value.clone(), id.clone()));
            rows.retain(|row| order(&key(row)) > after);
        }
        let cut = Self::cut(&mut rows, query, fault);
        let last = rows.last().map(|row| key(row)).map(|(value, id)| vec![value, id]);
        let next = cut.then(|| last.unwrap_or_else(|| query.all("startingAfter")));
        self.answer(&rows, next.as_deref(), (path, query), fault)
    }

    /// A list by id.
    fn page(&self, mut rows: Vec<&Value>, path: &str, query: &Query, fault: Option<&Kind>) -> Value {
        rows.sort_by_key(|row| row["id"].as_str().unwrap().to_owned());
        if let [id] = &query.all("startingAfter")[..] {
            rows.retain(|row| row["id"].as_str().unwrap() > id.as_str());
        }
        let cut = Self::cut(&mut rows, query, fault);
        let next = cut.then(|| rows.last().map(|row| vec![row["id"].as_str().unwrap().to_owned()]).unwrap_or_default());
        self.answer(&rows, next.as_deref(), (path, query), fault)
    }

    /// Cuts a page off; true if there is more.
    fn cut(rows: &mut Vec<&Value>, query: &Query, fault: Option<&Kind>) -> bool {
        let limit = query.one("limit").map_or(25, |limit| limit.parse::<usize>().unwrap());
        assert!((1..=100).contains(&limit), "the API refuses limit {limit}");
        let limit = match fault {
            Some(Kind::Empty) => 0,
            Some(Kind::Short(rows)) => *rows,
            _ => limit,
        };
        let more = rows.len() > limit;
        rows.truncate(limit);
        more
    }

    fn answer(
        &self,
        rows: &[&Value],
        next: Option<&[String]>,
        (path, query): (&str, &Query),
        fault: Option<&Kind>,
    ) -> Value {
        let expand = query.all("expand");
        let mut items: Vec<Value> = rows.iter().map(|row| self.shown(row, &expand, "")).collect();
        let here = query.after(path, &query.all("startingAfter"));
        let round = format!("{here}&round={}", self.requests.len());
        let mut next = next.map(|cursor| query.after(path, cursor));
        match fault {
            Some(Kind::WrongId) => items[0]["id"] = json!(4711),
            Some(Kind::Circle) => next = Some(here),
            Some(Kind::Elsewhere) => next = Some("http://127.0.0.2:9/search?x".to_owned()),
            Some(Kind::Empty | Kind::SameRows) => next = Some(round),
            _ => {}
        }
        let mut page = json!({ "items": items });
        if let Some(next) = next {
            let absolute = self.absolute && next.starts_with('/');
            page["next"] = if absolute { format!("{}{next}", self.base).into() } else { next.into() };
        }
        page
    }

    fn statistics(&self, query: &Query) -> Value {
        let bound = |name: &str| query.one(name).map(|day| day.parse::<Date>().unwrap());
        let (from, to) = (bound("aggregateFrom"), bound("aggregateTo"));
        let created = self.matching(query).into_iter().filter(|row| {
            let day = day(&row["publisertDato"]);
            day.is_some_and(|day| from.is_none_or(|from| day >= from) && to.is_none_or(|to| day <= to))
        });
        let count = i64::try_from(created.count()).unwrap() + self.miscount;
        json!({ "summary": { "createdCount": count, "downloadCount": 0 }, "timeSeries": [] })
    }
}

fn is_a(row: &Value, entity: &str) -> bool {
    row["entity"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(entity))
}

/// A body that is cut off after its beginning.
struct Cut(bool);

impl MessageBody for Cut {
    type Error = std::io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(4096)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<web::Bytes, std::io::Error>>> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionAborted.into())));
        }
        Poll::Ready(Some(Ok(web::Bytes::from_static(b"{\"items\": ["))))
    }
}
