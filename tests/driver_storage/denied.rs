//! Storage that is denied, missing, silent or full.

use super::*;

const DENY: &str = "
    const names = ['indexedDB', 'localStorage'];
    window.kept = names.map((name) => [name, Object.getOwnPropertyDescriptor(window, name)]);
    const deny = { configurable: true, get() { throw new DOMException('denied', 'SecurityError'); } };
    for (const name of names) Object.defineProperty(window, name, deny);";
const TAKE_AWAY: &str = "
    window.kept = [['indexedDB', Object.getOwnPropertyDescriptor(window, 'indexedDB')]];
    Object.defineProperty(window, 'indexedDB', { configurable: true, value: undefined })";
const GIVE_BACK: &str = "for (const [name, descriptor] of kept) Object.defineProperty(window, name, descriptor); delete window.kept";

async fn survives_in_memory(tab: &Tab) {
    let (_, durable) = tab.restored().await;
    assert!(!durable);
    let (_, source_id) = tab.save("1").await;
    assert!(is_uuid_v4(&source_id));
    assert_eq!(tab.save("2").await.1, source_id);
    assert!(tab.claims("1", 1_000).await);
    tab.store.ask(Operation::Remove(OutgoingKey("1".into())));
    let (snapshot, _) = tab.restored().await;
    assert_eq!(snapshot.identity.unwrap().source_id.expose(), source_id);
    assert_eq!(snapshot.outbox.len(), 1);
}

#[wasm_bindgen_test]
async fn denied_storage_is_survived() {
    let _denied = Tampered::with(DENY, GIVE_BACK);
    survives_in_memory(&tab(owner(&fresh_name()))).await;
}

#[wasm_bindgen_test]
async fn a_missing_database_is_survived() {
    let _missing = Tampered::with(TAKE_AWAY, GIVE_BACK);
    survives_in_memory(&tab(owner(&fresh_name()))).await;
}

#[wasm_bindgen_test]
async fn a_database_that_never_answers_is_survived() {
    let _silent = Tampered::with(
        "window.realOpen = IDBFactory.prototype.open;
        IDBFactory.prototype.open = function (name) { const real = realOpen.call(this, name + '-other'); return new Proxy(Object.create(IDBOpenDBRequest.prototype), { set: () => true, get: (_, key) => (typeof real[key] === 'function' ? () => {} : undefined) }); }",
        "IDBFactory.prototype.open = realOpen; delete window.realOpen; indexedDB.deleteDatabase('confab-other')",
    );
    survives_in_memory(&tab(owner(&fresh_name()))).await;
}

#[wasm_bindgen_test]
async fn a_full_disk_is_survived_and_what_was_read_stays() {
    let first = tab(owner(&fresh_name()));
    let (_, source_id) = first.save("1").await;
    let _full = Tampered::with(
        "window.realPut = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function () { throw new DOMException('full', 'QuotaExceededError'); }",
        "IDBObjectStore.prototype.put = realPut; delete window.realPut",
    );
    assert_eq!(first.save("2").await.1, source_id);
    let (snapshot, durable) = first.restored().await;
    assert_eq!((snapshot.outbox.len(), durable), (2, false));
}

#[wasm_bindgen_test]
async fn what_a_full_store_holds_is_sent_by_one_tab_alone() {
    let name = fresh_name();
    let (full, other) = (tab(owner(&name)), tab(owner(&name)));
    for (tab, key) in [(&full, "1"), (&other, "2"), (&full, "3")] {
        tab.save(key).await;
    }
    let no_room = Tampered::with(
        "window.realPut = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function () { throw new DOMException('full', 'QuotaExceededError'); }",
        "IDBObjectStore.prototype.put = realPut; delete window.realPut",
    );
    full.save("4").await;
    assert!(full.claims("1", 60_000).await);
    drop(no_room);
    assert!(
        !other.claims("1", 60_000).await,
        "it went from the store before it is sent"
    );
    assert!(other.claims("2", 60_000).await);
    full.store.ask(Operation::Remove(OutgoingKey("1".into())));
    assert!(!full.claims("2", 60_000).await, "another tab sends it");
    other.store.ask(Operation::Remove(OutgoingKey("2".into())));
    other.restored().await;
    assert!(!full.claims("2", 60_000).await, "another tab has sent it");
    full.store.ask(Operation::Remove(OutgoingKey("3".into())));
    assert!(full.claims("4", 60_000).await);
    let later = tab(owner(&name));
    assert_eq!(
        later.restored().await.0.outbox,
        [],
        "nothing is left to be sent again"
    );
    full.store.ask(Operation::Wipe);
    full.restored().await;
    assert_eq!(
        later.restored().await.0,
        Snapshot::default(),
        "what is to be forgotten is"
    );
}
