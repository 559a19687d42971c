//! The handshake between page and frame, and the port after it: what is accepted, and that all else is ignored.
#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that finds nothing has failed"
)]

mod driver_support;

use confab::driver::handle::{Listener, window};
use confab::embed::config::Source;
use confab::embed::port::{Accepted, Command, LONGEST, Port, wait};
use driver_support::{pause, until};
use js_sys::{Array, JSON};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{EventTarget, MessageChannel, MessageEvent, MessageEventInit};

wasm_bindgen_test_configure!(run_in_browser);

const NONCE: &str = "0123456789abcdef0123456789abcdef";
const GREETING: &str =
    r#"{"confab":1,"version":1,"nonce":"0123456789abcdef0123456789abcdef","config":{"title":"Help"}}"#;

/// A frame that waits on a target of its own, and what it accepted.
struct Frame {
    target: EventTarget,
    accepted: Rc<RefCell<Vec<Accepted>>>,
    waiting: Listener,
}

fn frame(sender: Option<JsValue>) -> Frame {
    let target = EventTarget::new().unwrap();
    let accepted = Rc::<RefCell<Vec<_>>>::default();
    let taken = Rc::clone(&accepted);
    let waiting = wait(&target, sender, NONCE.into(), move |one| {
        taken.borrow_mut().push(one);
    });
    Frame {
        target,
        accepted,
        waiting,
    }
}

impl Frame {
    fn hears(&self, json: &str, ports: usize) -> usize {
        self.hears_value(&JSON::parse(json).unwrap(), ports)
    }

    fn hears_value(&self, data: &JsValue, ports: usize) -> usize {
        let channels: Array = (0..ports)
            .map(|_| MessageChannel::new().unwrap().port2())
            .collect();
        let init = MessageEventInit::new();
        init.set_data(data);
        init.set_origin("https://shop.example");
        init.set_ports(&channels);
        init.set_source(Some(&window().unwrap().into()));
        let event = MessageEvent::new_with_event_init_dict("message", &init).unwrap();
        self.target.dispatch_event(&event).unwrap();
        self.accepted.borrow().len()
    }
}

#[wasm_bindgen_test]
fn the_right_greeting_is_accepted_once() {
    let frame = frame(Some(window().unwrap().into()));
    assert_eq!(frame.hears(GREETING, 1), 1);
    assert_eq!(frame.hears(GREETING, 1), 1, "a replay is ignored");
    let accepted = frame.accepted.borrow();
    assert_eq!(accepted[0].origin, "https://shop.example");
    assert_eq!(
        accepted[0].config.get("title").and_then(|title| title.as_str()),
        Some("Help")
    );
}

#[wasm_bindgen_test]
fn every_other_greeting_is_ignored_and_the_right_one_still_accepted() {
    let frame = frame(None);
    for (json, ports) in [
        (GREETING.to_owned(), 0),
        (GREETING.to_owned(), 2),
        (GREETING.replace("0123", "3210"), 1),
        (GREETING.replace(r#""confab":1"#, r#""confab":2"#), 1),
        (GREETING.replace(r#""version":1"#, r#""version":2"#), 1),
        (GREETING.replace(r#""version":1,"#, ""), 1),
        (GREETING.replace(r#"{"title":"Help"}"#, r#""title""#), 1),
        (GREETING.replace("Help", &"x".repeat(LONGEST as usize)), 1),
        (format!("[{GREETING}]"), 1),
        (format!("{GREETING:?}"), 1),
        ("null".to_owned(), 1),
    ] {
        assert_eq!(frame.hears(&json, ports), 0, "{}", &json[..json.len().min(120)]);
    }
    assert_eq!(frame.hears(GREETING, 1), 1);
}

#[wasm_bindgen_test]
fn another_window_with_the_right_nonce_is_ignored() {
    let frame = frame(Some(JsValue::from_str("another window")));
    assert_eq!(frame.hears(GREETING, 1), 0);
}

#[wasm_bindgen_test]
fn a_dropped_frame_hears_nothing() {
    let Frame {
        target,
        accepted,
        waiting,
    } = frame(None);
    drop(waiting);
    let again = Frame {
        target,
        accepted,
        waiting: frame(None).waiting,
    };
    assert_eq!(again.hears(GREETING, 1), 0);
}

#[wasm_bindgen_test]
async fn the_port_takes_the_commands_it_knows_and_counts_the_rest() {
    let channel = MessageChannel::new().unwrap();
    let commands = Rc::<RefCell<Vec<Command>>>::default();
    let taken = Rc::clone(&commands);
    let port = Port::new(channel.port2(), move |command| taken.borrow_mut().push(command));
    let wrong = [
        r#"{"v":2,"type":"open"}"#.to_owned(),
        r#"{"v":1,"type":"explode"}"#.to_owned(),
        r#"{"v":1,"type":7}"#.to_owned(),
        r#"{"v":1,"type":"send","text":7}"#.to_owned(),
        r#"{"v":1,"type":"user","user":"Ada"}"#.to_owned(),
        r#"{"type":"open"}"#.to_owned(),
        r#"[{"v":1,"type":"open"}]"#.to_owned(),
        r#""open""#.to_owned(),
        format!(
            r#"{{"v":1,"type":"open","more":"{}"}}"#,
            "x".repeat(LONGEST as usize)
        ),
    ];
    for json in &wrong {
        channel.port1().post_message(&JSON::parse(json).unwrap()).unwrap();
    }
    for json in [
        r#"{"v":1,"type":"open","later":true}"#,
        r#"{"v":1,"type":"close"}"#,
        r#"{"v":1,"type":"send","text":"Hello"}"#,
        r#"{"v":1,"type":"prefill","text":"Order 17"}"#,
        r#"{"v":1,"type":"user","user":{"identifier":"user-7"}}"#,
        r#"{"v":1,"type":"logout"}"#,
    ] {
        channel.port1().post_message(&JSON::parse(json).unwrap()).unwrap();
    }
    until("all commands", || (commands.borrow().len() >= 6).then_some(())).await;
    let user = vec![("identifier".to_owned(), "user-7".into())];
    assert_eq!(
        *commands.borrow(),
        [
            Command::Open,
            Command::Close,
            Command::Send("Hello".into()),
            Command::Prefill("Order 17".into()),
            Command::SetUser(Source(user)),
            Command::LogOut,
        ]
    );
    assert_eq!(port.ignored() as usize, wrong.len());

    drop(port);
    let open = JSON::parse(r#"{"v":1,"type":"open"}"#).unwrap();
    channel.port1().post_message(&open).unwrap();
    pause(50).await;
    assert_eq!(commands.borrow().len(), 6, "a dropped port is closed");
}

#[wasm_bindgen_test]
async fn the_page_hears_plain_objects_with_a_version() {
    let channel = MessageChannel::new().unwrap();
    let heard = Rc::<RefCell<Vec<String>>>::default();
    let taken = Rc::clone(&heard);
    let other = channel.port1();
    let _listener = Listener::new(&other, "message", move |event| {
        let data = js_sys::Reflect::get(&event, &"data".into()).unwrap();
        taken.borrow_mut().push(JSON::stringify(&data).unwrap().into());
    });
    other.start();
    let port = Port::new(channel.port2(), |_| {});
    port.tell("unread", &[("count", 3.into())]);
    let message = until("the message", || heard.borrow().first().cloned()).await;
    assert_eq!(message, r#"{"v":1,"type":"unread","count":3}"#);
}
