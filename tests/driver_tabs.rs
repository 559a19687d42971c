//! Several tabs in one page: one leads, the next follows when it goes, and all hear what it hears.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test that finds nothing has failed")]

mod driver_support;

use confab::driver::random;
use confab::driver::raw::Raw;
use confab::driver::storage::shelf::{Changed, Operation};
use confab::driver::tabs::Tabs;
use confab_session::{Ask, Event, Role, TabId};
use driver_support::{Heard, Tampered, pause, until};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

struct Tab {
    tabs: Tabs,
    heard: Heard,
    asked: Rc<RefCell<Vec<Operation>>>,
}

fn join(name: &str) -> Tab {
    let (heard, asked) = (Heard::default(), Rc::<RefCell<Vec<_>>>::default());
    let told = Rc::clone(&asked);
    let read = Box::new(move |operation| told.borrow_mut().push(operation));
    let tabs = Tabs::join(name, TabId(random::name()), heard.sink(), read);
    Tab { tabs, heard, asked }
}

impl Tab {
    async fn leads(&self) {
        // The session hears of it when the store was read.
        let is_read = || {
            let asked = self.asked.borrow();
            asked
                .iter()
                .any(|operation| matches!(operation, Operation::Lead))
                .then_some(())
        };
        until("the lead", is_read).await;
        assert!(self.tabs.standing().leads);
    }
}

#[wasm_bindgen_test]
async fn one_tab_leads_and_the_next_takes_over() {
    let name = random::name();
    let first = join(&name);
    first.leads().await;
    assert!(
        first.tabs.standing().lock_since.is_some(),
        "it knows how old its lock is"
    );
    let second = join(&name);
    // Longer than a visible tab waits before it takes the lead: the first is visible and says that it stays.
    pause(700).await;
    assert!(first.tabs.standing().leads && !second.tabs.standing().leads);
    assert_eq!(
        first.heard.count(|event| matches!(event, Event::RoleChanged(_))),
        0
    );
    drop(first.tabs);
    second.leads().await;
}

#[wasm_bindgen_test]
async fn a_tab_that_does_not_answer_loses_the_lead() {
    let name = random::name();
    let frozen = {
        // A tab without a channel hears no question: as good as frozen.
        let _deaf = Tampered::with(
            "window.RealChannel = BroadcastChannel; window.BroadcastChannel = undefined",
            "window.BroadcastChannel = RealChannel; delete window.RealChannel",
        );
        join(&name)
    };
    frozen.leads().await;
    let second = join(&name);
    second.leads().await;
    until("the loss", || (!frozen.tabs.standing().leads).then_some(())).await;
    frozen
        .heard
        .next("the news of the loss", |event| {
            matches!(event, Event::RoleChanged(Role::Follower)).then_some(())
        })
        .await;
}

#[wasm_bindgen_test]
async fn without_locks_every_tab_leads() {
    let _none = Tampered::with(
        "Object.defineProperty(navigator, 'locks', { configurable: true, value: undefined })",
        "delete navigator.locks",
    );
    let name = random::name();
    let (first, second) = (join(&name), join(&name));
    first.leads().await;
    second.leads().await;
    assert!(second.tabs.standing().lock_since.is_none());
}

#[wasm_bindgen_test]
async fn a_tab_that_can_store_nothing_leads_alone_and_leaves_the_others_to_one_that_can() {
    let name = random::name();
    let first = join(&name);
    first.leads().await;
    let second = join(&name);
    first.tabs.leave();
    second.leads().await;
    assert!(second.tabs.standing().lock_since.is_some());
    let alone = first.tabs.standing();
    assert!(alone.leads && alone.lock_since.is_none());
    assert_eq!(
        first.heard.count(|event| matches!(event, Event::RoleChanged(_))),
        0,
        "what it does goes on"
    );
    let third = join(&name);
    third.tabs.leave();
    third.leads().await;
    second.tabs.ask(&Ask::Seen);
    second.tabs.tell(Changed::Outbox);
    pause(700).await;
    assert!(second.tabs.standing().leads, "it is not asked for the lead");
    for tab in [&first, &third] {
        assert_eq!(tab.heard.count(|event| matches!(event, Event::Asked(_))), 0);
        assert!(
            !tab.asked
                .borrow()
                .iter()
                .any(|operation| matches!(operation, Operation::ReadOutbox))
        );
    }
}

#[wasm_bindgen_test]
async fn followers_hear_what_the_leader_hears_and_the_leader_what_they_ask() {
    let name = random::name();
    let first = join(&name);
    first.leads().await;
    let second = join(&name);
    first
        .tabs
        .rebroadcast(&Raw::of_frame(r#"{"type":"welcome"}"#.into()), "");
    second
        .heard
        .next("the frame", |event| {
            matches!(event, Event::FrameOverheard(_)).then_some(())
        })
        .await;
    second.tabs.tell(Changed::Identity);
    second.tabs.ask(&Ask::Typing(true));
    first
        .heard
        .next("the question", |event| {
            matches!(event, Event::Asked(Ask::Typing(true))).then_some(())
        })
        .await;
    assert!(matches!(
        first.asked.borrow().as_slice(),
        [.., Operation::ReadIdentity, Operation::ReadOutbox]
    ));
    first.tabs.ask(&Ask::Seen);
    pause(50).await;
    assert_eq!(
        second.heard.count(|event| matches!(event, Event::Asked(_))),
        0,
        "a follower is not asked"
    );
}

#[wasm_bindgen_test]
async fn a_tab_of_another_version_is_not_heard() {
    let name = random::name();
    let tab = join(&name);
    tab.leads().await;
    let say = |version: u32| {
        let message = format!("{{ v: {version}, from: 'x', kind: 'seen', number: null, text: null }}");
        driver_support::run(&format!(
            "const c = new BroadcastChannel('{name}'); c.postMessage({message}); c.close()"
        ));
    };
    say(2);
    say(1);
    tab.heard
        .next("version 1", |event| {
            matches!(event, Event::Asked(Ask::Seen)).then_some(())
        })
        .await;
    pause(30).await;
    assert_eq!(tab.heard.count(|event| matches!(event, Event::Asked(_))), 0);
}

#[wasm_bindgen_test]
async fn a_tab_of_another_version_that_leads_its_own_keeps_nobody_from_leading() {
    let owner = driver_support::owner(&random::name());
    let place = owner.meeting_place();
    let (name, version) = place.rsplit_once('\n').unwrap();
    assert_eq!(version, confab_session::record::RECORD_VERSION.to_string());
    let newer = join(&format!("{name}\n2"));
    newer.leads().await;
    let tab = join(&place);
    tab.leads().await;
    pause(700).await;
    assert!(newer.tabs.standing().leads && tab.tabs.standing().leads);
}
