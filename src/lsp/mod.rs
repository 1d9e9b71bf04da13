//! The language server: `campanile lsp`.
//!
//! One thread takes messages in order. A change of a document counts at once; what is wrong is worked out when the editor
//! has nothing more to say for a moment, so that of several changes only the last is checked. `session` holds what is
//! open, `desk` one workspace, `answers` what is asked, `convert` and `uri` speak the protocol's words. What there is to
//! know about rules comes from [`crate::editor`].

mod answers;
mod convert;
mod desk;
mod session;
mod uri;

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{Cancel, Exit, Initialized, Notification as _};
use lsp_types::request::{Initialize, Request as _, Shutdown};

use session::Session;

/// How the conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The editor said `shutdown` and then `exit`.
    Politely,
    /// It said `exit` alone, or nothing more.
    Abruptly,
    /// It does not listen any more.
    Deaf,
}

/// The editor is given so long to say the next thing before what it said is checked.
const PAUSE: Duration = Duration::from_millis(4);

/// So many messages are taken before what was changed is checked, whatever else there is to say.
const MESSAGES_MAX: usize = 256;

/// Speaks with an editor until it has enough. `rules` are the files and folders of the workspace, where the command names
/// some: absolute, or below the folders that are open in the editor.
pub fn serve(connection: &Connection, rules: &[String]) -> Ended {
    let mut session = loop {
        match connection.receiver.recv() {
            Ok(Message::Request(request)) if request.method == Initialize::METHOD => {
                match Session::begin(connection, request, rules) {
                    Some(session) => break session,
                    None => continue,
                }
            }
            Ok(Message::Request(Request { id, .. })) => {
                let message = "the first request must be `initialize`".to_owned();
                let refusal = Response::new_err(id, ErrorCode::ServerNotInitialized as i32, message);
                if connection.sender.send(refusal.into()).is_err() {
                    return Ended::Abruptly;
                }
            }
            Ok(Message::Notification(told)) if told.method == Exit::METHOD => return Ended::Abruptly,
            Ok(Message::Notification(_) | Message::Response(_)) => {}
            Err(_) => return Ended::Abruptly,
        }
    };
    let mut waiting: VecDeque<Message> = VecDeque::new();
    let mut is_over = false;
    loop {
        // Take whatever there is before working: a later change or a cancellation saves work.
        let mut gone = false;
        while waiting.len() < MESSAGES_MAX {
            let next = if waiting.is_empty() && !session.has_work() {
                connection.receiver.recv().map_err(|_| true)
            } else {
                connection.receiver.recv_timeout(PAUSE).map_err(|error| error.is_disconnected())
            };
            match next {
                Ok(message) => {
                    let is_exit = matches!(&message, Message::Notification(told) if told.method == Exit::METHOD);
                    waiting.push_back(message);
                    if is_exit {
                        break;
                    }
                }
                Err(disconnected) => {
                    gone = disconnected;
                    break;
                }
            }
        }
        let cancelled = cancelled(&waiting);
        while let Some(message) = waiting.pop_front() {
            match message {
                Message::Request(Request { id, .. }) if cancelled.contains(&id) => {
                    let message = "the editor does not want to know any more".to_owned();
                    session.answer(Response::new_err(id, ErrorCode::RequestCanceled as i32, message));
                }
                Message::Request(Request { id, .. }) if is_over => {
                    let message = "after `shutdown` nothing is answered".to_owned();
                    session.answer(Response::new_err(id, ErrorCode::InvalidRequest as i32, message));
                }
                Message::Request(request) if request.method == Shutdown::METHOD => {
                    is_over = true;
                    session.answer(Response::new_ok(request.id, ()));
                }
                Message::Request(request) => session.asked(request),
                Message::Notification(Notification { method, .. }) if method == Exit::METHOD => {
                    return if is_over { Ended::Politely } else { Ended::Abruptly };
                }
                Message::Notification(Notification { method, .. }) if method == Initialized::METHOD => session.ready(),
                Message::Notification(told) => session.told(told),
                Message::Response(_) => {}
            }
        }
        if !is_over {
            session.work();
        }
        if session.is_deaf() {
            return Ended::Deaf;
        }
        if gone {
            return Ended::Abruptly;
        }
    }
}

/// The requests that the editor does not want to have answered any more.
fn cancelled(waiting: &VecDeque<Message>) -> BTreeSet<RequestId> {
    let ids = waiting.iter().filter_map(|message| match message {
        Message::Notification(told) if told.method == Cancel::METHOD => {
            let id = told.params.get("id")?;
            serde_json::from_value::<RequestId>(id.clone()).ok()
        }
        Message::Notification(_) | Message::Request(_) | Message::Response(_) => None,
    });
    ids.collect()
}
