//! A relying party reduced to what the tests need: raw HTTP, one sign-in, and a look at the token.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use fake_idp::FakeIdp;
use p256::ecdsa::signature::Verifier as _;
use ring::digest;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::form_urlencoded::{Serializer, byte_serialize};

pub(crate) const CALLBACK: &str = "https://rp.example/callback";
pub(crate) const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0";
pub(crate) const NONCE: &str = "the-nonce";

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub(crate) async fn http(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut request = format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}

pub(crate) async fn get(url: &str) -> Answer {
    http("GET", url, &[], "").await
}

pub(crate) async fn discovery(idp: &FakeIdp) -> Value {
    get(&format!("{}.well-known/openid-configuration", idp.issuer())).await.json()
}

pub(crate) async fn jwks(idp: &FakeIdp) -> Vec<Value> {
    let document = discovery(idp).await;
    get(document["jwks_uri"].as_str().unwrap()).await.json()["keys"].as_array().unwrap().clone()
}

pub(crate) fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, VERIFIER.as_bytes()))
}

pub(crate) fn authorization_url(idp: &FakeIdp, more: &[(&str, &str)]) -> String {
    let query = Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", idp.client_id())
        .append_pair("redirect_uri", CALLBACK)
        .append_pair("scope", "openid profile")
        .append_pair("state", "the-state")
        .append_pair("nonce", NONCE)
        .append_pair("code_challenge", &challenge())
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(more)
        .finish();
    format!("{}authorize?{query}", idp.issuer())
}

pub(crate) fn code(idp: &FakeIdp) -> String {
    idp.authorize(&authorization_url(idp, &[])).field("code").unwrap()
}

pub(crate) fn basic(idp: &FakeIdp) -> String {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(idp.client_id()), encode(idp.client_secret()));
    format!("Basic {}", STANDARD.encode(pair))
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The honest form, with some fields replaced.
pub(crate) async fn exchange(idp: &FakeIdp, code: &str, replaced: &[(&str, &str)]) -> Answer {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    fields.retain(|(name, _)| !replaced.iter().any(|(other, _)| other == name));
    fields.extend_from_slice(replaced);
    post_token(idp, Some(&basic(idp)), &form(&fields)).await
}

pub(crate) async fn post_token(idp: &FakeIdp, authorization: Option<&str>, body: &str) -> Answer {
    let mut headers = vec![("Content-Type", "application/x-www-form-urlencoded")];
    headers.extend(authorization.map(|value| ("Authorization", value)));
    http("POST", &format!("{}token", idp.issuer()), &headers, body).await
}

pub(crate) async fn sign_in(idp: &FakeIdp) -> Value {
    let answer = exchange(idp, &code(idp), &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

pub(crate) struct Token {
    pub(crate) header: Value,
    pub(crate) payload: String,
    pub(crate) input: String,
    pub(crate) signature: Vec<u8>,
}

impl Token {
    pub(crate) fn read(compact: &str) -> Self {
        let parts: Vec<&str> = compact.split('.').collect();
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        Self {
            header: serde_json::from_slice(&decode(parts[0])).unwrap(),
            payload: String::from_utf8(decode(parts[1])).unwrap(),
            input: format!("{}.{}", parts[0], parts[1]),
            signature: decode(parts[2]),
        }
    }

    pub(crate) fn claims(&self) -> Value {
        serde_json::from_str(&self.payload).unwrap()
    }

    /// The key with the token's `kid`.
    pub(crate) fn key<'a>(&self, keys: &'a [Value]) -> Option<&'a Value> {
        keys.iter().find(|key| key["kid"] == self.header["kid"])
    }

    /// Whether the signature is good under that key; RS256 and ES256 only.
    pub(crate) fn verifies(&self, key: &Value) -> bool {
        let part = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
        match self.header["alg"].as_str() {
            Some("RS256") if key["kty"] == "RSA" => {
                let number = |name| rsa::BigUint::from_bytes_be(&part(name));
                let public = rsa::RsaPublicKey::new(number("n"), number("e")).unwrap();
                let prefix = [48, 49, 48, 13, 6, 9, 96, 134, 72, 1, 101, 3, 4, 2, 1, 5, 0, 4, 32];
                let sum = digest::digest(&digest::SHA256, self.input.as_bytes());
                let info = [&prefix, sum.as_ref()].concat();
                public.verify(rsa::Pkcs1v15Sign::new_unprefixed(), &info, &self.signature).is_ok()
            }
            Some("ES256") if key["crv"] == "P-256" => {
                let point = [vec![4], part("x"), part("y")].concat();
                let public = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).unwrap();
                let signature = p256::ecdsa::Signature::from_slice(&self.signature).unwrap();
                public.verify(self.input.as_bytes(), &signature).is_ok()
            }
            _ => false,
        }
    }
}
