//! What a run works on: an engine, or one whose people are kept in a state directory.

use super::exit::Failure;
use super::input::Records;
use super::kept::Kept;
use super::laps::{Laps, Work};
use super::output::Output;
use crate::engine::{Engine, EventError, Foreseen, Outcomes, Warning};
use crate::model::{Event, Timestamp};
use crate::records;

/// What a run works on.
pub(super) enum Target {
    /// An engine that is forgotten at the end.
    Memory(Box<Engine>),
    /// An engine whose people are kept.
    Kept(Box<Kept>),
}

/// What loads need.
pub(super) trait Loading {
    fn start(&mut self, at: Timestamp) -> Result<(), Failure>;
    fn load(&mut self, record: &Event<'_>) -> Result<(), EventError>;
    fn take_warnings(&mut self) -> Vec<Warning>;
}

impl Loading for Engine {
    fn start(&mut self, at: Timestamp) -> Result<(), Failure> {
        Self::start(self, at);
        Ok(())
    }

    fn load(&mut self, record: &Event<'_>) -> Result<(), EventError> {
        Self::load(self, record)
    }

    fn take_warnings(&mut self) -> Vec<Warning> {
        Self::take_warnings(self)
    }
}

impl Loading for Target {
    fn start(&mut self, at: Timestamp) -> Result<(), Failure> {
        match self {
            Self::Memory(engine) => Loading::start(&mut **engine, at),
            Self::Kept(kept) => Ok(kept.keeper().start(at)?),
        }
    }

    fn load(&mut self, record: &Event<'_>) -> Result<(), EventError> {
        match self {
            Self::Memory(engine) => engine.load(record),
            Self::Kept(kept) => kept.keeper().load(record),
        }
    }

    fn take_warnings(&mut self) -> Vec<Warning> {
        self.engine().take_warnings()
    }
}

impl Target {
    /// The engine, to be asked.
    pub(super) fn engine(&mut self) -> &mut Engine {
        match self {
            Self::Memory(engine) => engine,
            Self::Kept(kept) => kept.keeper().engine(),
        }
    }

    /// Handles the event of the line in hand. An inner error means that it was refused.
    pub(super) fn handle(
        &mut self,
        event: Foreseen<'_>,
        events: &Records,
        output: &mut Output,
        laps: &mut Laps,
    ) -> Result<Result<(), EventError>, Failure> {
        match self {
            Self::Memory(engine) => {
                let handled = engine.handle(event);
                laps.end_of(Work::Evaluate);
                match handled {
                    Ok(outcomes) => write(outcomes, output)?,
                    Err(error) => return Ok(Err(error)),
                }
                laps.end_of(Work::Write);
                Ok(Ok(()))
            }
            Self::Kept(kept) => {
                let handled = kept.keeper().handle(event, events.text())?;
                laps.end_of(Work::Evaluate);
                kept.has_read(events, output)?;
                laps.end_of(Work::Keep);
                Ok(handled)
            }
        }
    }

    /// Counts the line in hand, which is no event.
    pub(super) fn pass_over(&mut self, events: &Records, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Memory(engine) => {
                engine.pass_over();
                Ok(())
            }
            Self::Kept(kept) => {
                kept.keeper().pass_over()?;
                kept.has_read(events, output)
            }
        }
    }

    /// Lets time pass.
    pub(super) fn advance(&mut self, to: Timestamp, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Memory(engine) => write(engine.advance(to), output),
            Self::Kept(kept) => Ok(kept.keeper().advance(to)?),
        }
    }

    /// Passes everything on that there is: we may have to wait.
    pub(super) fn pause(&mut self, events: &Records, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Memory(_) => {}
            Self::Kept(kept) => kept.pause(events, output)?,
        }
        output.flush()
    }
}

fn write(outcomes: Outcomes<'_>, output: &mut Output) -> Result<(), Failure> {
    for outcome in outcomes {
        records::write_outcome(&outcome, output.bytes());
        output.bytes().push(b'\n');
        output.pass_on()?;
    }
    Ok(())
}
