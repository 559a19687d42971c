//! The cable as a WebSocket. A socket and its listeners are one value; dropping it closes and silences it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use confab_protocol::Frame;
use confab_protocol::cable::SUBPROTOCOLS;
use confab_session::effect::CableCommand;
use confab_session::{Event, Generation};
use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::{MessageEvent, WebSocket};

use super::address::CableUrl;
use super::handle::Listener;
use super::{Happening, Raw, Sink};

/// At most one connection. Dropping it closes that one.
pub struct Cable {
    url: CableUrl,
    sink: Sink,
    socket: RefCell<Option<Socket>>,
    unreadable: Rc<Cell<u32>>,
}

/// An open socket, or one about to open.
struct Socket {
    inner: WebSocket,
    generation: Generation,
    listeners: Vec<Listener>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        // First the listeners: nothing may be heard of a socket that nobody holds.
        self.listeners.clear();
        // Closing throws for wrong codes alone.
        let _ = self.inner.close();
    }
}

impl Cable {
    /// Connections go to this address, frames into the sink.
    pub fn new(url: CableUrl, sink: Sink) -> Self {
        Self {
            url,
            sink,
            socket: RefCell::new(None),
            unreadable: Rc::default(),
        }
    }

    /// Drops the connection that there is and opens another.
    pub fn open(&self, generation: Generation) {
        self.close();
        match connect(&self.url, generation, &self.sink, &self.unreadable) {
            Some(socket) => *self.socket.borrow_mut() = Some(socket),
            // Thrown at once: a policy of the page, or `ws` from a secure page.
            None => (self.sink)(Event::CableClosed(generation).into()),
        }
    }

    /// Closes the connection, silently.
    pub fn close(&self) {
        let socket = self.socket.borrow_mut().take();
        drop(socket);
    }

    /// Sends a command, if this very connection is still there.
    pub fn send(&self, generation: Generation, command: &CableCommand) {
        if let Some(socket) = self.socket.borrow().as_ref()
            && socket.generation == generation
        {
            // Throws while the socket is connecting; a session sends after `CableOpened` only, and a closing
            // socket says so itself.
            let _ = socket.inner.send_with_str(&command.to_text());
        }
    }

    /// How many frames did not read and were dropped.
    pub fn unreadable(&self) -> u32 {
        self.unreadable.get()
    }
}

fn connect(
    url: &CableUrl,
    generation: Generation,
    sink: &Sink,
    unreadable: &Rc<Cell<u32>>,
) -> Option<Socket> {
    let protocols: Array = SUBPROTOCOLS
        .iter()
        .map(|name| js_sys::JsString::from(*name))
        .collect();
    let socket = WebSocket::new_with_str_sequence(url.as_str(), &protocols).ok()?;
    let over = Rc::new(Cell::new(false));
    let opened = {
        let (socket, sink, over) = (socket.clone(), Rc::clone(sink), Rc::clone(&over));
        move |_| {
            let spoken = socket.protocol();
            if spoken.is_empty() || SUBPROTOCOLS.first() == Some(&spoken.as_str()) {
                sink(Event::CableOpened(generation).into());
            } else if !over.replace(true) {
                let _ = socket.close();
                sink(Event::CableClosed(generation).into());
            }
        }
    };
    let heard = {
        let (sink, over, unreadable) = (Rc::clone(sink), Rc::clone(&over), Rc::clone(unreadable));
        move |event: web_sys::Event| {
            // Binary frames are none of Action Cable's.
            let Some(text) = event.unchecked_into::<MessageEvent>().data().as_string() else {
                return;
            };
            match Frame::read(&text) {
                Ok(_) if over.get() => {}
                Ok(frame) => sink(Happening {
                    event: Event::FrameArrived(generation, frame),
                    raw: Some(Raw::of_frame(text)),
                }),
                Err(_) => unreadable.set(unreadable.get().saturating_add(1)),
            }
        }
    };
    let closed = {
        let sink = Rc::clone(sink);
        move |_| {
            if !over.replace(true) {
                sink(Event::CableClosed(generation).into());
            }
        }
    };
    // An error is always followed by a close.
    let listeners = vec![
        Listener::new(&socket, "open", opened),
        Listener::new(&socket, "message", heard),
        Listener::new(&socket, "close", closed),
    ];
    Some(Socket {
        inner: socket,
        generation,
        listeners,
    })
}
