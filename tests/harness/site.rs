//! A small web site that answers as it is told: a source of files, and of everything that goes wrong on the way.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// What every request is answered with.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A file.
    File(Vec<u8>),
    /// The head of a file and half of its body; then the connection is closed.
    Half(Vec<u8>),
    /// A status without a file.
    Status(u16),
    /// A file, as soon as the crowd is there and nobody else has come for a while.
    Crowded(Arc<Crowd>, Vec<u8>),
    /// Nothing, for as long as the client waits.
    Silence,
}

/// Counts who waits for an answer at the same time, over several sites.
#[derive(Debug)]
pub(crate) struct Crowd {
    enough: usize,
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Crowd {
    /// A crowd of so many.
    pub(crate) fn of(enough: usize) -> Self {
        Self { enough, now: AtomicUsize::new(0), most: AtomicUsize::new(0) }
    }

    /// The most that ever waited at once.
    pub(crate) fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    /// Waits until there were enough at once, or nobody comes any more; then for one who is too many.
    fn wait(&self) {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let start = Instant::now();
        while self.most() < self.enough && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(300));
        self.now.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A running site; it ends with the test's process.
pub(crate) struct Site {
    pub(crate) url: String,
    reply: Arc<Mutex<Reply>>,
    requests: Arc<AtomicUsize>,
}

impl Site {
    /// Starts one on a free loopback port.
    pub(crate) fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/fil.csv", listener.local_addr().unwrap());
        let (reply, requests) = (Arc::new(Mutex::new(reply)), Arc::new(AtomicUsize::new(0)));
        let (shown, count) = (Arc::clone(&reply), Arc::clone(&requests));
        std::thread::spawn(move || {
            let mut silent = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                read_head(&mut stream);
                count.fetch_add(1, Ordering::SeqCst);
                let reply = shown.lock().unwrap().clone();
                // A client that went away is no concern of the site's.
                let _ = answer(&mut stream, &reply);
                if matches!(reply, Reply::Silence) {
                    silent.push(stream);
                }
            }
        });
        Self { url, reply, requests }
    }

    /// Answers otherwise from now on.
    pub(crate) fn set(&self, reply: Reply) {
        *self.reply.lock().unwrap() = reply;
    }

    /// Requests so far.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// The declaration of this site as a source.
    pub(crate) fn source(&self, timeout_seconds: u32) -> String {
        let url = &self.url;
        format!(
            "source = {{ kind = \"http\", url = \"{url}\", allow_private_network = true, attempts = 2, timeout_seconds = {timeout_seconds} }}"
        )
    }
}

fn read_head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
        head.push(byte[0]);
    }
}

fn answer(stream: &mut TcpStream, reply: &Reply) -> std::io::Result<()> {
    let ok = |body: &[u8]| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    match reply {
        Reply::File(body) => stream.write_all(&[ok(body).as_bytes(), body].concat()),
        Reply::Crowded(crowd, body) => {
            crowd.wait();
            stream.write_all(&[ok(body).as_bytes(), body].concat())
        }
        Reply::Half(body) => stream.write_all(&[ok(body).as_bytes(), &body[..body.len() / 2]].concat()),
        Reply::Status(status) => {
            let head = format!("HTTP/1.1 {status} Status\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(head.as_bytes())
        }
        Reply::Silence => Ok(()),
    }
}
