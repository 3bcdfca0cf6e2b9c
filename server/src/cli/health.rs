//! `healthcheck`: for containers, without another program in the image.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{Done, Failed, output};
use crate::config::Config;

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn check(config: &Config) -> Result<Done, Failed> {
    let address = reachable(config.http.listen);
    let failed = |text: String| Failed::one(format!("{address}: {text}"));
    let answer = timeout(PATIENCE, ask(address)).await;
    let head = answer.map_err(|_| failed("no answer in 3 seconds".to_owned()))?;
    let head = head.map_err(|error| failed(error.to_string()))?;
    if head.starts_with("HTTP/1.1 200") || head.starts_with("HTTP/1.0 200") {
        output::print("healthy\n")
    } else {
        Err(failed(format!("answered {}", head.lines().next().unwrap_or("nothing").escape_debug())))
    }
}

/// A server that listens everywhere is asked on this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    stream.take(1024).read_to_end(&mut head).await?;
    Ok(String::from_utf8_lossy(&head).into_owned())
}
