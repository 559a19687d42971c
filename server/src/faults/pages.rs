//! Answers that no rule gave: of the application in distress, of the limiter before it, of proxies and portals before that.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use crate::error::ApiError;
use crate::http::answer;

const PORTAL: &str = include_str!("portal.html");

/// How a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The connection is closed without a byte.
    Drop,
    /// A 5xx of the application itself.
    Error(u16),
    /// A page of a proxy.
    Proxy(u16),
    /// The limiter's 429. The real server's carries CORS headers; behind a limiter of a proxy's own it would not.
    RateLimit { cors: bool },
    /// The page of a network that wants a sign-in.
    Portal,
}

impl Ending {
    /// The answer. None: there is to be none.
    pub fn response(self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let status = |code| StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let html = "text/html";
        let (response, cors) = match self {
            Self::Drop => return None,
            Self::Error(code) => (answer::broken(status(code)), true),
            Self::Proxy(code) => (answer::plain(status(code), html, proxy(status(code))), false),
            Self::RateLimit { cors } => {
                let body = "Retry later\n";
                (
                    answer::plain(StatusCode::TOO_MANY_REQUESTS, "text/plain", body),
                    cors,
                )
            }
            Self::Portal => {
                let mut response = answer::plain(StatusCode::OK, html, PORTAL);
                let never = header::HeaderValue::from_static("no-store");
                response.headers_mut().insert(header::CACHE_CONTROL, never);
                (response, false)
            }
        };
        Some(if cors && path.starts_with("/public/api/") {
            answer::with_cors(response, headers)
        } else {
            response
        })
    }
}

/// What is answered when a request took too long, or a job could not be left.
pub fn stumbled(cause: &'static str, path: &str, headers: &HeaderMap) -> Response {
    let response = answer::failure(&ApiError::Internal(cause), false);
    if path.starts_with("/public/api/") {
        answer::with_cors(response, headers)
    } else {
        response
    }
}

/// The page nginx writes.
fn proxy(status: StatusCode) -> String {
    let title = match status {
        StatusCode::GATEWAY_TIMEOUT => "504 Gateway Time-out".to_owned(),
        StatusCode::SERVICE_UNAVAILABLE => "503 Service Temporarily Unavailable".to_owned(),
        StatusCode::PAYLOAD_TOO_LARGE => "413 Request Entity Too Large".to_owned(),
        other => other.to_string(),
    };
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
}
