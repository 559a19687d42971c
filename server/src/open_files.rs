//! How many files, and so connections, the system lets this program have open at once.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// With fewer than this it is worth a word.
const ENOUGH: u64 = 4096;

/// Asks for as many as the system gives without more rights. Some: so few that whoever runs the server should know.
pub fn raise() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    // Refused, everything goes on with what there is.
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        },
    );
    getrlimit(Resource::Nofile)
        .current
        .filter(|files| *files < ENOUGH)
}
