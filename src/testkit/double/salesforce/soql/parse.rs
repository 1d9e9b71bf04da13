//! Text → [`Query`]. Start at [`parse`].

use super::{Aggregate, Condition, FieldsOf, Item, Literal, Name, Operator, Order, Query};
use crate::testkit::double::salesforce::error::ApiError;
use crate::testkit::double::salesforce::rows::{moment, read_day, read_moment};

/// The longest statement.
const STATEMENT_MAX: usize = 100_000;
/// The longest text in a WHERE.
const LITERAL_MAX: usize = 4_000;
/// The largest OFFSET.
const OFFSET_MAX: usize = 2_000;
/// How deep conditions may be nested.
const DEPTH_MAX: usize = 50;

/// Reads a statement.
pub(in super::super) fn parse(text: &str) -> Result<Query, ApiError> {
    if text.len() > STATEMENT_MAX {
        return Err(malformed("SOQL statements cannot be longer than 100000 characters."));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens, at: 0, depth: 0 };
    let query = parser.query()?;
    match parser.peek() {
        None => Ok(query),
        Some(token) => Err(parser.unexpected(token)),
    }
}

fn malformed(message: impl Into<String>) -> ApiError {
    ApiError::bad("MALFORMED_QUERY", message)
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    /// A keyword or name, with dots.
    Word(String),
    /// A quoted text, its escapes resolved; `like` keeps `\%` and `\_` escaped.
    Text {
        plain: String,
        like: String,
    },
    /// A number, day, moment or `LAST_N_DAYS:3`: everything unquoted that starts with a digit or sign.
    Bare(String),
    Symbol(&'static str),
}

#[derive(Debug, Clone, PartialEq)]
struct Token {
    kind: Kind,
    at: usize,
}

fn tokens(text: &str) -> Result<Vec<Token>, ApiError> {
    const SYMBOLS: [&str; 12] = ["<=", ">=", "!=", "<>", "=", "<", ">", "(", ")", ",", ":", "*"];
    let mut tokens = Vec::new();
    let mut signs = text.char_indices().peekable();
    while let Some((at, sign)) = signs.peek().copied() {
        if sign.is_whitespace() {
            signs.next();
        } else if sign.is_ascii_alphabetic() || sign == '_' {
            let mut word = String::new();
            while let Some((_, sign)) = signs.next_if(|(_, s)| s.is_ascii_alphanumeric() || "_.".contains(*s)) {
                word.push(sign);
            }
            // `LAST_N_DAYS:7` is one literal.
            if word.to_ascii_uppercase().contains("_N_") && signs.next_if(|(_, sign)| *sign == ':').is_some() {
                word.push(':');
                while let Some((_, sign)) = signs.next_if(|(_, sign)| sign.is_ascii_digit()) {
                    word.push(sign);
                }
                tokens.push(Token { kind: Kind::Bare(word), at });
            } else {
                tokens.push(Token { kind: Kind::Word(word), at });
            }
        } else if sign.is_ascii_digit() || "+-.".contains(sign) {
            let mut bare = String::new();
            while let Some((_, sign)) = signs.next_if(|(_, s)| s.is_ascii_alphanumeric() || "+-.:".contains(*s)) {
                bare.push(sign);
            }
            tokens.push(Token { kind: Kind::Bare(bare), at });
        } else if sign == '\'' {
            signs.next();
            tokens.push(Token { kind: quoted(&mut signs)?, at });
        } else {
            let rest = text.get(at..).unwrap_or_default();
            let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
            let Some(symbol) = symbol else { return Err(malformed(format!("unexpected token: '{sign}'"))) };
            for _ in 0..symbol.len() {
                signs.next();
            }
            tokens.push(Token { kind: Kind::Symbol(symbol), at });
        }
    }
    Ok(tokens)
}

fn quoted(signs: &mut impl Iterator<Item = (usize, char)>) -> Result<Kind, ApiError> {
    let (mut plain, mut like) = (String::new(), String::new());
    while let Some((_, sign)) = signs.next() {
        let sign = match sign {
            '\'' => return Ok(Kind::Text { plain, like }),
            '\\' => match signs.next().map(|(_, sign)| sign) {
                Some('n' | 'N') => '\n',
                Some('r' | 'R') => '\r',
                Some('t' | 'T') => '\t',
                Some('b' | 'B') => '\u{8}',
                Some('f' | 'F') => '\u{c}',
                Some(sign @ ('%' | '_')) => {
                    plain.push('\\');
                    plain.push(sign);
                    like.push('\\');
                    like.push(sign);
                    continue;
                }
                Some(sign @ ('\'' | '"')) => sign,
                Some('\\') => {
                    plain.push('\\');
                    like.push_str("\\\\");
                    continue;
                }
                Some(other) => return Err(malformed(format!("Illegal character escape: '\\{other}'"))),
                None => break,
            },
            sign => sign,
        };
        plain.push(sign);
        like.push(sign);
    }
    Err(malformed("unexpected end of query: a quote is not closed"))
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

const CLAUSES: [&str; 12] =
    ["FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "OFFSET", "USING", "WITH", "FOR", "HAVING", "ALL", "AS"];

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn unexpected(&self, token: &Token) -> ApiError {
        let shown = match &token.kind {
            Kind::Word(word) | Kind::Bare(word) => word.clone(),
            Kind::Text { plain, .. } => plain.clone(),
            Kind::Symbol(symbol) => (*symbol).to_owned(),
        };
        malformed(format!("{}unexpected token: '{shown}'", place(self.text, token.at)))
    }

    fn here(&self) -> ApiError {
        match self.peek() {
            Some(token) => self.unexpected(token),
            None => malformed("unexpected token: '<EOF>'"),
        }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token { kind: Kind::Word(own), .. }) if own.eq_ignore_ascii_case(word))
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    fn expect_word(&mut self, word: &str) -> Result<(), ApiError> {
        if self.eat_word(word) { Ok(()) } else { Err(self.here()) }
    }

    fn eat(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Some(Token { kind: Kind::Symbol(own), .. }) if *own == symbol);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), ApiError> {
        if self.eat(symbol) { Ok(()) } else { Err(self.here()) }
    }

    fn name(&mut self) -> Result<Name, ApiError> {
        match self.peek() {
            Some(Token { kind: Kind::Word(word), at }) => {
                let name = Name { text: word.clone(), at: *at };
                self.at += 1;
                Ok(name)
            }
            Some(_) | None => Err(self.here()),
        }
    }

    fn query(&mut self) -> Result<Query, ApiError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(malformed("the query is nested too deeply"));
        }
        self.expect_word("SELECT")?;
        let mut select = vec![self.item()?];
        while self.eat(",") {
            select.push(self.item()?);
        }
        self.expect_word("FROM")?;
        let from = self.name()?;
        let alias = self.alias()?;
        let mut query = Query {
            text: self.text.to_owned(),
            select,
            from,
            alias,
            filter: None,
            group: Vec::new(),
            order: Vec::new(),
            limit: None,
            offset: None,
        };
        if self.eat_word("USING") {
            self.expect_word("SCOPE")?;
            self.name()?;
        }
        if self.eat_word("WHERE") {
            query.filter = Some(self.condition()?);
        }
        if self.eat_word("WITH") {
            // Asks that the caller's permissions count, as they always do here.
            self.name()?;
        }
        if self.eat_word("GROUP") {
            self.expect_word("BY")?;
            query.group.push(self.name()?);
            while self.eat(",") {
                query.group.push(self.name()?);
            }
        }
        if self.eat_word("ORDER") {
            self.expect_word("BY")?;
            query.order.push(self.order()?);
            while self.eat(",") {
                query.order.push(self.order()?);
            }
        }
        if self.eat_word("LIMIT") {
            query.limit = Some(self.count()?);
        }
        if self.eat_word("OFFSET") {
            let offset = self.count()?;
            if offset > OFFSET_MAX {
                let message = "Maximum SOQL offset allowed is 2000";
                return Err(ApiError::bad("NUMBER_OUTSIDE_VALID_RANGE", message));
            }
            query.offset = Some(offset);
        }
        if self.eat_word("FOR") {
            self.name()?;
        }
        self.depth -= 1;
        Ok(query)
    }

    fn alias(&mut self) -> Result<Option<String>, ApiError> {
        if self.eat_word("AS") {
            return Ok(Some(self.name()?.text));
        }
        match self.peek() {
            Some(Token { kind: Kind::Word(word), .. })
                if !CLAUSES.iter().any(|clause| word.eq_ignore_ascii_case(clause)) && !word.contains('.') =>
            {
                Ok(Some(self.name()?.text))
            }
            Some(_) | None => Ok(None),
        }
    }

    fn item(&mut self) -> Result<Item, ApiError> {
        if self.eat("(") {
            let query = self.query()?;
            self.expect(")")?;
            return Ok(Item::Children(Box::new(query)));
        }
        let name = self.name()?;
        if !self.eat("(") {
            // An alias on a plain field belongs to grouped queries only.
            return Ok(Item::Field(name));
        }
        let function = match name.text.to_ascii_uppercase().as_str() {
            "FIELDS" => {
                let which = match self.name()?.text.to_ascii_uppercase().as_str() {
                    "ALL" => FieldsOf::All,
                    "STANDARD" => FieldsOf::Standard,
                    "CUSTOM" => FieldsOf::Custom,
                    _ => return Err(malformed("FIELDS() takes ALL, STANDARD or CUSTOM")),
                };
                self.expect(")")?;
                return Ok(Item::Fields(which));
            }
            // The value as the user's language shows it: here it is one language.
            "TOLABEL" | "FORMAT" => {
                let field = self.name()?;
                self.expect(")")?;
                return Ok(Item::Field(field));
            }
            "COUNT" => Aggregate::Count,
            "COUNT_DISTINCT" => Aggregate::CountDistinct,
            "MIN" => Aggregate::Min,
            "MAX" => Aggregate::Max,
            "SUM" => Aggregate::Sum,
            "AVG" => Aggregate::Avg,
            _ => return Err(malformed(format!("{}unexpected token: '('", place(self.text, name.at)))),
        };
        let field = if self.eat(")") {
            None
        } else {
            let field = self.name()?;
            self.expect(")")?;
            Some(field)
        };
        if field.is_none() && function != Aggregate::Count {
            return Err(self.here());
        }
        Ok(Item::Aggregate { function, field, alias: self.alias()? })
    }

    fn order(&mut self) -> Result<Order, ApiError> {
        let field = self.name()?;
        let descending = if self.eat_word("DESC") {
            true
        } else {
            self.eat_word("ASC");
            false
        };
        let nulls_first = if self.eat_word("NULLS") {
            if self.eat_word("FIRST") {
                true
            } else {
                self.expect_word("LAST")?;
                false
            }
        } else {
            !descending
        };
        Ok(Order { field, descending, nulls_first })
    }

    fn count(&mut self) -> Result<usize, ApiError> {
        let number = match self.peek() {
            Some(Token { kind: Kind::Bare(bare), .. }) => bare.parse().ok(),
            Some(_) | None => None,
        };
        let number = number.ok_or_else(|| self.here())?;
        self.at += 1;
        Ok(number)
    }

    /// Terms joined by one of AND and OR; both without parentheses are an error, as in Salesforce.
    fn condition(&mut self) -> Result<Condition, ApiError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(malformed("the condition is nested too deeply"));
        }
        let first = self.term()?;
        let word = if self.is_word("AND") {
            "AND"
        } else if self.is_word("OR") {
            "OR"
        } else {
            self.depth -= 1;
            return Ok(first);
        };
        let mut terms = vec![first];
        while self.eat_word(word) {
            terms.push(self.term()?);
        }
        if self.is_word("AND") || self.is_word("OR") {
            return Err(self.here());
        }
        self.depth -= 1;
        Ok(if word == "AND" { Condition::And(terms) } else { Condition::Or(terms) })
    }

    fn term(&mut self) -> Result<Condition, ApiError> {
        if self.eat_word("NOT") {
            return Ok(Condition::Not(Box::new(self.term()?)));
        }
        if self.eat("(") {
            let inner = self.condition()?;
            self.expect(")")?;
            return Ok(inner);
        }
        let field = self.name()?;
        if self.eat_word("LIKE") {
            let Some(Token { kind: Kind::Text { like, .. }, .. }) = self.peek() else { return Err(self.here()) };
            let value = Literal::Text(like.clone());
            self.at += 1;
            return Ok(Condition::Compare { field, operator: Operator::Like, value });
        }
        let negated = self.eat_word("NOT");
        if negated || self.is_word("IN") {
            self.expect_word("IN")?;
            self.expect("(")?;
            if self.is_word("SELECT") {
                let query = Box::new(self.query()?);
                self.expect(")")?;
                return Ok(Condition::InQuery { field, negated, query });
            }
            let mut values = vec![self.literal()?];
            while self.eat(",") {
                values.push(self.literal()?);
            }
            self.expect(")")?;
            return Ok(Condition::In { field, negated, values });
        }
        let operators = [
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("!=", Operator::NotEqual),
            ("<>", Operator::NotEqual),
            ("=", Operator::Equal),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        for (symbol, operator) in operators {
            if self.eat(symbol) {
                return Ok(Condition::Compare { field, operator, value: self.literal()? });
            }
        }
        Err(self.here())
    }

    fn literal(&mut self) -> Result<Literal, ApiError> {
        let token = self.peek().cloned().ok_or_else(|| self.here())?;
        let literal = match &token.kind {
            Kind::Text { plain, .. } if plain.chars().count() > LITERAL_MAX => {
                return Err(malformed("a text in a WHERE clause may have 4000 characters at most"));
            }
            Kind::Text { plain, .. } => Some(Literal::Text(plain.clone())),
            Kind::Word(word) => match word.to_ascii_uppercase().as_str() {
                "NULL" => Some(Literal::Null),
                "TRUE" => Some(Literal::Boolean(true)),
                "FALSE" => Some(Literal::Boolean(false)),
                "TODAY" => Some(Literal::Days { from: 0, to: 0 }),
                "YESTERDAY" => Some(Literal::Days { from: -1, to: -1 }),
                "TOMORROW" => Some(Literal::Days { from: 1, to: 1 }),
                _ => None,
            },
            Kind::Bare(bare) => bare_literal(bare),
            Kind::Symbol(_) => None,
        };
        let literal = literal.ok_or_else(|| self.unexpected(&token))?;
        self.at += 1;
        Ok(literal)
    }
}

fn bare_literal(bare: &str) -> Option<Literal> {
    if let Some((function, days)) = bare.split_once(':').filter(|(function, _)| function.contains('_')) {
        let days: i32 = days.parse().ok().filter(|days| (1..=100_000).contains(days))?;
        return match function.to_ascii_uppercase().as_str() {
            "LAST_N_DAYS" => Some(Literal::Days { from: -days, to: 0 }),
            "NEXT_N_DAYS" => Some(Literal::Days { from: 1, to: days }),
            _ => None,
        };
    }
    if let Some(day) = read_day(bare) {
        return Some(Literal::Day(day));
    }
    if let Some(at) = read_moment(bare) {
        return Some(Literal::Moment(moment(at)));
    }
    bare.parse().ok().filter(|number: &f64| number.is_finite()).map(Literal::Number)
}

/// The three lines that Salesforce puts before a message: the line, an arrow, row and column.
pub(super) fn place(text: &str, at: usize) -> String {
    const AROUND: usize = 40;
    let flat = text.replace(['\n', '\r', '\t'], " ");
    let mut from = at.saturating_sub(AROUND);
    while !flat.is_char_boundary(from) {
        from -= 1;
    }
    let mut to = (at + AROUND).min(flat.len());
    while !flat.is_char_boundary(to) {
        to += 1;
    }
    let shown = flat.get(from..to).unwrap_or_default();
    let before = text.get(..at).unwrap_or_default();
    let row = before.matches('\n').count() + 1;
    let column = at - before.rfind('\n').map_or(0, |line| line + 1) + 1;
    format!("\n{shown}\n{:>width$}\nERROR at Row:{row}:Column:{column}\n", "^", width = at - from + 1)
}
