//! Ctrl-C: the event in hand is finished, then the run stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

use super::exit::Exit;

/// An event is being handled, or there is none to wait for.
const WORKING: u8 = 0;
/// We wait for input; nothing is half done.
const WAITING: u8 = 1;
/// Somebody pressed Ctrl-C.
const STOP: u8 = 2;

/// Whether somebody pressed Ctrl-C. Only one is made in the life of the program.
#[derive(Debug, Clone)]
pub(super) struct Interrupt(Arc<AtomicU8>);

impl Interrupt {
    /// Listens from now on. While the run waits for input it cannot look at the flag; then the program is ended from
    /// here, after `said` was printed. So it is at the second Ctrl-C, wherever the run is.
    pub(super) fn listen(said: impl Fn() + Send + 'static) -> Self {
        let state = Arc::new(AtomicU8::new(WORKING));
        let flag = Arc::clone(&state);
        let end = || std::process::exit(i32::from(Exit::Interrupted as u8));
        // Without the thread Ctrl-C ends the program at once, as it does everywhere.
        let _ = thread::Builder::new().name("ctrl-c".to_owned()).spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                if tokio::signal::ctrl_c().await.is_err() {
                    return;
                }
                if flag.swap(STOP, Ordering::AcqRel) == WAITING {
                    said();
                    end();
                }
                if tokio::signal::ctrl_c().await.is_ok() {
                    end();
                }
            });
        });
        Self(state)
    }

    /// Whether to stop.
    pub(super) fn asked(&self) -> bool {
        self.0.load(Ordering::Acquire) == STOP
    }

    /// Waits for input by `wait`, during which Ctrl-C ends the program at once.
    pub(super) fn while_waiting<T>(&self, wait: impl FnOnce() -> T) -> T {
        // A flag that says stop stays as it is.
        let _ = self.0.compare_exchange(WORKING, WAITING, Ordering::AcqRel, Ordering::Acquire);
        let result = wait();
        let _ = self.0.compare_exchange(WAITING, WORKING, Ordering::AcqRel, Ordering::Acquire);
        result
    }
}
