//! S: the metadata service.

use crate::http::{Answer, base, request, request_at};
use crate::outcome::{Fault, Outcome, ensure, equal};

const TEXT: &str = "text/plain; charset=us-ascii";
const JSON: &str = "application/json";

/// S1.
pub fn token() -> Outcome {
    let url = base()?;
    let token = url.rsplit('/').next().unwrap_or_default();
    let uuid = get("/pod/uuid", TEXT)?;
    // 128 bits are 22 characters of base64, or 32 hexadecimal digits.
    ensure(
        token.len() >= 22,
        format!("the token has {} characters", token.len()),
    )?;
    let plain = |text: &str| text.replace('-', "").to_lowercase();
    ensure(
        !plain(&url).contains(&plain(&uuid)),
        "the URL has the UUID of the pod",
    )
}

/// E1: the version is 1 to 5, the variant that of RFC 4122.
pub fn uuid() -> Outcome {
    let uuid = get("/pod/uuid", TEXT)?;
    let form = uuid.char_indices().all(|(index, character)| match index {
        8 | 13 | 18 | 23 => character == '-',
        14 => ('1'..='5').contains(&character),
        19 => matches!(character, '8' | '9' | 'a' | 'b' | 'A' | 'B'),
        _ => character.is_ascii_hexdigit(),
    });
    ensure(uuid.len() == 36 && form, format!("the UUID is {uuid:?}"))
}

/// S2.
pub fn pod() -> Outcome {
    equal(
        "/pod/annotations",
        get("/pod/annotations", JSON)?.as_str(),
        r#"[{"name":"example.com/pod","value":"ace"}]"#,
    )?;
    let manifest = get("/pod/manifest", JSON)?;
    for part in [
        r#""acKind":"PodManifest""#,
        r#""name":"main""#,
        r#""name":"sidekick""#,
        r#""id":"sha512-"#,
    ] {
        ensure(manifest.contains(part), format!("/pod/manifest has no {part}"))?;
    }
    Ok(())
}

/// S3.
pub fn annotations() -> Outcome {
    let found = get("/apps/main/annotations", JSON)?;
    for part in [
        r#"{"name":"example.com/image","value":"of the image"}"#,
        r#"{"name":"example.com/replaced","value":"of the pod"}"#,
    ] {
        ensure(
            found.contains(part),
            format!("the annotations have no {part}: {found}"),
        )?;
    }
    Ok(())
}

/// S3.
pub fn image() -> Outcome {
    let id = get("/apps/sidekick/image/id", TEXT)?;
    let digest = id.strip_prefix("sha512-").unwrap_or_default();
    ensure(
        digest.len() == 128 && digest.chars().all(|digit| digit.is_ascii_hexdigit()),
        format!("the ID is {id:?}"),
    )?;
    let manifest = get("/apps/sidekick/image/manifest", JSON)?;
    for part in [
        r#""acKind":"ImageManifest""#,
        r#""name":"example.com/appc-ace-sidekick""#,
    ] {
        ensure(manifest.contains(part), format!("the manifest has no {part}"))?;
    }
    Ok(())
}

/// S4.
pub fn signatures() -> Outcome {
    let uuid = get("/pod/uuid", TEXT)?;
    let answer = request("POST", "/pod/hmac/sign", "content=a+text")?;
    let signature = body(answer, "sign", TEXT)?;
    // 64 bytes of base64.
    equal("the length of a signature", signature.len(), 88)?;
    let escaped = signature
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    for (content, status) in [("a+text", 200), ("a%20text", 200), ("another+text", 403)] {
        let form = format!("content={content}&uuid={uuid}&signature={escaped}");
        equal(
            "the status of verify",
            request("POST", "/pod/hmac/verify", &form)?.status,
            status,
        )?;
    }
    Ok(())
}

/// S6.
pub fn refusals() -> Outcome {
    let url = base()?;
    let (host, token) = url.rsplit_once('/').unwrap_or_default();
    let other = format!("{host}/{}", "0".repeat(token.len()));
    equal(
        "an unknown token",
        request_at(&other, "GET", "/pod/uuid", "")?.status,
        401,
    )?;
    equal(
        "an unknown app",
        request("GET", "/apps/other/image/id", "")?.status,
        404,
    )?;
    equal("a wrong method", request("POST", "/pod/uuid", "")?.status, 405)?;
    equal(
        "sign without a field",
        request("POST", "/pod/hmac/sign", "")?.status,
        400,
    )?;
    equal(
        "verify without fields",
        request("POST", "/pod/hmac/verify", "content=a")?.status,
        400,
    )
}

fn get(path: &str, content_type: &str) -> Result<String, Fault> {
    body(request("GET", path, "")?, path, content_type)
}

fn body(answer: Answer, subject: &str, content_type: &str) -> Result<String, Fault> {
    equal(&format!("the status of {subject}"), answer.status, 200)?;
    equal(
        &format!("the type of {subject}"),
        answer.content_type.as_str(),
        content_type,
    )?;
    Ok(answer.body)
}
