//! A server behind TLS whose certificate an authority of the tests' own has signed.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A TLS server that answers everything with 404; gives its port.
pub async fn tls_server() -> u16 {
    let leaf = CertificateDer::from_pem_slice(include_bytes!("../certificates/leaf.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../certificates/leaf.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let _read = stream.read(&mut [0_u8; 8192]).await;
                let _written = stream.write_all(b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n").await;
            });
        }
    });
    port
}
