//! Strings with tokens in them: `{{my.…}}` is replaced now, the others when a step runs.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::entry::{Lowered, Poisoned};
use super::scope::Scope;
use crate::diagnostics::{Code, Diagnostic, help_for_name};
use crate::language::ast::{Text, Token};
use crate::meaning::{Piece, Template};
use crate::model::Id;

impl Scope<'_> {
    /// A name or value: `{{my.…}}` is replaced, any other token refused.
    pub(crate) fn name(&mut self, text: &Text) -> Lowered<SmolStr> {
        if text.tokens.is_empty() {
            return Ok(text.value.clone());
        }
        let mut name = String::new();
        let mut poisoned = false;
        let mut at = 0;
        for token in &text.tokens {
            name.push_str(text.value.get(at..token.range.0).unwrap_or(""));
            at = token.range.1;
            if is(token, "my") {
                match self.my(token) {
                    Ok(value) => name.push_str(&value),
                    Err(Poisoned) => poisoned = true,
                }
            } else {
                poisoned = true;
                let spelled = spelled(text, token);
                self.report(
                    Diagnostic::new(Code::BadToken, token.span, format!("the token `{spelled}` may not stand here"))
                        .help("only `{{my.NAME}}` may: the others are worked out when a step runs")
                        .help("they are for the values of `set` and the names of `send`, `create` and `call webhook`"),
                );
            }
        }
        name.push_str(text.value.get(at..).unwrap_or(""));
        if poisoned { Err(Poisoned) } else { Ok(SmolStr::new(name)) }
    }

    /// A text that is worked out when a step runs.
    pub(crate) fn template(&mut self, text: &Text) -> Lowered<Template> {
        let mut pieces = Vec::new();
        let mut fixed = String::new();
        let mut poisoned = false;
        let mut at = 0;
        for token in &text.tokens {
            fixed.push_str(text.value.get(at..token.range.0).unwrap_or(""));
            at = token.range.1;
            if is(token, "my") {
                match self.my(token) {
                    Ok(value) => fixed.push_str(&value),
                    Err(Poisoned) => poisoned = true,
                }
                continue;
            }
            match self.piece(text, token) {
                Ok(piece) => {
                    if !fixed.is_empty() {
                        pieces.push(Piece::Text(SmolStr::new(std::mem::take(&mut fixed))));
                    }
                    pieces.push(piece);
                }
                Err(Poisoned) => poisoned = true,
            }
        }
        fixed.push_str(text.value.get(at..).unwrap_or(""));
        if !fixed.is_empty() {
            pieces.push(Piece::Text(SmolStr::new(fixed)));
        }
        if poisoned { Err(Poisoned) } else { Ok(Template(pieces)) }
    }

    /// The value of `{{my.NAME}}`: the program's token first, then the workspace's.
    fn my(&mut self, token: &Token) -> Lowered<SmolStr> {
        let program = self.place.program.and_then(|id| self.symbols.program_defs.get(id.index()));
        let own = program.and_then(|program| program.tokens.get(&token.name));
        if let Some(value) = own.or_else(|| self.symbols.tokens.get(&token.name)) {
            return Ok(value.clone());
        }
        if self.place.program_unknown {
            return Err(Poisoned);
        }
        let names: BTreeSet<SmolStr> = program
            .into_iter()
            .flat_map(|program| program.tokens.keys())
            .chain(self.symbols.tokens.keys())
            .cloned()
            .collect();
        let finding =
            Diagnostic::new(Code::UnknownToken, token.span, format!("there is no token `{{{{my.{}}}}}`", token.name))
                .helps(help_for_name(&token.name, "token", names.iter().map(SmolStr::as_str)));
        self.refuse(finding)
    }

    fn piece(&mut self, text: &Text, token: &Token) -> Lowered<Piece> {
        if is(token, "person") || is(token, "lead") {
            return match self.symbols.field(&token.name) {
                Some(field) => Ok(Piece::Person(field, token.default.clone())),
                None => {
                    let finding = self.unknown_field(token.span, &token.name, false);
                    self.refuse(finding)
                }
            };
        }
        if is(token, "trigger") {
            if self.place.has_triggers {
                return Ok(Piece::Trigger(token.name.clone(), token.default.clone()));
            }
            let message = format!("`{}` needs a campaign with triggers", spelled(text, token));
            let finding = Diagnostic::new(Code::TriggerTokenWithoutTrigger, token.span, message)
                .help("a campaign without triggers is not started by an event, so there is nothing to take from one");
            return self.refuse(finding);
        }
        let piece = [
            ("campaign", "name", Piece::CampaignName),
            ("program", "name", Piece::ProgramName),
            ("system", "date", Piece::SystemDate),
            ("system", "datetime", Piece::SystemDateTime),
        ]
        .into_iter()
        .find(|(namespace, name, _)| is(token, namespace) && token.name.eq_ignore_ascii_case(name));
        match piece {
            Some((_, _, piece)) if token.default.is_none() => Ok(piece),
            Some(_) => {
                let message = format!("`{}` takes no default", spelled(text, token));
                let finding = Diagnostic::new(Code::BadToken, token.span, message)
                    .help("only `{{person.FIELD}}` and `{{trigger.NAME}}` do");
                self.refuse(finding)
            }
            None => {
                let message = format!("there is no token `{}`", spelled(text, token));
                let finding = Diagnostic::new(Code::BadToken, token.span, message).help(
                    "there is `{{my.NAME}}`, `{{person.FIELD}}`, `{{trigger.NAME}}`, `{{campaign.name}}`, \
                     `{{program.name}}`, `{{system.date}}` and `{{system.datetime}}`",
                );
                self.refuse(finding)
            }
        }
    }
}

/// Whether a text has tokens other than `{{my.…}}`.
pub(super) fn is_computed(text: &Text) -> bool {
    text.tokens.iter().any(|token| !is(token, "my"))
}

fn is(token: &Token, namespace: &str) -> bool {
    token.namespace.eq_ignore_ascii_case(namespace)
}

fn spelled<'t>(text: &'t Text, token: &Token) -> &'t str {
    text.value.get(token.range.0..token.range.1).unwrap_or("")
}
