//! What every file of the vocabulary says about its phrase.

use super::scope::Scope;
use crate::language::ast::Phrase;

/// A trigger, filter or step: how it is written, what it is for, what it means.
#[derive(Debug, Clone, Copy)]
pub struct Entry<F: 'static, M> {
    /// Which phrase.
    pub form: F,
    /// How it is written; `[x]` is optional, UPPER CASE stands for something of the author's.
    pub syntax: &'static str,
    /// What it is, in one sentence.
    pub summary: &'static str,
    /// The rest that is worth knowing, Markdown.
    pub doc: &'static str,
    /// Texts that are valid in [`super::EXAMPLE_WORKSPACE`].
    pub examples: &'static [&'static str],
    /// The parts that may follow its words.
    pub takes: &'static [Part],
    /// What was written → what is meant.
    pub(crate) lower: fn(&Phrase<F>, &mut Scope<'_>) -> Lowered<M>,
}

/// Something shared by several phrases that has words of its own: an operator, a window, a schedule.
#[derive(Debug, Clone, Copy)]
pub struct Topic {
    /// How it is written.
    pub syntax: &'static str,
    /// What it is, in one sentence.
    pub summary: &'static str,
    /// A text that uses it, valid where the table says.
    pub example: &'static str,
}

/// A part that may follow the words of a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// One name in quotes.
    Name,
    /// One name or none.
    OptionalName,
    /// `"A"`, `"A", "B"`, `any`, `starting with "x"`, `containing "x"`.
    Names,
    /// A field.
    Field,
    /// What is asked of the field.
    Operator,
    /// `with status`.
    WithStatus,
    /// `from`.
    From,
    /// `to`.
    To,
    /// `who responded`, `who has not responded`.
    Responded,
    /// `with success`, `without success`.
    Success,
    /// `where`.
    Attributes,
    /// A window of time.
    Window,
    /// How many times.
    Count,
    /// `by`.
    By,
    /// A percentage.
    Percent,
    /// What is waited for.
    Wait,
}

/// Something that could not be understood. The finding is made; whoever sees this says nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Poisoned;

/// What lowering gives.
pub(crate) type Lowered<T> = Result<T, Poisoned>;

/// Makes the table of a folder: its entries in the order of the language page, and the entry of each form.
macro_rules! table {
    ($form:ident => $meaning:ident { $( $variant:ident $file:ident; )* }) => {
        /// Every entry, in the order of the language page.
        pub const ALL: &[Entry<$form, $meaning>] = &[$( $file::ENTRY, )*];

        /// The entry of a form.
        pub const fn entry(form: $form) -> &'static Entry<$form, $meaning> {
            match form { $( $form::$variant => &$file::ENTRY, )* }
        }
    };
}
pub(super) use table;
