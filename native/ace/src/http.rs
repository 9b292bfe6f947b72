//! Requests to the metadata service of the pod.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::outcome::Fault;

/// An answer.
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The value of Content-Type.
    pub content_type: String,
    /// The body, whole.
    pub body: String,
}

/// The URL of the service, from the environment.
pub fn base() -> Result<String, Fault> {
    std::env::var("AC_METADATA_URL").map_err(|_| Fault::Wrong("AC_METADATA_URL is not set".into()))
}

/// Requests a resource below the URL of the service.
pub fn request(method: &str, path: &str, form: &str) -> Result<Answer, Fault> {
    request_at(&base()?, method, path, form)
}

/// Requests a resource below a URL.
pub fn request_at(url: &str, method: &str, path: &str, form: &str) -> Result<Answer, Fault> {
    let rest = url
        .strip_prefix("http://")
        .ok_or("AC_METADATA_URL is no http URL")?;
    let (address, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "{method} /{prefix}/acMetadata/v1{path} HTTP/1.0\r\nHost: {address}\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or("the service gave no answer")?;
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .unwrap_or_default()
        .parse()?;
    let content_type = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .map_or_else(String::new, |(_, value)| value.trim().to_owned());
    Ok(Answer {
        status,
        content_type,
        body: body.to_owned(),
    })
}
