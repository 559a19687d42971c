//! Finding, typing, pressing, and waiting for the page to settle.
#![allow(missing_docs, reason = "the names say it")]
#![allow(dead_code, reason = "no test file uses all of it")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Element, Event, EventTarget, HtmlElement, HtmlTextAreaElement, KeyboardEvent, KeyboardEventInit, Node,
};

/// Frames of waiting before something counts as not coming.
const FRAMES: u32 = 300;

/// A fresh element of a panel's size under the widget's own style sheet.
pub fn panel() -> HtmlElement {
    let document = document();
    if document.query_selector("#sheet").unwrap().is_none() {
        let sheet = document.create_element("style").unwrap();
        sheet.set_id("sheet");
        sheet.set_text_content(Some(concat!(
            include_str!("../../style/tokens.css"),
            include_str!("../../style/widget.css"),
            include_str!("../../style/timeline.css"),
            ".place{position:fixed;inset:0 auto auto 0;inline-size:388px;block-size:680px}",
        )));
        document.head().unwrap().append_child(&sheet).unwrap();
    }
    if let Some(old) = document.query_selector(".place").unwrap() {
        old.remove();
    }
    let place = document.create_element("div").unwrap();
    place.set_id("place");
    place.set_class_name("place cf");
    document.body().unwrap().append_child(&place).unwrap();
    place.unchecked_into()
}

/// A panel with the shell of index.html in it, without its scripts.
pub fn shell() -> HtmlElement {
    let parser: Function = Reflect::get(&js_sys::global(), &"DOMParser".into())
        .unwrap()
        .unchecked_into();
    let parser = Reflect::construct(&parser, &Array::new()).unwrap();
    let parse: Function = Reflect::get(&parser, &"parseFromString".into())
        .unwrap()
        .unchecked_into();
    let page = parse
        .call2(
            &parser,
            &include_str!("../../index.html").into(),
            &"text/html".into(),
        )
        .unwrap();
    let page: web_sys::Document = page.unchecked_into();
    let inside = page.query_selector("#confab").unwrap().unwrap();
    let place = panel();
    while let Some(child) = inside.first_element_child() {
        place.append_child(&child).unwrap();
    }
    place
}

pub fn all(root: &Element, selector: &str) -> Vec<Element> {
    let query: Function = Reflect::get(root, &"querySelectorAll".into())
        .unwrap()
        .unchecked_into();
    let found = query.call1(root, &selector.into()).unwrap();
    Array::from(&found).iter().map(JsCast::unchecked_into).collect()
}

pub fn find(root: &Element, selector: &str) -> Element {
    root.query_selector(selector)
        .unwrap()
        .unwrap_or_else(|| panic!("no {selector}"))
}

pub fn composer(root: &Element) -> HtmlTextAreaElement {
    find(root, ".composer textarea").unchecked_into()
}

pub fn text_of(root: &Element, selector: &str) -> String {
    find(root, selector).text_content().unwrap_or_default()
}

pub fn attribute(root: &Element, selector: &str, name: &str) -> String {
    find(root, selector).get_attribute(name).unwrap_or_default()
}

/// Replaces what stands in the box, as typing does.
pub fn type_in(field: &Element, text: &str) {
    field.unchecked_ref::<HtmlTextAreaElement>().set_value(text);
    field.dispatch_event(&Event::new("input").unwrap()).unwrap();
}

/// Presses a key; whether the widget took it for itself.
pub fn press(target: &EventTarget, key: &str, change: impl FnOnce(&KeyboardEventInit)) -> bool {
    let init = KeyboardEventInit::new();
    init.set_key(key);
    init.set_bubbles(true);
    init.set_cancelable(true);
    change(&init);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
    !target.dispatch_event(&event).unwrap()
}

/// Two frames: effects have run, and what follows a scroll or a new size too.
pub async fn settled() {
    frame().await;
    frame().await;
}

/// Lets everything run that waits for nothing: effects among it.
pub async fn turn() {
    for _ in 0..8 {
        JsFuture::from(Promise::resolve(&JsValue::UNDEFINED))
            .await
            .unwrap();
    }
}

/// Waits frame by frame until there is something.
pub async fn until<T>(what: &str, mut find: impl FnMut() -> Option<T>) -> T {
    for _ in 0..FRAMES {
        if let Some(found) = find() {
            return found;
        }
        frame().await;
    }
    panic!("{what} did not come");
}

async fn frame() {
    let promise = Promise::new(&mut |resolve, _| {
        let request: Function = Reflect::get(&js_sys::global(), &"requestAnimationFrame".into())
            .unwrap()
            .unchecked_into();
        request.call1(&JsValue::NULL, &resolve).unwrap();
    });
    JsFuture::from(promise).await.unwrap();
}

/// Counts every use of an HTML parser until it is dropped.
pub struct Html {
    page: JsValue,
}

impl Html {
    pub fn forbidden() -> Self {
        run("globalThis.parsed = 0; globalThis.kept = [];
            for (const [owner, name] of [[Element, 'innerHTML'], [Element, 'outerHTML'], [ShadowRoot, 'innerHTML']]) {
                const own = Object.getOwnPropertyDescriptor(owner.prototype, name);
                kept.push([owner.prototype, name, own]);
                Object.defineProperty(owner.prototype, name, { ...own, set(text) { parsed += 1; own.set.call(this, text); } });
            }
            for (const name of ['insertAdjacentHTML', 'setHTMLUnsafe']) {
                const own = Object.getOwnPropertyDescriptor(Element.prototype, name);
                if (!own) continue;
                kept.push([Element.prototype, name, own]);
                Object.defineProperty(Element.prototype, name, { ...own, value(...all) { parsed += 1; return own.value.apply(this, all); } });
            }
            document.createElement('p').innerHTML = '';");
        let html = Self {
            page: js_sys::global().into(),
        };
        assert_eq!(html.uses(), 1, "the count counts");
        run("parsed = 0");
        html
    }

    pub fn uses(&self) -> JsValue {
        Reflect::get(&self.page, &"parsed".into()).unwrap()
    }
}

impl Drop for Html {
    fn drop(&mut self) {
        run("for (const [owner, name, own] of kept) Object.defineProperty(owner, name, own)");
    }
}

/// Watches what changes below an element.
pub struct Changes {
    observer: JsValue,
    keys: Rc<RefCell<Vec<String>>>,
    batches: Rc<Cell<u32>>,
    _heard: Closure<dyn FnMut(Array)>,
}

impl Changes {
    pub fn of(node: &Node) -> Self {
        let keys = Rc::new(RefCell::new(Vec::new()));
        let batches = Rc::new(Cell::new(0));
        let (told, counted) = (Rc::clone(&keys), Rc::clone(&batches));
        let heard = Closure::wrap(Box::new(move |records: Array| {
            counted.set(counted.get() + 1);
            told.borrow_mut()
                .extend(records.iter().flat_map(|record| touched(&record)));
        }) as Box<dyn FnMut(Array)>);
        let constructor: Function = Reflect::get(&js_sys::global(), &"MutationObserver".into())
            .unwrap()
            .unchecked_into();
        let observer = Reflect::construct(&constructor, &Array::of1(heard.as_ref())).unwrap();
        let options = run("({ childList: true, subtree: true, attributes: true, characterData: true })");
        let observe: Function = Reflect::get(&observer, &"observe".into())
            .unwrap()
            .unchecked_into();
        observe.call2(&observer, node, &options).unwrap();
        Self {
            observer,
            keys,
            batches,
            _heard: heard,
        }
    }

    /// How often something changed so far: changes without a pause between them count once.
    pub fn batches(&self) -> u32 {
        self.batches.get()
    }

    /// The keys of the rows touched since the last call.
    pub fn rows(&self) -> Vec<String> {
        self.keys.take()
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        let stop: Function = Reflect::get(&self.observer, &"disconnect".into())
            .unwrap()
            .unchecked_into();
        stop.call0(&self.observer).unwrap();
    }
}

/// The rows that a change is in, or that it brings.
fn touched(record: &JsValue) -> Vec<String> {
    let target: Element = match Reflect::get(record, &"target".into()).unwrap().dyn_into() {
        Ok(element) => element,
        Err(text) => text.unchecked_into::<Node>().parent_element().unwrap(),
    };
    if let Some(row) = target.closest("[data-key]").unwrap() {
        return row.get_attribute("data-key").into_iter().collect();
    }
    let added = Array::from(&Reflect::get(record, &"addedNodes".into()).unwrap());
    let removed = Array::from(&Reflect::get(record, &"removedNodes".into()).unwrap());
    let key = |node: JsValue| node.dyn_into::<Element>().ok()?.get_attribute("data-key");
    added
        .iter()
        .chain(removed.iter())
        .map(|node| key(node).unwrap_or_else(|| "another node".to_owned()))
        .collect()
}

fn document() -> web_sys::Document {
    web_sys::window().unwrap().document().unwrap()
}

fn run(code: &str) -> JsValue {
    js_sys::eval(code).unwrap()
}
