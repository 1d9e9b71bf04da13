//! Numbers as they are written, and what fits which type.

use rust_decimal::Decimal;

use super::entry::Lowered;
use super::scope::Scope;
use super::values::{Subject, spelled};
use crate::diagnostics::{Code, Diagnostic};
use crate::language::ast::{Literal, LiteralKind};
use crate::model::FieldType;

impl Scope<'_> {
    /// A number that a field of a numeric type is compared with or set to.
    pub(crate) fn number(&mut self, literal: &Literal, subject: &Subject) -> Lowered<Decimal> {
        if literal.kind == LiteralKind::NumberTooLarge {
            let finding = Diagnostic::new(Code::NumberOutOfRange, literal.span, "this number has too many digits")
                .help("numbers have up to 28 digits");
            return self.refuse(finding);
        }
        let LiteralKind::Number(number) = &literal.kind else { return self.wrong_value(literal, subject) };
        if subject.type_ == FieldType::Integer && (!number.is_integer() || i64::try_from(*number).is_err()) {
            let (what, help) = if number.is_integer() {
                ("too large", "whole numbers go up to 9,223,372,036,854,775,807")
            } else {
                ("not a whole number", "declare the field with type `number` to keep decimals")
            };
            let message = format!("`{}` is {what}, and `{}` is of type integer", spelled(literal), subject.name);
            let finding = Diagnostic::new(Code::NumberOutOfRange, literal.span, message).help(help);
            return self.refuse(finding);
        }
        Ok(number.normalize())
    }
}
