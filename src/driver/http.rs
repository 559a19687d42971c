//! Requests of the session as `fetch`: no cookies, no referrer, no cache, a limit of time, and an end with the driver.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use confab_protocol::request::{Part, PartContent};
use confab_protocol::{Body, HttpRequest, InboxIdentifier, Method, Refusal, Request};
use confab_session::{Event, Failure, RequestId};
use wasm_bindgen::JsValue;
use web_sys::{
    AbortController, Blob, FormData, Headers, ReferrerPolicy, RequestCache, RequestCredentials, RequestInit,
};

use super::address::BaseUrl;
use super::handle::Timeout;
use super::{Happening, Raw, Sink};

/// Performs requests. Dropping it aborts those that are under way; nothing is heard of them any more.
pub struct Http {
    base: BaseUrl,
    inbox: InboxIdentifier,
    sink: Sink,
    flights: Rc<RefCell<Vec<(RequestId, Flight)>>>,
    files: RefCell<Vec<(u32, Blob)>>,
}

/// A request under way; dropping it aborts it.
struct Flight {
    controller: AbortController,
    late: Rc<Cell<bool>>,
    _timer: Option<Timeout>,
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.controller.abort();
    }
}

/// What came back, as text.
struct Answer {
    status: u16,
    content_type: String,
    body: String,
}

impl Http {
    /// Requests go to this installation and inbox, answers into the sink.
    pub fn new(base: BaseUrl, inbox: InboxIdentifier, sink: Sink) -> Self {
        Self {
            base,
            inbox,
            sink,
            flights: Rc::default(),
            files: RefCell::default(),
        }
    }

    /// Keeps a file that a request may name by this number.
    pub fn hold_file(&self, number: u32, file: Blob) {
        let mut files = self.files.borrow_mut();
        files.retain(|(known, _)| *known != number);
        files.push((number, file));
    }

    /// Performs a request, giving up after so many milliseconds.
    pub fn send(&self, id: RequestId, request: Request, timeout: u64) {
        let Ok(controller) = AbortController::new() else {
            return (self.sink)(
                Event::Replied {
                    request: id,
                    result: Err(Failure::Unreachable),
                }
                .into(),
            );
        };
        let late = Rc::new(Cell::new(false));
        let timer = {
            let (late, controller) = (Rc::clone(&late), controller.clone());
            Timeout::new(timeout, move || {
                late.set(true);
                controller.abort();
            })
        };
        let prepared = self.prepare(&request.to_http(&self.inbox), &controller);
        let flight = Flight {
            controller,
            late,
            _timer: timer,
        };
        self.flights.borrow_mut().push((id, flight));
        let (flights, sink) = (Rc::downgrade(&self.flights), Rc::clone(&self.sink));
        super::spawn(async move {
            let answer = match prepared {
                Ok(prepared) => perform(prepared).await,
                Err(_) => None,
            };
            // Without its flight the request was aborted together with the driver.
            let Some(flight) = flights.upgrade().and_then(|flights| landed(&flights, id)) else {
                return;
            };
            sink(happening(id, &request, answer, flight.late.get()));
        });
    }

    fn prepare(
        &self,
        request: &HttpRequest,
        controller: &AbortController,
    ) -> Result<web_sys::Request, JsValue> {
        let init = RequestInit::new();
        init.set_method(match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
        });
        // Cookies are refused by the API's CORS anyway; what is read here belongs in no cache on a shared machine.
        init.set_credentials(RequestCredentials::Omit);
        init.set_referrer_policy(ReferrerPolicy::NoReferrer);
        init.set_cache(RequestCache::NoStore);
        init.set_signal(Some(&controller.signal()));
        match &request.body {
            Body::None => {}
            Body::Json(text) => {
                let headers = Headers::new()?;
                headers.set("Content-Type", "application/json")?;
                init.set_headers(&headers);
                init.set_body(&JsValue::from_str(text));
            }
            Body::Multipart(parts) => init.set_body(&self.form(parts)?),
        }
        web_sys::Request::new_with_str_and_init(&self.base.join(&request.path), &init)
    }

    fn form(&self, parts: &[Part]) -> Result<JsValue, JsValue> {
        let form = FormData::new()?;
        let files = self.files.borrow();
        for part in parts {
            match &part.content {
                PartContent::Text(text) => form.append_with_str(&part.name, text)?,
                PartContent::File(number) => {
                    let file = files.iter().find(|(known, _)| known == number);
                    let (_, file) = file.ok_or(JsValue::NULL)?;
                    form.append_with_blob(&part.name, file)?;
                }
            }
        }
        Ok(form.into())
    }
}

fn landed(flights: &RefCell<Vec<(RequestId, Flight)>>, id: RequestId) -> Option<Flight> {
    let mut flights = flights.borrow_mut();
    let at = flights.iter().position(|(known, _)| *known == id)?;
    Some(flights.swap_remove(at).1)
}

/// `None`: no answer, or not all of it.
async fn perform(request: web_sys::Request) -> Option<Answer> {
    let response = gloo_net::http::Request::from(request).send().await.ok()?;
    let content_type = response.headers().get("content-type").unwrap_or_default();
    Some(Answer {
        status: response.status(),
        content_type,
        body: response.text().await.ok()?,
    })
}

fn happening(id: RequestId, request: &Request, answer: Option<Answer>, late: bool) -> Happening {
    let Some(answer) = answer else {
        let failure = if late {
            Failure::TimedOut
        } else {
            Failure::Unreachable
        };
        return Event::Replied {
            request: id,
            result: Err(failure),
        }
        .into();
    };
    let result = request
        .read(answer.status, &answer.content_type, &answer.body)
        .map_err(|refusal| match refusal {
            Refusal::Refused { status, kind, text } => Failure::Refused { status, kind, text },
            Refusal::Undecodable(_) => Failure::Undecodable,
        });
    let raw = result
        .is_ok()
        .then(|| Raw::of_reply(request, answer.body))
        .flatten();
    Happening {
        event: Event::Replied { request: id, result },
        raw,
    }
}
