//! A small S3 in memory, for tests of the storage protocol: conditional create, ranges, listing, and a hook that
//! sees every write before it is done. Not for anything but tests.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, mpsc},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, http::Method, rt, web};

/// Keys in one answer to a listing, as S3 has it.
const LISTED_AT_ONCE: usize = 1000;

/// Uploads in parts that are under way: parts by number, by the name of the upload.
type Uploads = Arc<Mutex<BTreeMap<String, BTreeMap<u32, Vec<u8>>>>>;
type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;
type Hook = Arc<dyn Fn(&str, When) + Send + Sync>;

/// When the hook is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    After,
}

/// A running S3.
pub(crate) struct S3 {
    pub(crate) endpoint: String,
    pub(crate) objects: Objects,
    handle: actix_web::dev::ServerHandle,
}

impl Drop for S3 {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

#[derive(Clone)]
struct State {
    objects: Objects,
    uploads: Uploads,
    hook: Hook,
}

impl S3 {
    /// Starts one on a free loopback port; `hook` is called around every PUT and every deletion.
    pub(crate) fn start(objects: Objects, hook: Hook) -> Self {
        let (send, receive) = mpsc::channel();
        let state = State { objects: Arc::clone(&objects), uploads: Arc::default(), hook };
        std::thread::spawn(move || {
            rt::System::new().block_on(async move {
                let app = move || {
                    App::new()
                        .app_data(web::Data::new(state.clone()))
                        .app_data(web::PayloadConfig::new(1 << 30))
                        .default_service(web::to(answer))
                };
                let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                send.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, handle) = receive.recv().unwrap();
        Self { endpoint: format!("http://{address}"), objects, handle }
    }

    /// The `[storage]` section that names this S3.
    pub(crate) fn settings(&self) -> String {
        format!(
            "\n[storage]\nurl = \"s3://test/root\"\n[storage.options]\nendpoint = \"{}\"\nregion = \"us-east-1\"\n\
             access_key_id = \"test\"\nsecret_access_key = \"test\"\nallow_http = \"true\"\n",
            self.endpoint
        )
    }
}

async fn answer(request: HttpRequest, body: web::Bytes, state: web::Data<State>) -> HttpResponse {
    let path = percent(request.path().trim_start_matches('/'));
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    let key = path.split_once('/').map_or("", |(_, key)| key).to_owned();
    match *request.method() {
        Method::GET if query.contains_key("list-type") => list(&state.objects, &query),
        Method::POST if query.contains_key("uploads") => begin(&state, &key),
        _ if query.contains_key("uploadId") => part(&state, &key, &query, (&request, &body)),
        Method::PUT if request.headers().contains_key("x-amz-copy-source") => copy(&state, &key, &request),
        Method::PUT => put(&state, &key, &body, request.headers().contains_key("if-none-match")),
        Method::GET | Method::HEAD => get(&state.objects, &key, &request),
        Method::POST if query.contains_key("delete") => delete(&state, &body),
        Method::DELETE => {
            remove(&state, &key);
            HttpResponse::NoContent().finish()
        }
        _ => HttpResponse::NotImplemented().finish(),
    }
}

fn percent(path: &str) -> String {
    url::form_urlencoded::parse(format!("k={}", path.replace('+', "%2B")).as_bytes()).next().unwrap().1.into_owned()
}

/// Begins an upload in parts.
fn begin(state: &State, key: &str) -> HttpResponse {
    let mut uploads = state.uploads.lock().unwrap();
    let name = format!("upload-{}", uploads.len());
    uploads.insert(name.clone(), BTreeMap::new());
    let root = "InitiateMultipartUploadResult";
    let body = format!("<{root}><Bucket>test</Bucket><Key>{key}</Key><UploadId>{name}</UploadId></{root}>");
    HttpResponse::Ok().content_type("application/xml").body(body)
}

/// A part of an upload, its end, or its abortion. Nothing is visible before the end.
fn part(
    state: &State,
    key: &str,
    query: &BTreeMap<String, String>,
    (request, body): (&HttpRequest, &[u8]),
) -> HttpResponse {
    let mut uploads = state.uploads.lock().unwrap();
    let Some(parts) = uploads.get_mut(&query["uploadId"]) else {
        return HttpResponse::NotFound().body("<Error><Code>NoSuchUpload</Code></Error>");
    };
    if *request.method() == Method::PUT {
        let number: u32 = query["partNumber"].parse().unwrap();
        parts.insert(number, body.to_vec());
        return HttpResponse::Ok().insert_header(("ETag", format!("\"{number}\""))).finish();
    }
    let whole: Vec<u8> = std::mem::take(parts).into_values().flatten().collect();
    drop(uploads);
    if *request.method() == Method::DELETE {
        return HttpResponse::NoContent().finish();
    }
    put(state, key, &whole, false);
    let root = "CompleteMultipartUploadResult";
    let body = format!("<{root}><Bucket>test</Bucket><Key>{key}</Key><ETag>\"e\"</ETag></{root}>");
    HttpResponse::Ok().content_type("application/xml").body(body)
}

fn put(state: &State, key: &str, body: &[u8], only_new: bool) -> HttpResponse {
    (state.hook)(key, When::Before);
    let mut objects = state.objects.lock().unwrap();
    if only_new && objects.contains_key(key) {
        return HttpResponse::PreconditionFailed().body("<Error><Code>PreconditionFailed</Code></Error>");
    }
    objects.insert(key.to_owned(), body.to_vec());
    drop(objects);
    (state.hook)(key, When::After);
    HttpResponse::Ok().insert_header(("ETag", "\"e\"")).finish()
}

fn get(objects: &Objects, key: &str, request: &HttpRequest) -> HttpResponse {
    let objects = objects.lock().unwrap();
    let Some(body) = objects.get(key) else {
        return HttpResponse::NotFound().body("<Error><Code>NoSuchKey</Code></Error>");
    };
    let length = body.len();
    let range = request.headers().get("range").and_then(|range| range.to_str().ok()).and_then(|range| {
        let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
        match (from.parse::<usize>(), to.parse::<usize>()) {
            (Ok(from), Ok(to)) => Some(from..(to + 1).min(length)),
            (Ok(from), Err(_)) => Some(from..length),
            (Err(_), Ok(last)) => Some(length.saturating_sub(last)..length),
            _ => None,
        }
    });
    let mut answer = if range.is_some() { HttpResponse::PartialContent() } else { HttpResponse::Ok() };
    answer.insert_header(("ETag", "\"e\"")).insert_header(("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"));
    if let Some(range) = &range {
        answer.insert_header(("Content-Range", format!("bytes {}-{}/{length}", range.start, range.end - 1)));
    }
    let part = body[range.unwrap_or(0..length)].to_vec();
    answer.body(part)
}

fn copy(state: &State, key: &str, request: &HttpRequest) -> HttpResponse {
    let source = percent(request.headers().get("x-amz-copy-source").unwrap().to_str().unwrap().trim_start_matches('/'));
    let source = source.split_once('/').map_or("", |(_, key)| key);
    let found = state.objects.lock().unwrap().get(source).cloned();
    let Some(body) = found else {
        return HttpResponse::NotFound().body("<Error><Code>NoSuchKey</Code></Error>");
    };
    put(state, key, &body, false);
    let body = "<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>";
    HttpResponse::Ok().content_type("application/xml").body(body)
}

fn remove(state: &State, key: &str) {
    (state.hook)(key, When::Before);
    state.objects.lock().unwrap().remove(key);
    (state.hook)(key, When::After);
}

/// The bulk form of deleting: keys in XML.
fn delete(state: &State, body: &[u8]) -> HttpResponse {
    let text = String::from_utf8_lossy(body);
    let mut answer = String::from("<DeleteResult>");
    for key in text.split("<Key>").skip(1).filter_map(|piece| piece.split("</Key>").next()) {
        remove(state, key);
        answer.push_str(&["<Deleted><Key>", key, "</Key></Deleted>"].concat());
    }
    HttpResponse::Ok().content_type("application/xml").body(answer + "</DeleteResult>")
}

fn list(objects: &Objects, query: &BTreeMap<String, String>) -> HttpResponse {
    let empty = String::new();
    let prefix = query.get("prefix").unwrap_or(&empty);
    let objects = objects.lock().unwrap();
    let after = query.get("continuation-token");
    let mut text = String::from("<ListBucketResult>");
    let mut last = None;
    let mut listed = 0;
    let mut folders = std::collections::BTreeSet::new();
    let inside = objects.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(prefix));
    for (key, body) in inside.skip_while(|(key, _)| after.is_some_and(|after| *key <= after)) {
        if listed == LISTED_AT_ONCE {
            break;
        }
        listed += 1;
        last = Some(key);
        if query.contains_key("delimiter")
            && let Some((folder, _)) = key[prefix.len()..].split_once('/')
        {
            folders.insert(format!("{prefix}{folder}/"));
            continue;
        }
        let size = body.len();
        let contents = format!(
            "<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>\"e\"</ETag>\
             <Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        );
        text.push_str(&contents);
    }
    let more = last.filter(|_| listed == LISTED_AT_ONCE);
    text.push_str(if more.is_some() { "<IsTruncated>true</IsTruncated>" } else { "<IsTruncated>false</IsTruncated>" });
    if let Some(last) = more {
        text.push_str(&["<NextContinuationToken>", last, "</NextContinuationToken>"].concat());
    }
    for folder in folders {
        text.push_str(&["<CommonPrefixes><Prefix>", &folder, "</Prefix></CommonPrefixes>"].concat());
    }
    HttpResponse::Ok().content_type("application/xml").body(text + "</ListBucketResult>")
}
