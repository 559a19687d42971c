//! The checked `MessagePort` between the page's loader and the frame.
//!
//! The frame's address carries a nonce that only the loader knows. The loader posts it back together with a port; the
//! frame accepts once, and everything else that any window posts is ignored.

/// Version of the handshake and of every message; what another version says is ignored.
pub const VERSION: u32 = 1;

/// Longest message, as JSON, in UTF-16 code units.
pub const LONGEST: u32 = 1_000_000;

#[cfg(target_arch = "wasm32")]
pub use live::{Accepted, Command, Port, wait};

#[cfg(target_arch = "wasm32")]
mod live {
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;

    use confab_protocol::Json;
    use js_sys::{JSON, Object, Reflect};
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{EventTarget, MessageEvent, MessagePort};

    use super::{LONGEST, VERSION};
    use crate::driver::handle::Listener;
    use crate::embed::config::Source;

    /// What the loader brings.
    pub struct Accepted {
        /// The way to the page.
        pub port: MessagePort,
        /// The origin of the page that embeds us.
        pub origin: String,
        /// Attributes and settings.
        pub config: Source,
        /// What the page keeps for the frame, as it was told.
        pub kept: String,
    }

    /// What the page asks for.
    #[derive(Clone, Debug, PartialEq)]
    pub enum Command {
        /// Open the panel.
        Open,
        /// Close it.
        Close,
        /// Send this text as the visitor.
        Send(String),
        /// Put this text into the empty composer.
        Prefill(String),
        /// The site names its user, or says more about the visitor: the options of that.
        SetUser(Source),
        /// What the next conversation begins with.
        DescribeConversation(Source),
        /// Other values of options that may change while the chat runs.
        SetOptions(Source),
        /// Say what went on.
        Diagnose,
        /// Forget who the visitor is, and what is stored.
        LogOut,
    }

    /// The port to the page; dropping it closes it.
    pub struct Port {
        inner: MessagePort,
        ignored: Rc<Cell<u32>>,
        /// The number of the page's last order to open or close. It comes back with all that is told: what an older order
        /// caused is no news.
        order: Rc<RefCell<JsValue>>,
        _listener: Listener,
    }

    impl Drop for Port {
        fn drop(&mut self) {
            self.inner.close();
        }
    }

    /// Waits on a target (the window) for the one message with this nonce, from this sender where one is given.
    /// Dropping the listener ends the waiting.
    pub fn wait(
        target: &EventTarget,
        sender: Option<JsValue>,
        nonce: String,
        accept: impl FnOnce(Accepted) + 'static,
    ) -> Listener {
        let accept = RefCell::new(Some(accept));
        Listener::new(target, "message", move |event| {
            let event: MessageEvent = event.unchecked_into();
            if sender
                .as_ref()
                .is_some_and(|sender| event.source().as_ref().map(AsRef::as_ref) != Some(sender))
            {
                return;
            }
            let Some(accepted) = greeted(&event, &nonce) else {
                return;
            };
            let accept = accept.borrow_mut().take();
            if let Some(accept) = accept {
                accept(accepted);
            }
        })
    }

    fn greeted(event: &MessageEvent, nonce: &str) -> Option<Accepted> {
        let greeting = plain(&event.data())?;
        let is_ours = is_number(&greeting, "confab", 1)
            && is_number(&greeting, "version", VERSION)
            && greeting.get("nonce").and_then(Json::as_str) == Some(nonce);
        let config = is_ours.then(|| part(&greeting, "config"))??;
        let ports = event.ports();
        let port = (ports.length() == 1).then(|| ports.get(0).dyn_into::<MessagePort>().ok())??;
        Some(Accepted {
            port,
            origin: event.origin(),
            config,
            kept: greeting
                .get("kept")
                .and_then(Json::as_str)
                .unwrap_or_default()
                .to_owned(),
        })
    }

    /// Reads a message that is a plain object and not too long.
    fn plain(data: &JsValue) -> Option<Json> {
        // A plain object comes back from JSON as it was; a map or a set would come back empty.
        let is_object = data.is_object() && !js_sys::Array::is_array(data);
        let text = is_object.then(|| JSON::stringify(data).ok())??;
        (text.length() <= LONGEST).then(|| String::from(text).parse().ok())?
    }

    /// The options, attributes or copies in a message.
    fn part(message: &Json, field: &str) -> Option<Source> {
        Some(Source(message.get(field)?.as_object()?.to_vec()))
    }

    fn is_number(message: &Json, field: &str, number: u32) -> bool {
        message.get(field).and_then(Json::as_i64) == Some(number.into())
    }

    impl Port {
        /// Listens to what the page asks for.
        pub fn new(port: MessagePort, on_command: impl Fn(Command) + 'static) -> Self {
            let ignored = Rc::new(Cell::new(0_u32));
            let order = Rc::new(RefCell::new(JsValue::UNDEFINED));
            let listener = {
                let (ignored, order) = (Rc::clone(&ignored), Rc::clone(&order));
                Listener::new(&port, "message", move |event| {
                    let data = event.unchecked_into::<MessageEvent>().data();
                    let Some(command) = read(&data) else {
                        return ignored.set(ignored.get().wrapping_add(1));
                    };
                    if matches!(command, Command::Open | Command::Close) {
                        order.replace(Reflect::get(&data, &"n".into()).unwrap_or_default());
                    }
                    on_command(command);
                })
            };
            port.start();
            Self {
                inner: port,
                ignored,
                order,
                _listener: listener,
            }
        }

        /// Tells the page something: a kind and its fields.
        pub fn tell(&self, kind: &str, fields: &[(&str, JsValue)]) {
            let message = Object::new();
            let order = self.order.borrow().clone();
            let head = [("v", VERSION.into()), ("type", kind.into()), ("n", order)];
            for (name, value) in head.iter().chain(fields) {
                // Setting a field of a new object cannot fail.
                let _ = Reflect::set(&message, &JsValue::from_str(name), value);
            }
            // Only data is in it, so it can be posted.
            let _ = self.inner.post_message(&message);
        }

        /// How many messages were ignored: of another version, another kind, or of no shape at all.
        pub fn ignored(&self) -> u32 {
            self.ignored.get()
        }

        /// The browser's port, for those who speak to the page by themselves.
        pub const fn inner(&self) -> &MessagePort {
            &self.inner
        }
    }

    fn read(data: &JsValue) -> Option<Command> {
        let heard = plain(data)?;
        let text = || Some(heard.get("text")?.as_str()?.to_owned());
        match heard.get("type")?.as_str()? {
            _ if !is_number(&heard, "v", VERSION) => None,
            "open" => Some(Command::Open),
            "close" => Some(Command::Close),
            "send" => text().map(Command::Send),
            "prefill" => text().map(Command::Prefill),
            "user" => part(&heard, "user").map(Command::SetUser),
            "conversationAttributes" => {
                part(heard.get("user")?, "conversationAttributes").map(Command::DescribeConversation)
            }
            "locale" | "theme" => part(&heard, "user").map(Command::SetOptions),
            "diagnose" => Some(Command::Diagnose),
            "logout" => Some(Command::LogOut),
            _ => None,
        }
    }
}
