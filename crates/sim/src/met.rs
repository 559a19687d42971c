//! What faults led to: that one struck says little as long as nothing was there for it to harm.

use crate::world::World;

macro_rules! met {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Something that a schedule met.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Met { $($(#[$doc])* $name,)* }

        impl Met {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

met! {
    /// The event of an own message came before the answer to its request.
    EventBeforeAnswer,
    /// The event of a message came after that of a younger one.
    EventsUnordered,
    /// The event of a message came again.
    EventAgain,
    /// Events waited for a minute or more in a queue that stood still, and then all left.
    QueueForMinutes,
    /// A message was stored, and its answer did not arrive.
    StoredUnanswered,
    /// Something was stored after its request had been answered with an error.
    StoredAfterError,
    /// A message took more than ten seconds to be stored.
    StoredSlowly,
    /// A database that stood still finished a write when it went on.
    FrozenWrite,
    /// A database that stood still finished a read when it went on.
    FrozenRead,
    /// A database that stood still for so long that a write was answered with an error, and finished it nevertheless.
    FrozenGivenUp,
    /// A request was answered by a captive portal.
    PortalAnswered,
    /// A page was gone before its last transaction was, which came through all the same.
    TornWrite,
    /// The wall clock jumped while nobody knew whether a message had been stored.
    JumpWhileUnclear,
    /// The server stopped with a request at work.
    StoppedAtWork,
    /// Two or more tabs were open at once.
    SeveralTabs,
    /// A look found nothing.
    LookedInVain,
    /// A look found the message.
    FoundByLook,
    /// A message was sent again after it had been proved absent.
    SentAgain,
    /// A person had to decide.
    PersonDecided,
}

impl World {
    /// Notes that something was met; once everything is well it does not count.
    pub(crate) fn meets(&mut self, what: Met) {
        if !self.healthy {
            self.met.insert(what);
        }
    }

    /// What the sessions themselves tell of, when the schedule is over.
    pub(crate) fn meet_sessions(&mut self) {
        for tab in &self.tabs {
            let told = tab.session.diagnostics();
            let adopted = told.adopted_by_look;
            self.met
                .extend((told.looks > adopted).then_some(Met::LookedInVain));
            self.met.extend((adopted > 0).then_some(Met::FoundByLook));
            self.met.extend((told.sent_again > 0).then_some(Met::SentAgain));
        }
    }
}
