//! An HTTP/1.1 client that costs as little as possible: one connection, one request at a time, no copies.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// No answer takes longer, unless the server hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A kept-alive connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, in the connection's buffer.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    head: &'a str,
    body: &'a [u8],
}

impl Answer<'_> {
    /// Every value of a header, in order. `name` in lower case.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.head.lines().skip(1).filter_map(move |line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body as text. A chunked one still has its chunk sizes in it.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.body).into_owned()
    }

    /// For an error message: what came instead of what was wanted.
    #[must_use]
    pub fn unexpected(&self, what: &str) -> String {
        let body: String = self.text().chars().take(400).collect();
        format!(
            "{what} was answered with {}: {}{body}",
            self.status,
            self.headers("location").collect::<String>()
        )
    }
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// If nobody listens there.
    pub async fn open(address: SocketAddr) -> Result<Self, String> {
        let stream = TcpStream::connect(address)
            .await
            .map_err(|error| format!("cannot connect to {address}: {error}"))?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request made by [`get`] and reads the whole answer.
    ///
    /// # Errors
    /// If the connection breaks, the server hangs, or the answer is not HTTP/1.1.
    pub async fn send(&mut self, request: &[u8]) -> Result<Answer<'_>, String> {
        let exchange = tokio::time::timeout(PATIENCE, self.exchange(request)).await;
        let (status, head_end, body_end) =
            exchange.map_err(|_late| "the server does not answer".to_owned())??;
        let head = self.buffer.get(..head_end).unwrap_or_default();
        let head = std::str::from_utf8(head).map_err(|_| "an answer's head is not text".to_owned())?;
        Ok(Answer { status, head, body: self.buffer.get(head_end..body_end).unwrap_or_default() })
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<(u16, usize, usize), String> {
        self.buffer.clear();
        self.stream.write_all(request).await.map_err(|error| format!("cannot send: {error}"))?;
        let head_end = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            self.fill().await?;
        };
        let (status, length) = framing(self.buffer.get(..head_end).unwrap_or_default())?;
        loop {
            let body = self.buffer.get(head_end..).unwrap_or_default();
            let end = match length {
                Length::Known(length) => (body.len() >= length).then_some(length),
                Length::Chunked => chunked_end(body)?,
            };
            if let Some(end) = end {
                return Ok((status, head_end, head_end + end));
            }
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> Result<(), String> {
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) => Err("the server closed the connection in the middle of an answer".to_owned()),
            Ok(_) => Ok(()),
            Err(error) => Err(format!("cannot receive: {error}")),
        }
    }
}

/// A GET request as a browser sends it. `extra` holds further header lines, each with its line end.
#[must_use]
pub fn get(path: &str, host: SocketAddr, extra: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: bench\r\n{extra}\r\n").into_bytes()
}

enum Length {
    Known(usize),
    Chunked,
}

/// Status and how the body ends (RFC 9112 6.3).
fn framing(head: &[u8]) -> Result<(u16, Length), String> {
    let strange = || "an answer is not HTTP/1.1".to_owned();
    let head = std::str::from_utf8(head).map_err(|_| strange())?;
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).ok_or_else(strange)?;
    let status: u16 = status.parse().map_err(|_| strange())?;
    if status == 204 || status == 304 {
        return Ok((status, Length::Known(0)));
    }
    for line in head.lines().skip(1) {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-length") {
            return Ok((status, Length::Known(value.trim().parse().map_err(|_| strange())?)));
        }
        if name.eq_ignore_ascii_case("transfer-encoding") && value.trim().eq_ignore_ascii_case("chunked") {
            return Ok((status, Length::Chunked));
        }
    }
    Err("an answer has neither a length nor chunks".to_owned())
}

/// Where a chunked body ends, if all of it is there (RFC 9112 7.1; no trailers).
fn chunked_end(body: &[u8]) -> Result<Option<usize>, String> {
    let mut at = 0;
    loop {
        let rest = body.get(at..).unwrap_or_default();
        let Some(line) = rest.windows(2).position(|two| two == b"\r\n") else { return Ok(None) };
        let size = std::str::from_utf8(rest.get(..line).unwrap_or_default()).unwrap_or_default();
        let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)
            .map_err(|_| "an answer has a chunk without size".to_owned())?;
        at += line + 2 + size + 2;
        if at > body.len() {
            return Ok(None);
        }
        if size == 0 {
            return Ok(Some(at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunked_body_ends_with_its_empty_chunk() {
        assert_eq!(chunked_end(b"4\r\nabcd\r\n0\r\n\r\n"), Ok(Some(14)));
        assert_eq!(
            chunked_end(b"5\r\n0\r\n\r\n\r\n0\r\n\r\n"),
            Ok(Some(15)),
            "such an ending inside a chunk does not count"
        );
        assert_eq!(chunked_end(b"4\r\nabcd\r\n0\r\n"), Ok(None));
        assert_eq!(chunked_end(b"4\r\nab"), Ok(None));
        assert!(chunked_end(b"x\r\n").is_err());
    }

    #[tokio::test]
    async fn answers_are_read_whole_and_one_after_the_other() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 1024];
            for answer in [
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\nhi",
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nyes\r\n0\r\n\r\n",
            ] {
                let _read = stream.read(&mut buffer).await.unwrap();
                for piece in answer.as_bytes().chunks(7) {
                    stream.write_all(piece).await.unwrap();
                }
            }
        });
        let mut connection = Connection::open(address).await.unwrap();
        let first = connection.send(&get("/", address, "")).await.unwrap();
        assert_eq!((first.status, first.text().as_str()), (200, "hi"));
        assert_eq!(first.headers("set-cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert!(connection.send(&get("/", address, "")).await.unwrap().text().contains("yes"));
        assert!(connection.send(&get("/", address, "")).await.is_err(), "a closed connection is an error");
    }
}
