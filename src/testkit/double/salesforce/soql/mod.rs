//! SOQL: as much of the query language as a campaign sync and the public clients use (facts, 3.4).
//!
//! `parse` makes a [`Query`] of a text, `run` answers it from the tables. Not there: date functions in SELECT, TYPEOF,
//! HAVING, ROLLUP, distance, currencies, SOSL.

pub(super) mod parse;
pub(super) mod run;
#[cfg(test)]
mod tests;

/// A query as it was written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Query {
    pub(super) text: String,
    pub(super) select: Vec<Item>,
    pub(super) from: Name,
    pub(super) alias: Option<String>,
    pub(super) filter: Option<Condition>,
    pub(super) group: Vec<Name>,
    pub(super) order: Vec<Order>,
    pub(super) limit: Option<usize>,
    pub(super) offset: Option<usize>,
}

/// A name with the place where it stands, for messages that point at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) at: usize,
}

/// One thing that is selected.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    /// A field, perhaps of a parent: `Name`, `Lead.Email`.
    Field(Name),
    /// `FIELDS(ALL)`, `FIELDS(STANDARD)`, `FIELDS(CUSTOM)`.
    Fields(FieldsOf),
    /// `COUNT()`, `COUNT(Id) many`, `MAX(CreatedDate)`.
    Aggregate { function: Aggregate, field: Option<Name>, alias: Option<String> },
    /// `(SELECT … FROM CampaignMembers)`.
    Children(Box<Query>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldsOf {
    All,
    Standard,
    Custom,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aggregate {
    Count,
    CountDistinct,
    Min,
    Max,
    Sum,
    Avg,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Compare { field: Name, operator: Operator, value: Literal },
    In { field: Name, negated: bool, values: Vec<Literal> },
    InQuery { field: Name, negated: bool, query: Box<Query> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Null,
    Boolean(bool),
    Number(f64),
    Text(String),
    /// `2026-05-06`.
    Day(String),
    /// `2026-05-06T11:27:34Z`, as rows keep it.
    Moment(String),
    /// `TODAY`, `LAST_N_DAYS:7`: days from and up to, today being 0, both inclusive.
    Days {
        from: i32,
        to: i32,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) field: Name,
    pub(super) descending: bool,
    /// Where nulls go; ascending puts them first, descending last.
    pub(super) nulls_first: bool,
}
