//! Every place of a workspace where something is named.
//!
//! Rule files are walked as they were read, so what cannot be read mentions nothing: whoever changes all mentions must
//! look at [`Book::broken`] first. Scenario files are walked by their keys.

use super::book::Book;
use super::names::{Kind, Names, Thing};
use super::outline::Level;
use super::phrases;
use super::shapes;
use crate::diagnostics::{FileId, Sources, Span};
use crate::language::ast::{
    self, Change, FieldRef, Filter, LiteralKind, Name, NamesKind, Operator, OperatorKind, Parts, Phrase, SfdcLink,
    StepDecl, Text, Token, TokenDecl, TriggerForm,
};
use crate::language::keys::Shape;
use crate::language::{Scalar, TextKind, Workspace, is_scenario_file, text, yaml};

/// How something is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum How {
    /// By a key or text of YAML, whole.
    Yaml {
        /// Whether this declares it.
        declares: bool,
    },
    /// In quotes, in a rule text.
    Quoted,
    /// As a field in a rule text, with or without brackets.
    Field,
    /// In `{{my.NAME}}` and its like.
    Braces,
    /// By a text that is a token, whose value is the name.
    Through(Thing),
    /// By a text of which tokens are a part.
    Partly,
}

/// A place where something is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    /// What is named: of a status one for each of what the phrase names that has it.
    pub(super) things: Vec<Thing>,
    /// Where: quotes, brackets and braces are part of it.
    pub(super) span: Span,
    /// How.
    pub(super) how: How,
}

/// All mentions, file by file.
pub(super) fn mentions(book: &Book, names: &Names) -> Vec<Mention> {
    let mut walk = Walk { names, all: Vec::new(), program: None, campaign_activities: Vec::new() };
    for (file, declared) in book.declared() {
        if is_scenario_file(book.sources().path(file)) {
            walk.scenarios(book.sources(), file);
        } else if !book.is_broken(file) {
            walk.workspace(declared);
        }
    }
    walk.all
}

struct Walk<'a> {
    names: &'a Names,
    all: Vec<Mention>,
    /// The program of the campaign around.
    program: Option<String>,
    /// The activities that start the campaign around: `{{trigger.…}}` may be their attributes.
    campaign_activities: Vec<String>,
}

impl Walk<'_> {
    fn add(&mut self, things: Vec<Thing>, span: Span, how: How) {
        if !things.is_empty() {
            self.all.push(Mention { things, span, how });
        }
    }

    fn declare(&mut self, thing: Thing, name: &Name) {
        self.add(vec![thing], name.span, How::Yaml { declares: true });
    }

    fn name(&mut self, kind: Kind, name: &Name) {
        self.add(vec![Thing::new(kind, &name.value)], name.span, How::Yaml { declares: false });
    }

    fn workspace(&mut self, declared: &Workspace) {
        let Workspace {
            settings: _,
            fields,
            activities,
            lists,
            channels,
            programs,
            sfdc_campaigns,
            declares_sfdc_campaigns: _,
            webhooks,
            tokens,
            segments,
            campaigns,
            unread: _,
        } = declared;
        for field in fields {
            self.declare(Thing::new(Kind::Field, &field.name.value), &field.name);
        }
        for activity in activities {
            self.declare(Thing::new(Kind::Activity, &activity.name.value), &activity.name);
            for attribute in &activity.attributes {
                let thing = Thing::of(Kind::Attribute, &activity.name.value, &attribute.name.value);
                self.declare(thing, &attribute.name);
            }
        }
        for list in lists {
            self.declare(Thing::new(Kind::List, &list.value), list);
        }
        for channel in channels {
            self.declare(Thing::new(Kind::Channel, &channel.name.value), &channel.name);
            for status in &channel.statuses {
                self.declare(Thing::of(Kind::Status, &channel.name.value, &status.name.value), &status.name);
            }
        }
        for program in programs {
            self.declare(Thing::new(Kind::Program, &program.name.value), &program.name);
            self.name(Kind::Channel, &program.channel);
            if let Some(SfdcLink::Name(name)) = &program.sfdc_campaign {
                self.name(Kind::SfdcCampaign, name);
            }
            self.tokens(&program.name.value, &program.tokens);
        }
        for campaign in sfdc_campaigns {
            self.declare(Thing::new(Kind::SfdcCampaign, &campaign.name.value), &campaign.name);
            for status in &campaign.statuses {
                self.declare(Thing::of(Kind::MemberStatus, &campaign.name.value, &status.name.value), &status.name);
            }
        }
        for webhook in webhooks {
            self.declare(Thing::new(Kind::Webhook, &webhook.name.value), &webhook.name);
        }
        self.tokens("", tokens);
        for segment in segments {
            self.declare(Thing::new(Kind::Segment, &segment.name.value), &segment.name);
            segment.filter.iter().for_each(|filter| self.filter(filter));
        }
        for campaign in campaigns {
            self.campaign(campaign);
        }
    }

    fn tokens(&mut self, program: &str, tokens: &[TokenDecl]) {
        for token in tokens {
            self.declare(Thing::of(Kind::Token, program, &token.name.value), &token.name);
        }
    }

    fn campaign(&mut self, campaign: &ast::CampaignDecl) {
        self.declare(Thing::new(Kind::SmartCampaign, &campaign.name.value), &campaign.name);
        campaign.program.iter().for_each(|program| self.name(Kind::Program, program));
        campaign.after.iter().for_each(|after| self.name(Kind::SmartCampaign, after));
        self.program = campaign.program.as_ref().map(|program| program.value.to_string());
        for trigger in campaign.triggers.iter().flat_map(|(_, triggers)| triggers) {
            if trigger.form == TriggerForm::Performs {
                let activities = self.listed(&trigger.parts);
                self.campaign_activities.extend(activities);
            }
            self.phrase(trigger, phrases::trigger_names(trigger.form));
        }
        campaign.filter.iter().for_each(|filter| self.filter(filter));
        campaign.flow.iter().for_each(|step| self.step(step));
        self.program = None;
        self.campaign_activities.clear();
    }

    fn step(&mut self, step: &StepDecl) {
        match step {
            StepDecl::Do { id: _, step } => self.phrase(step, phrases::step_names(step.form)),
            StepDecl::Choose { key: _, span: _, branches, broken: _ } => {
                for branch in branches {
                    branch.condition.iter().for_each(|filter| self.filter(filter));
                    branch.steps.iter().for_each(|step| self.step(step));
                }
            }
        }
    }

    fn filter(&mut self, filter: &Filter) {
        match filter {
            Filter::And(filters, _) | Filter::Or(filters, _) => filters.iter().for_each(|filter| self.filter(filter)),
            Filter::Not(filter, _) => self.filter(filter),
            Filter::Test(test) => self.phrase(test, phrases::predicate_names(test.form)),
        }
    }

    fn phrase<F>(&mut self, phrase: &Phrase<F>, kind: Option<Kind>) {
        let Parts {
            names,
            field,
            operator,
            with_status,
            from,
            to,
            responded: _,
            success: _,
            attributes,
            window: _,
            count: _,
            by: _,
            percent: _,
            wait: _,
        } = &phrase.parts;
        match names.as_ref().map(|names| &names.kind) {
            Some(NamesKind::Listed(texts)) => texts.iter().for_each(|text| self.text(text, kind)),
            Some(NamesKind::StartingWith(text) | NamesKind::Containing(text)) => self.text(text, None),
            Some(NamesKind::Any) | None => {}
        }
        field.iter().for_each(|field| self.field(field));
        operator.iter().for_each(|operator| self.operator(operator));
        let statuses = with_status.iter().flat_map(|statuses| &statuses.value);
        statuses.for_each(|status| self.status(status, &phrase.parts, kind));
        for change in [from, to].into_iter().flatten() {
            match &change.value {
                Change::Statuses(texts) => {
                    texts.iter().for_each(|status| self.status(status, &phrase.parts, kind));
                }
                Change::Test(operator) => self.operator(operator),
                Change::Value(literal) => self.literals([literal]),
            }
        }
        if let Some(attributes) = attributes {
            let activities = self.listed(&phrase.parts);
            self.attributes(&attributes.value, &activities);
        }
    }

    /// Tests of attributes of these activities.
    fn attributes(&mut self, filter: &Filter, activities: &[String]) {
        match filter {
            Filter::And(filters, _) | Filter::Or(filters, _) => {
                filters.iter().for_each(|filter| self.attributes(filter, activities));
            }
            Filter::Not(filter, _) => self.attributes(filter, activities),
            Filter::Test(test) => {
                if let Some(field) = &test.parts.field {
                    let things = activities.iter().map(|activity| Thing::of(Kind::Attribute, activity, &field.name));
                    self.add(self.known(things), field.span, How::Field);
                }
                test.parts.operator.iter().for_each(|operator| self.operator(operator));
            }
        }
    }

    fn known(&self, things: impl Iterator<Item = Thing>) -> Vec<Thing> {
        things.filter(|thing| self.names.find(thing).is_some()).collect()
    }

    fn field(&mut self, field: &FieldRef) {
        self.add(vec![Thing::new(Kind::Field, &field.name)], field.span, How::Field);
    }

    fn operator(&mut self, operator: &Operator) {
        match &operator.kind {
            OperatorKind::Is(literals)
            | OperatorKind::Contains(literals)
            | OperatorKind::StartsWith(literals)
            | OperatorKind::EndsWith(literals) => self.literals(literals),
            OperatorKind::GreaterThan(literal)
            | OperatorKind::LessThan(literal)
            | OperatorKind::AtLeast(literal)
            | OperatorKind::AtMost(literal)
            | OperatorKind::Before(literal)
            | OperatorKind::After(literal)
            | OperatorKind::OnOrBefore(literal)
            | OperatorKind::OnOrAfter(literal) => self.literals([literal]),
            OperatorKind::Between(first, second) => self.literals([first, second]),
            OperatorKind::InPast(_)
            | OperatorKind::InPastBefore(_)
            | OperatorKind::InFuture(_)
            | OperatorKind::InFutureAfter(_)
            | OperatorKind::In(_) => {}
        }
    }

    fn literals<'l>(&mut self, literals: impl IntoIterator<Item = &'l ast::Literal>) {
        for literal in literals {
            if let LiteralKind::Text(text) = &literal.kind {
                self.text(text, None);
            }
        }
    }

    /// A text that names something of a kind, or only has tokens in it.
    fn text(&mut self, text: &Text, kind: Option<Kind>) {
        self.braces(text);
        if let Some(kind) = kind {
            let (name, how) = self.written(text);
            self.add(vec![Thing::new(kind, name)], text.span, how);
        }
    }

    /// A status of what the phrase names.
    fn status(&mut self, text: &Text, parts: &Parts, kind: Option<Kind>) {
        self.braces(text);
        let Some(kind) = kind else { return };
        let listed = self.listed(parts);
        let all = || self.names.each(kind).map(|declared| declared.thing.name.to_string()).collect();
        let named: Vec<String> = match parts.names.as_ref().map(|names| &names.kind) {
            Some(NamesKind::Listed(_)) => listed,
            Some(NamesKind::StartingWith(part)) => {
                let part = self.written(part).0;
                let all: Vec<String> = all();
                all.into_iter().filter(|name| name.starts_with(&part)).collect()
            }
            Some(NamesKind::Containing(part)) => {
                let part = self.written(part).0;
                let all: Vec<String> = all();
                all.into_iter().filter(|name| name.contains(&part)).collect()
            }
            Some(NamesKind::Any) | None => all(),
        };
        let (name, how) = self.written(text);
        let mut things: Vec<Thing> = Vec::new();
        for owner in named.iter().flat_map(|named| self.names.owners_of_statuses(kind, named)) {
            let kind = if owner.kind == Kind::Channel { Kind::Status } else { Kind::MemberStatus };
            let status = Thing::of(kind, &owner.name, &name);
            if self.names.find(&status).is_some() && !things.contains(&status) {
                things.push(status);
            }
        }
        self.add(things, text.span, how);
    }

    /// The names that a phrase lists.
    fn listed(&self, parts: &Parts) -> Vec<String> {
        match parts.names.as_ref().map(|names| &names.kind) {
            Some(NamesKind::Listed(texts)) => texts.iter().map(|text| self.written(text).0).collect(),
            Some(NamesKind::Any | NamesKind::StartingWith(_) | NamesKind::Containing(_)) | None => Vec::new(),
        }
    }

    /// What a text says, tokens replaced, and how it says it.
    fn written(&self, text: &Text) -> (String, How) {
        if text.tokens.is_empty() {
            return (text.value.to_string(), How::Quoted);
        }
        let mut name = String::new();
        let mut at = 0;
        let mut through = None;
        for token in &text.tokens {
            name.push_str(text.value.get(at..token.range.0).unwrap_or(""));
            at = token.range.1;
            let thing = self.my(token);
            let value = thing.as_ref().and_then(|thing| self.names.find(thing)).map(|token| token.detail.as_str());
            name.push_str(value.unwrap_or(""));
            through = thing;
        }
        name.push_str(text.value.get(at..).unwrap_or(""));
        let whole = matches!(text.tokens.as_slice(), [one] if one.range == (0, text.value.len()));
        let how = through.filter(|_| whole).map_or(How::Partly, How::Through);
        (name, how)
    }

    /// The token that `{{my.NAME}}` stands for here.
    fn my(&self, token: &Token) -> Option<Thing> {
        let own = self.program.as_ref().map(|program| Thing::of(Kind::Token, program, &token.name));
        let things = own.into_iter().chain([Thing::new(Kind::Token, &token.name)]);
        let is_my = token.namespace.eq_ignore_ascii_case("my");
        things.into_iter().find(|thing| is_my && self.names.find(thing).is_some())
    }

    fn braces(&mut self, text: &Text) {
        for token in &text.tokens {
            let things = match token.namespace.to_ascii_lowercase().as_str() {
                "my" => self.my(token).into_iter().collect(),
                "person" | "lead" => vec![Thing::new(Kind::Field, &token.name)],
                "trigger" => {
                    let of = |activity: &String| Thing::of(Kind::Attribute, activity, &token.name);
                    self.known(self.campaign_activities.iter().map(of))
                }
                _ => Vec::new(),
            };
            self.add(things, token.span, How::Braces);
        }
    }

    // -----------------------------------------------------------------------------------------------------------------
    // Scenario files
    // -----------------------------------------------------------------------------------------------------------------

    fn scenarios(&mut self, sources: &Sources, file: FileId) {
        if let Some(root) = yaml::parse(sources, file, &mut Vec::new()) {
            self.node(&root, &mut Vec::new());
        }
    }

    fn node(&mut self, node: &yaml::Node, path: &mut Vec<Level>) {
        match node {
            yaml::Node::Mapping { entries, .. } => {
                let kinds = shapes::named_by_keys(path);
                let is_event = entries.iter().any(|(key, _)| key.text() == "type");
                for (key, value) in entries {
                    for kind in kinds {
                        self.scalar(*kind, key);
                    }
                    path.push(Level::Key(key.text().to_owned()));
                    if is_event {
                        self.event(entries, key, value, path);
                    }
                    self.members(value, path);
                    self.node(value, path);
                    path.pop();
                }
            }
            yaml::Node::Sequence { items, .. } => {
                for item in items {
                    path.push(Level::Item);
                    self.node(item, path);
                    path.pop();
                }
            }
            yaml::Node::Scalar { scalar, .. } if !node.is_null() => self.scenario_text(scalar, path),
            yaml::Node::Scalar { .. } | yaml::Node::Poisoned(_) => {}
        }
    }

    fn scalar(&mut self, kind: Kind, scalar: &Scalar) {
        self.add(vec![Thing::new(kind, scalar.text())], scalar.span(), How::Yaml { declares: false });
    }

    /// What an event names.
    fn event(&mut self, entries: &[(Scalar, yaml::Node)], key: &Scalar, value: &yaml::Node, path: &[Level]) {
        let text = |wanted: &str| {
            let found = entries.iter().find(|(key, _)| key.text() == wanted).map(|(_, value)| value);
            if let Some(yaml::Node::Scalar { scalar, .. }) = found { scalar.text() } else { "" }
        };
        let yaml::Node::Scalar { scalar, .. } = value else { return };
        let type_ = text("type");
        match key.text() {
            "to" | "status" if type_.starts_with("program.") => {
                self.status_of(Kind::Program, text("program"), scalar);
            }
            "to" | "status" if type_.starts_with("sfdc_campaign.") => {
                self.status_of(Kind::SfdcCampaign, text("campaign"), scalar);
            }
            "campaign" if type_.starts_with("sfdc_campaign.") => self.scalar(Kind::SfdcCampaign, scalar),
            "campaign" => self.scalar(Kind::SmartCampaign, scalar),
            _ => {
                if let [kind] = shapes::named_by_text(path) {
                    self.scalar(*kind, scalar);
                }
            }
        }
    }

    fn status_of(&mut self, kind: Kind, named: &str, scalar: &Scalar) {
        let owners = self.names.owners_of_statuses(kind, named).into_iter().map(|owner| {
            let kind = if owner.kind == Kind::Channel { Kind::Status } else { Kind::MemberStatus };
            Thing::of(kind, &owner.name, scalar.text())
        });
        let things = self.known(owners);
        self.add(things, scalar.span(), How::Yaml { declares: false });
    }

    /// The statuses of the members that `given` states.
    fn members(&mut self, value: &yaml::Node, path: &[Level]) {
        let (kind, owner) = match shapes::words(path).as_slice() {
            ["scenarios", "-", "given", "sfdc_campaigns", owner, _] => (Kind::SfdcCampaign, (*owner).to_owned()),
            ["scenarios", "-", "given", "programs", owner, _] => (Kind::Program, (*owner).to_owned()),
            [..] => return,
        };
        let status = match value {
            yaml::Node::Scalar { scalar, .. } => Some(scalar),
            yaml::Node::Mapping { entries, .. } => entries.iter().find_map(|(key, value)| match value {
                yaml::Node::Scalar { scalar, .. } if key.text() == "status" => Some(scalar),
                yaml::Node::Scalar { .. }
                | yaml::Node::Sequence { .. }
                | yaml::Node::Mapping { .. }
                | yaml::Node::Poisoned(_) => None,
            }),
            yaml::Node::Sequence { .. } | yaml::Node::Poisoned(_) => None,
        };
        if let Some(status) = status {
            self.status_of(kind, &owner, status);
        }
    }

    /// A text of a scenario file: a filter, an action, a name.
    fn scenario_text(&mut self, scalar: &Scalar, path: &[Level]) {
        let is_action = matches!(
            shapes::words(path).as_slice(),
            ["scenarios", "-", "timeline", "-", "expect_actions", "-", "action"]
        );
        if is_action {
            if let Some(step) = text::step(scalar, &mut Vec::new()) {
                self.phrase(&step, phrases::step_names(step.form));
            }
            return;
        }
        for shape in shapes::at(path, true) {
            match shape {
                Shape::Rule(TextKind::Filter) => {
                    if let Some(filter) = text::filter(scalar, &mut Vec::new()) {
                        self.filter(&filter);
                    }
                    return;
                }
                Shape::Name(of) => {
                    self.scalar(shapes::kind_of(of), scalar);
                    return;
                }
                Shape::Rule(
                    TextKind::Trigger
                    | TextKind::Step
                    | TextKind::Schedule
                    | TextKind::Qualify
                    | TextKind::Match
                    | TextKind::Duration,
                )
                | Shape::Text
                | Shape::Boolean
                | Shape::Whole(_)
                | Shape::Words(_)
                | Shape::List(_)
                | Shape::Named(_)
                | Shape::Keys(_)
                | Shape::OneKey(_)
                | Shape::Either(_)
                | Shape::Called(_)
                | Shape::Any => {}
            }
        }
        if !matches!(path.iter().rev().nth(1), Some(Level::Key(key)) if key == "event")
            && let [kind] = shapes::named_by_text(path)
        {
            self.scalar(*kind, scalar);
        }
    }
}
