//! A server that answers by a script, one connection after the other.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// One answer of the script.
#[derive(Clone)]
pub(super) struct Reply {
    head: String,
    body: String,
    sent: usize,
    hang: bool,
    wait: Duration,
}

impl Reply {
    pub(super) fn ok(body: &str) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", body.len());
        Self { head, body: body.to_owned(), sent: usize::MAX, hang: false, wait: Duration::ZERO }
    }

    pub(super) fn chunked(body: &str) -> Self {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n".to_owned();
        let chunks: Vec<String> = body.chars().map(|part| format!("1\r\n{part}\r\n")).collect();
        Self { head, body: chunks.concat() + "0\r\n\r\n", sent: usize::MAX, hang: false, wait: Duration::ZERO }
    }

    pub(super) fn part(body: &str, range: &str) -> Self {
        let head = format!("HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\n", body.len());
        Self { head, body: body.to_owned(), sent: usize::MAX, hang: false, wait: Duration::ZERO }
            .with("Content-Range", range)
    }

    pub(super) fn status(status: &str) -> Self {
        let length = if status.starts_with("204") || status.starts_with("304") { "" } else { "Content-Length: 0\r\n" };
        Self {
            head: format!("HTTP/1.1 {status}\r\n{length}"),
            body: String::new(),
            sent: usize::MAX,
            hang: false,
            wait: Duration::ZERO,
        }
    }

    pub(super) fn redirect(status: u16, to: &str) -> Self {
        Self::status(&format!("{status} Moved")).with("Location", to)
    }

    /// Closes the connection without an answer.
    pub(super) fn close() -> Self {
        Self { head: String::new(), body: String::new(), sent: 0, hang: false, wait: Duration::ZERO }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.head = format!("{}{name}: {value}\r\n", self.head);
        self
    }

    pub(super) fn cut_after(mut self, bytes: usize) -> Self {
        self.sent = bytes;
        self
    }

    /// The answer begins late.
    pub(super) fn after(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    pub(super) fn hang_after(mut self, bytes: usize) -> Self {
        self.hang = true;
        self.cut_after(bytes)
    }

    async fn send(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        if self.head.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(self.wait).await;
        stream.write_all(format!("{}Connection: close\r\n\r\n", self.head).as_bytes()).await?;
        stream.write_all(&self.body.as_bytes()[..self.sent.min(self.body.len())]).await?;
        stream.flush().await?;
        if self.hang {
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
        stream.shutdown().await
    }
}

/// The server; it stops with the test's runtime.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) async fn start(script: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            for reply in script {
                let Ok((mut stream, _)) = listener.accept().await else { return };
                let request = read_head(&mut stream).await;
                seen.lock().unwrap().push(request);
                let _ = reply.send(&mut stream).await;
            }
        });
        Self { address, requests }
    }

    /// Heads of the requests so far.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte).await, Ok(1)) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}
