//! Requests and connections in a real browser: how they leave, how they end, and that a drop ends them.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test that finds nothing has failed")]

mod driver_support;

use confab::driver::address::{BaseUrl, CableUrl};
use confab::driver::cable::Cable;
use confab::driver::handle::window;
use confab::driver::http::Http;
use confab_protocol::{InboxIdentifier, Request, SourceId};
use confab_session::{Event, Failure, Generation, RequestId};
use driver_support::{Heard, Tampered, pause, run};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Nothing listens on this port.
const NOBODY: &str = "ws://127.0.0.1:9/cable";

fn http(base: &str, heard: &Heard) -> Http {
    Http::new(
        BaseUrl::parse(base).unwrap(),
        InboxIdentifier::new("Inbox"),
        heard.sink(),
    )
}

async fn failure(heard: &Heard, id: u64) -> Failure {
    heard
        .next("Replied", |event| match event {
            Event::Replied {
                request,
                result: Err(failure),
            } if request.0 == id => Some(failure.clone()),
            _ => None,
        })
        .await
}

fn list() -> Request {
    Request::ListConversations {
        source_id: SourceId::new("s"),
    }
}

#[wasm_bindgen_test]
async fn nobody_there_and_an_answer_that_refuses_are_told_apart() {
    let heard = Heard::default();
    let nobody = http("http://127.0.0.1:9", &heard);
    nobody.send(RequestId(1), list(), 60_000);
    assert_eq!(failure(&heard, 1).await, Failure::Unreachable);
    let origin = window().unwrap().location().origin().unwrap();
    let here = http(&origin, &heard);
    here.send(RequestId(2), list(), 60_000);
    let refused = failure(&heard, 2).await;
    assert!(
        matches!(refused, Failure::Refused { status: 404, .. }),
        "{refused:?}"
    );
}

/// Requests are kept in `window.asked` and end only when they are aborted.
fn silent_server() -> Tampered {
    Tampered::with(
        "window.realFetch = fetch; window.asked = []; window.aborted = 0;
        window.fetch = (request) => new Promise((_, no) => {
            asked.push(request);
            request.signal.addEventListener('abort', () => { aborted += 1; no(request.signal.reason); });
        });",
        "window.fetch = realFetch; delete window.realFetch; delete window.asked; delete window.aborted",
    )
}

#[wasm_bindgen_test]
async fn a_request_takes_no_cookies_no_referrer_and_no_cache_along_and_ends_in_time() {
    let (heard, _silent) = (Heard::default(), silent_server());
    let http = http("https://desk.example/eu/", &heard);
    let create = Request::CreateContact {
        source_id: SourceId::new("s"),
        identity: None,
        profile: confab_protocol::Profile::default(),
    };
    http.send(RequestId(1), create, 20);
    assert_eq!(failure(&heard, 1).await, Failure::TimedOut);
    let told = run(
        "const r = asked[0]; return [r.method, r.url, r.credentials, r.referrerPolicy, r.cache, r.headers.get('content-type')].join(' ')",
    );
    assert_eq!(
        told.as_string().unwrap(),
        "POST https://desk.example/eu/public/api/v1/inboxes/Inbox/contacts omit no-referrer no-store application/json"
    );
}

#[wasm_bindgen_test]
async fn dropping_the_driver_s_half_aborts_what_is_under_way_and_says_nothing() {
    let (heard, _silent) = (Heard::default(), silent_server());
    let http = http("https://desk.example", &heard);
    http.send(RequestId(1), list(), 60_000);
    driver_support::until("the request", || (run("return asked.length") == 1).then_some(())).await;
    drop(http);
    driver_support::until("the abortion", || (run("return aborted") == 1).then_some(())).await;
    pause(30).await;
    assert_eq!(heard.count(|_| true), 0);
}

#[wasm_bindgen_test]
async fn a_connection_that_fails_says_so_once_with_its_generation() {
    let heard = Heard::default();
    let cable = Cable::new(CableUrl::parse(NOBODY).unwrap(), heard.sink());
    cable.open(Generation(1));
    cable.open(Generation(2));
    heard
        .next("CableClosed", |event| {
            matches!(event, Event::CableClosed(Generation(2))).then_some(())
        })
        .await;
    pause(50).await;
    assert_eq!(
        heard.count(|_| true),
        0,
        "the first was dropped and is not heard of"
    );
}

/// A `WebSocket` that counts its listeners and can be played by hand as `window.socket`.
fn played_socket() -> Tampered {
    Tampered::with(
        "window.RealSocket = WebSocket; window.listeners = 0; window.closes = 0;
        window.WebSocket = class extends EventTarget {
            constructor(url, protocols) { super(); this.protocol = protocols[0]; window.socket = this; window.offered = protocols.join(); }
            addEventListener(...a) { listeners += 1; super.addEventListener(...a); }
            removeEventListener(...a) { listeners -= 1; super.removeEventListener(...a); }
            send() {}
            close() { closes += 1; }
        };",
        "window.WebSocket = RealSocket; for (const name of ['RealSocket', 'listeners', 'closes', 'socket', 'offered']) delete window[name]",
    )
}

#[wasm_bindgen_test]
fn a_dropped_connection_is_closed_and_leaves_no_listener() {
    let (heard, _played) = (Heard::default(), played_socket());
    let cable = Cable::new(CableUrl::parse(NOBODY).unwrap(), heard.sink());
    cable.open(Generation(1));
    assert_eq!(
        run("return offered").as_string().unwrap(),
        "actioncable-v1-json,actioncable-unsupported"
    );
    assert_eq!(run("return listeners"), 3);
    run("socket.dispatchEvent(new Event('open'))");
    for data in ["'{\"type\":\"welcome\"}'", "new Blob([])", "'not JSON'"] {
        run(&format!(
            "socket.dispatchEvent(new MessageEvent('message', {{ data: {data} }}))"
        ));
    }
    assert_eq!(
        heard.count(|event| matches!(event, Event::CableOpened(Generation(1)))),
        1
    );
    assert_eq!(
        heard.count(|event| matches!(event, Event::FrameArrived(Generation(1), _))),
        1
    );
    assert_eq!((heard.count(|_| true), cable.unreadable()), (2, 1));
    drop(cable);
    assert_eq!(
        (run("return listeners"), run("return closes")),
        (0.into(), 1.into())
    );
    run("socket.dispatchEvent(new CloseEvent('close'))");
    assert_eq!(heard.count(|_| true), 2);
}

#[wasm_bindgen_test]
fn a_server_that_speaks_another_protocol_is_left() {
    let (heard, _played) = (Heard::default(), played_socket());
    let cable = Cable::new(CableUrl::parse(NOBODY).unwrap(), heard.sink());
    for (protocol, opened) in [
        ("", 1),
        ("actioncable-v1-json", 2),
        ("actioncable-unsupported", 2),
    ] {
        cable.open(Generation(1));
        run(&format!(
            "socket.protocol = '{protocol}'; socket.dispatchEvent(new Event('open'))"
        ));
        assert_eq!(
            heard.count(|event| matches!(event, Event::CableOpened(_))),
            opened,
            "{protocol}"
        );
    }
    run("socket.dispatchEvent(new CloseEvent('close'))");
    assert_eq!(
        heard.count(|event| matches!(event, Event::CableClosed(_))),
        1,
        "and said once"
    );
}
