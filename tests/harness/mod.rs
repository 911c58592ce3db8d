//! Starts the built program on copies of the example, with a temporary storage.

pub(crate) mod s3;
pub(crate) mod site;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) const DATASETS: [&str; 13] = [
    "boenheter",
    "boligstatistikk",
    "kommunale-boliger",
    "kommuneendringer",
    "kommuner",
    "moetesaker",
    "postjournal",
    "postjournal-noark",
    "postnummer",
    "postnummerendringer",
    "reguleringsplan",
    "saksmapper",
    "valgresultat",
];

/// A copy of the example publisher with a storage of its own.
pub(crate) struct Sandbox {
    folder: TempDir,
    storage: String,
}

/// What a finished command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
    /// The command says one object a line.
    lines: bool,
}

impl Said {
    /// Standard output as JSON; a list where a command says one object a line.
    pub(crate) fn json(&self) -> Value {
        if self.lines {
            return self.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect();
        }
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {} {}", self.out, self.err))
    }
}

impl Sandbox {
    /// The example with only some of its datasets.
    pub(crate) fn with(datasets: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/example");
        copy(&example, folder.path());
        for name in DATASETS {
            if !datasets.contains(&name) {
                fs::remove_file(folder.path().join(format!("datasets/{name}.toml"))).unwrap();
            }
        }
        let storage = folder.path().join("storage").to_string_lossy().into_owned();
        Self { folder, storage }
    }

    /// The whole example.
    pub(crate) fn example() -> Self {
        Self::with(&DATASETS)
    }

    /// The same folder with another storage.
    pub(crate) fn stored_at(mut self, url: &str) -> Self {
        url.clone_into(&mut self.storage);
        self
    }

    pub(crate) fn path(&self, inner: &str) -> PathBuf {
        self.folder.path().join(inner)
    }

    pub(crate) fn read(&self, inner: &str) -> Vec<u8> {
        fs::read(self.path(inner)).unwrap()
    }

    pub(crate) fn write(&self, inner: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(inner);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Replaces a piece of a configuration file, which must be there.
    pub(crate) fn edit(&self, inner: &str, from: &str, to: &str) {
        let text = String::from_utf8(self.read(inner)).unwrap();
        assert!(text.contains(from), "{inner} has no {from:?}:\n{text}");
        self.write(inner, text.replacen(from, to, 1));
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        self.command_by(&[], words)
    }

    /// The program, started by another one.
    pub(crate) fn command_by(&self, starter: &[&str], words: &[&str]) -> Command {
        let all: Vec<&str> = starter.iter().copied().chain([env!("CARGO_BIN_EXE_allmenning")]).collect();
        let mut command = Command::new(all[0]);
        command.args(&all[1..]).args(words).arg("--config").arg(self.folder.path()).args(["--storage", &self.storage]);
        command.stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Said {
        self.run_by(&[], words)
    }

    pub(crate) fn run_by(&self, starter: &[&str], words: &[&str]) -> Said {
        let Output { status, stdout, stderr } = self.command_by(starter, words).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said {
            code: status.code().unwrap_or(-1),
            out: text(stdout),
            err: text(stderr),
            lines: words.first() == Some(&"run"),
        }
    }

    /// The record of one dataset's run.
    pub(crate) fn run_one(&self, dataset: &str) -> Value {
        self.run(&["run", dataset, "--json"]).json()[0].clone()
    }

    /// Starts the server and waits until it is ready.
    pub(crate) fn serve(&self, words: &[&str]) -> Server {
        self.serve_by(&[], words)
    }

    /// Starts a server that ends, and takes its folder away, when this process does: for one that many tests share.
    pub(crate) fn serve_for_all(self, words: &[&str]) -> Server {
        let script = "\"$@\" & pid=$!; cat >/dev/null; kill \"$pid\"; wait; rm -rf \"$ALLMENNING_TEST_FOLDER\"";
        let server = self.serve_by(&["sh", "-c", script, "sh"], words);
        // What a shell removes must not go before.
        let _ = self.folder.keep();
        server
    }

    fn serve_by(&self, starter: &[&str], words: &[&str]) -> Server {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let base = format!("http://{address}/");
        let mut all = vec!["serve", "--listen", &address];
        if !words.contains(&"--base-url") {
            all.extend(["--base-url", &base]);
        }
        all.extend(words);
        let mut command = self.command_by(starter, &all);
        if !starter.is_empty() {
            command.stdin(Stdio::piped()).env("ALLMENNING_TEST_FOLDER", self.folder.path());
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(first.contains("listening"), "{first}");
        let server = Server { child, base: format!("http://{address}") };
        server.wait_for("/health/ready");
        server
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_name() == "data-store" {
            continue;
        }
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).map(drop).unwrap();
        }
    }
}

/// A running server; ended with this value.
pub(crate) struct Server {
    child: Child,
    pub(crate) base: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer read to its end.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

impl Server {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the process to end by itself.
    pub(crate) fn ended(mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.try_ask(method, path, headers).unwrap()
    }

    fn try_ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> reqwest::Result<Answer> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
            let mut request = client.request(method.parse().unwrap(), format!("{}{path}", self.base));
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let answer = request.timeout(Duration::from_secs(30)).send().await?;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            Ok(Answer { status, headers, body: answer.bytes().await?.to_vec() })
        })
    }

    /// Waits until a path answers 200.
    pub(crate) fn wait_for(&self, path: &str) {
        wait_until(&format!("{path} answers"), || {
            self.try_ask("GET", path, &[]).is_ok_and(|answer| answer.status == 200)
        });
    }
}

/// Says why a test proves nothing here. Past the test harness, which keeps what `eprintln!` writes to itself.
pub(crate) fn skipped(why: &str) {
    let _ = std::io::stderr().write_all(format!("skipped: {why}\n").as_bytes());
}

/// Waits for at most a minute until something is so.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_mins(1), "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
