//! The store in a real browser: one identity for two tabs, claims that exclude, storage denied, nothing guessed.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test that finds nothing has failed")]

#[path = "driver_storage/denied.rs"]
mod denied;
mod driver_support;

use confab::driver::lead::Standing;
use confab::driver::storage::shelf::{Changed, Operation};
use confab::driver::storage::{Owner, Store};
use confab_protocol::ExternalId;
use confab_session::{Event, OutgoingKey, OutgoingRecord, Snapshot, TabId};
use driver_support::{
    Heard, Tampered, answer, delete_database, fresh_name, owner, raw_database, row, run, until,
};
use js_sys::{JSON, Promise};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::IdbTransactionMode;

wasm_bindgen_test_configure!(run_in_browser);

/// A tab with a store of its own: its own connection, its own name.
struct Tab {
    store: Store,
    heard: Heard,
    told: Rc<RefCell<Vec<Changed>>>,
}

fn tab(owner: Owner) -> Tab {
    let (heard, told) = (Heard::default(), Rc::<RefCell<Vec<Changed>>>::default());
    let tell = Rc::clone(&told);
    let store = Store::new(
        owner,
        TabId(confab::driver::random::name()),
        heard.sink(),
        Box::new(move |changed| tell.borrow_mut().push(changed)),
        Box::new(|| Standing {
            leads: true,
            lock_since: None,
        }),
    );
    Tab { store, heard, told }
}

impl Tab {
    async fn restored(&self) -> (Snapshot, bool) {
        self.store.ask(Operation::Restore);
        self.heard
            .next("Restored", |event| match event {
                Event::Restored { snapshot, durable } => Some((snapshot.clone(), *durable)),
                _ => None,
            })
            .await
    }

    async fn saved(&self) -> (OutgoingRecord, String) {
        self.heard
            .next("OutgoingSaved", |event| match event {
                Event::OutgoingSaved { row, identity } => {
                    Some((row.clone(), identity.source_id.expose().into()))
                }
                _ => None,
            })
            .await
    }

    async fn save(&self, key: &str) -> (OutgoingRecord, String) {
        self.store.ask(Operation::Save(row(key)));
        self.saved().await
    }

    async fn claims(&self, key: &str, for_ms: u64) -> bool {
        self.store.ask(Operation::Claim {
            row: row(key),
            for_ms,
        });
        self.heard
            .next("an answer to the claim", |event| match event {
                Event::OutgoingClaimed(_) => Some(true),
                Event::ClaimRefused(_) => Some(false),
                _ => None,
            })
            .await
    }
}

fn is_uuid_v4(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').map(str::len).collect();
    let variant = text.as_bytes().get(19).is_some_and(|byte| b"89ab".contains(byte));
    groups == [8, 4, 4, 4, 12] && text.as_bytes().get(14) == Some(&b'4') && variant
}

#[wasm_bindgen_test]
async fn two_tabs_that_send_at_once_make_one_identity() {
    let name = fresh_name();
    let tabs: Vec<_> = (0..4).map(|_| tab(owner(&name))).collect();
    for (number, tab) in tabs.iter().enumerate() {
        tab.store.ask(Operation::Save(row(&format!("{number}"))));
    }
    let mut found = std::collections::BTreeSet::new();
    let mut sequences = std::collections::BTreeSet::new();
    for tab in &tabs {
        let (row, source_id) = tab.saved().await;
        found.insert(source_id);
        sequences.insert(row.sequence);
    }
    assert_eq!((found.len(), sequences.len()), (1, 4), "{found:?} {sequences:?}");
    assert!(found.iter().all(|source_id| is_uuid_v4(source_id)), "{found:?}");
    let told: Vec<_> = tabs.iter().flat_map(|tab| tab.told.borrow().clone()).collect();
    assert_eq!(
        told.iter()
            .filter(|changed| **changed == Changed::Identity)
            .count(),
        1
    );
    let (snapshot, durable) = tab(owner(&name)).restored().await;
    assert_eq!((snapshot.outbox.len(), durable), (4, true));
}

#[wasm_bindgen_test]
async fn a_claim_excludes_the_other_tab_until_it_is_over() {
    let name = fresh_name();
    let (one, two) = (tab(owner(&name)), tab(owner(&name)));
    one.save("1").await;
    assert!(one.claims("1", 60_000).await);
    assert!(!two.claims("1", 60_000).await);
    assert!(one.claims("1", 1).await, "a tab may claim again");
    let over = js_sys::Date::now() + 2.0;
    until("the end of the claim", || {
        (js_sys::Date::now() > over).then_some(())
    })
    .await;
    assert!(two.claims("1", 60_000).await);
    two.store.ask(Operation::Remove(OutgoingKey("1".into())));
    assert!(!two.claims("1", 60_000).await, "it is gone");
}

#[wasm_bindgen_test]
async fn looking_stores_nothing() {
    delete_database().await;
    let looking = tab(owner(&fresh_name()));
    let (snapshot, durable) = looking.restored().await;
    assert_eq!((snapshot, durable), (Snapshot::default(), true));
    looking.store.ask(Operation::Compose {
        before: String::new(),
        text: String::new(),
    });
    looking.store.ask(Operation::Wipe);
    assert!(!looking.claims("1", 1).await);
    let names: Promise = run("return indexedDB.databases()").unchecked_into();
    let names = JSON::stringify(&JsFuture::from(names).await.unwrap()).unwrap();
    assert_eq!(names, "[]");
}

#[wasm_bindgen_test]
async fn what_was_stored_is_there_for_the_next_page_and_for_its_owner_alone() {
    let name = fresh_name();
    let first = tab(owner(&name));
    let (_, source_id) = first.save("1").await;
    let mut identity = first.restored().await.0.identity.unwrap();
    identity.pubsub_token = Some(confab_protocol::PubsubToken::new("token"));
    identity.conversation = Some(confab_protocol::ConversationId(7));
    first.store.ask(Operation::StoreIdentity(identity.clone()));
    first.store.ask(Operation::Compose {
        before: String::new(),
        text: "half a sent".into(),
    });
    first.save("2").await;
    drop(first);

    let (snapshot, _) = tab(owner(&name)).restored().await;
    assert_eq!(snapshot.identity.as_ref(), Some(&identity));
    assert_eq!(identity.source_id.expose(), source_id);
    assert_eq!(snapshot.composition.as_deref(), Some("half a sent"));
    let keys: Vec<_> = snapshot
        .outbox
        .iter()
        .map(|row| (row.key.0.as_str(), row.text.as_str()))
        .collect();
    assert_eq!(keys, [("1", "text of 1"), ("2", "text of 2")]);

    let known = tab(Owner::new(&name, Some(ExternalId::new("u1"))));
    assert_eq!(known.restored().await.0, Snapshot::default());
    let (_, other) = known.save("1").await;
    assert_ne!(other, source_id);
    known.store.switch(owner(&name));
    assert_eq!(known.restored().await.0.outbox.len(), 2, "back to nobody");
}

#[wasm_bindgen_test]
async fn the_copy_stands_in_when_the_database_comes_up_empty_and_goes_with_a_wipe() {
    let name = fresh_name();
    let first = tab(owner(&name));
    let (_, source_id) = first.save("1").await;
    drop(first);
    delete_database().await;
    let second = tab(owner(&name));
    let (snapshot, _) = second.restored().await;
    assert_eq!(snapshot.identity.unwrap().source_id.expose(), source_id);
    assert_eq!(second.save("2").await.1, source_id);
    second.store.ask(Operation::Wipe);
    assert_eq!(second.restored().await.0, Snapshot::default());
    assert_ne!(second.save("3").await.1, source_id);
}

#[wasm_bindgen_test]
async fn a_database_deleted_meanwhile_is_made_again_with_what_the_page_knew() {
    let name = fresh_name();
    let (first, other) = (tab(owner(&name)), tab(owner(&name)));
    let (_, source_id) = first.save("1").await;
    // Both halves of what a browser clears.
    let clear = async || {
        delete_database().await;
        web_sys::window()
            .unwrap()
            .local_storage()
            .unwrap()
            .unwrap()
            .clear()
            .unwrap();
    };
    clear().await;
    let (row, same) = first.save("2").await;
    assert_eq!((row.key.0.as_str(), same), ("2", source_id.clone()));
    assert_eq!(first.told.borrow().last(), Some(&Changed::Identity));
    let (snapshot, durable) = other.restored().await;
    assert_eq!((snapshot.outbox.len(), durable), (2, true));
    assert_eq!(snapshot.identity.unwrap().source_id.expose(), source_id);

    clear().await;
    first.store.ask(Operation::ReadIdentity);
    assert_eq!(
        other.restored().await.0.outbox.len(),
        2,
        "reading puts it back, too"
    );
    first.store.ask(Operation::Wipe);
    assert_eq!(first.restored().await.0, Snapshot::default());
    clear().await;
    assert_ne!(first.save("3").await.1, source_id, "what was forgotten stays so");
}

#[wasm_bindgen_test]
async fn records_of_another_version_are_kept_and_not_read() {
    let name = fresh_name();
    tab(owner(&name)).save("1").await;
    let database = raw_database().await;
    let put = async |store: &str, key: &str, json: &str| {
        let transaction = database
            .transaction_with_str_and_mode(store, IdbTransactionMode::Readwrite)
            .unwrap();
        let value = JSON::parse(json).unwrap();
        answer(
            &transaction
                .object_store(store)
                .unwrap()
                .put_with_key(&value, &key.into())
                .unwrap(),
        )
        .await;
    };
    let get = async |store: &str, key: &str| {
        let store = database
            .transaction_with_str(store)
            .unwrap()
            .object_store(store)
            .unwrap();
        let value = answer(&store.get(&key.into()).unwrap()).await;
        JSON::stringify(&value).map_or_else(|_| "undefined".to_owned(), String::from)
    };
    let (newer, unreadable) = (r#"{"version":2,"contact":"x"}"#, r#"{"version":1}"#);
    let newer_row = format!(r#"{{"owner":"{name}","claim":null,"row":{{"version":2,"words":"x"}}}}"#);
    put("identity", &format!("2\n{name}"), newer).await;
    put("identity", &format!("1\n{name}"), unreadable).await;
    put("outbox", &format!("{name}\n9"), &newer_row).await;

    let later = tab(owner(&name));
    let (snapshot, durable) = later.restored().await;
    assert_eq!((snapshot.outbox.len(), durable), (1, true));
    later.save("2").await;
    later.store.ask(Operation::Wipe);
    assert_eq!(later.restored().await.0, Snapshot::default());
    assert_eq!(get("identity", &format!("2\n{name}")).await, newer);
    assert_eq!(get("identity", &format!("unread\n{name}")).await, unreadable);
    assert_eq!(get("outbox", &format!("{name}\n9")).await, newer_row);
    // Left open it would block every deletion.
    database.close();
}

#[wasm_bindgen_test]
async fn what_others_change_again_and_again_is_read_once() {
    let tab = tab(owner(&fresh_name()));
    tab.save("row 0").await;
    let read = || tab.heard.count(|event| matches!(event, Event::OutboxChanged(_)));
    for _ in 0..50 {
        tab.store.ask(Operation::ReadOutbox);
    }
    // Answered after everything that was asked for before.
    tab.restored().await;
    assert_eq!(read(), 1);
    for number in 1..30 {
        tab.save(&format!("row {number}")).await;
    }
    tab.store.ask(Operation::ReadOutbox);
    tab.store.ask(Operation::ReadOutbox);
    tab.restored().await;
    assert_eq!(read(), 1, "much waits: it is read later");
    until("a reading", || (read() == 2).then_some(())).await;
}

#[wasm_bindgen_test]
async fn a_dropped_store_says_no_more_and_holds_no_connection() {
    let first = tab(owner(&fresh_name()));
    first.save("1").await;
    first.store.ask(Operation::Restore);
    let Tab { store, heard, .. } = first;
    drop(store);
    // A connection left open would block this for ever.
    delete_database().await;
    assert_eq!(heard.count(|event| matches!(event, Event::Restored { .. })), 0);
}
