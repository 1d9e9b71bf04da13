//! What the rules of the grammar are called when a person is spoken to, and what they are for the walk.
//!
//! The matches name every rule: a rule that is added to the grammar must be given its words here.

use super::parser::Rule;

/// What is expected where a thing of this rule has a gap, in words that follow "must be followed by" and "write".
pub(super) const fn expected(rule: Rule) -> &'static str {
    match rule {
        Rule::filter_text
        | Rule::chain
        | Rule::unary
        | Rule::group
        | Rule::where_test
        | Rule::unread
        | Rule::leftover
        | Rule::predicate
        | Rule::outline_text
        | Rule::outline_other => "a test such as `Country is \"NL\"`",
        Rule::where_part | Rule::field_test => "a test such as `Form is \"Contact\"`",
        Rule::trigger_text | Rule::trigger | Rule::trigger_in_filter | Rule::trigger_in_step => {
            "a trigger such as `added to list \"Newsletter\"`"
        }
        Rule::step_text | Rule::step | Rule::step_in_filter | Rule::step_in_trigger => {
            "a step such as `add to list \"Newsletter\"`"
        }
        Rule::predicate_in_trigger | Rule::predicate_in_step => "a filter such as `member of list \"Newsletter\"`",
        Rule::match_text
        | Rule::match_all
        | Rule::match_any
        | Rule::match_chain
        | Rule::match_unary
        | Rule::match_group
        | Rule::match_number => "`all`, `any` or the number of a filter",
        Rule::operator
        | Rule::test_without_is
        | Rule::value_test
        | Rule::test_list
        | Rule::literals
        | Rule::from_part
        | Rule::to_part
        | Rule::test_between
        | Rule::test_on_or_before
        | Rule::test_on_or_after
        | Rule::test_before
        | Rule::test_after
        | Rule::test_equal_symbol
        | Rule::test_unequal_symbol => "a value such as `\"NL\"`, `50` or `2026-03-05`",
        Rule::test_contains | Rule::test_starts | Rule::test_ends => "a text such as `\"NL\"`",
        Rule::test_greater
        | Rule::test_less
        | Rule::test_at_least
        | Rule::test_at_most
        | Rule::test_at_least_symbol
        | Rule::test_at_most_symbol
        | Rule::test_greater_symbol
        | Rule::test_less_symbol => "a number such as `50`",
        Rule::test_in
        | Rule::window_in
        | Rule::test_in_timeframe
        | Rule::test_timeframe
        | Rule::window
        | Rule::timeframe => "`past 7 days` or a time such as `this week`",
        Rule::test_in_past_before
        | Rule::test_in_past
        | Rule::test_in_future_after
        | Rule::test_in_future
        | Rule::duration
        | Rule::duration_text
        | Rule::shift
        | Rule::wait_for
        | Rule::wait_words => "a number and a unit such as `3 days`",
        Rule::names
        | Rule::names_any
        | Rule::names_starting
        | Rule::names_containing
        | Rule::texts
        | Rule::unquoted => "a name in quotes",
        Rule::with_status => "a status in quotes such as `\"Registered\"`",
        Rule::change_field | Rule::by_part => "`by` and a number, as in `by +5`",
        Rule::set_field => "`to` and a value, as in `to \"NL\"`",
        Rule::count | Rule::count_at_least | Rule::count_at_most | Rule::count_exactly => {
            "a number of times, as in `at least 2 times`"
        }
        Rule::random_sample | Rule::random_sample_words => "a percentage such as `10%`",
        Rule::percent => "`%`, as in `10%`",
        Rule::k_times | Rule::k_time => "`times`, as in `at least 2 times`",
        Rule::wait_until | Rule::wait_until_words | Rule::wait_until_moment | Rule::wait_until_field => {
            "a date or a field, as in `wait until 2026-03-05` or `wait until [Event Date]`"
        }
        Rule::wait_until_anniversary
        | Rule::field_changes
        | Rule::clear_field
        | Rule::had_field_changed
        | Rule::field_bare
        | Rule::field_in_brackets
        | Rule::wrong_field
        | Rule::wrong_field_with_is
        | Rule::keyword_field
        | Rule::word_in_field => "a field such as `Country` or `[Lead Source]`",
        Rule::ending | Rule::days | Rule::days_one | Rule::day => "days such as `weekdays` or `monday, thursday`",
        Rule::at_time => "a time such as `09:00`",
        Rule::schedule | Rule::schedule_days | Rule::schedule_weekdays => "`at` and a time, as in `at 09:00`",
        Rule::schedule_weeks => "`on` and days, as in `on monday`",
        Rule::schedule_month_day => "`on day 1` or `on the 1st monday`",
        Rule::schedule_month_weekday | Rule::ordinal => "`1st`, `2nd`, `3rd`, `4th` or `last` and a day of the week",
        Rule::schedule_once => "a date with a time, as in `once at 2026-03-05 09:00`",
        Rule::starting | Rule::until => "a date such as `2026-03-05`",
        Rule::schedule_text => "a schedule such as `every day at 06:00`",
        Rule::qualify_text | Rule::qualify_once | Rule::qualify_every_time => {
            "`once`, `every time` or `once every 7 days`"
        }
        Rule::qualify_once_every => "a number and a unit such as `7 days`",
        Rule::added_to_sfdc_campaign
        | Rule::removed_from_sfdc_campaign
        | Rule::status_changed_in_sfdc_campaign
        | Rule::added_to_program
        | Rule::removed_from_program
        | Rule::status_changed_in_program
        | Rule::success_reached_in_program
        | Rule::added_to_list
        | Rule::removed_from_list
        | Rule::enters_segment
        | Rule::leaves_segment
        | Rule::performs
        | Rule::member_of_sfdc_campaign
        | Rule::member_of_program
        | Rule::member_of_list
        | Rule::member_of_segment
        | Rule::member_of_smart_campaign
        | Rule::was_added_to_sfdc_campaign
        | Rule::was_removed_from_sfdc_campaign
        | Rule::had_status_changed_in_sfdc_campaign
        | Rule::had_status_changed_in_program
        | Rule::was_added_to_list
        | Rule::was_removed_from_list
        | Rule::performed
        | Rule::add_to_sfdc_campaign
        | Rule::remove_from_sfdc_campaign
        | Rule::change_status_in_sfdc_campaign
        | Rule::change_status_in_program
        | Rule::remove_from_program
        | Rule::add_to_list
        | Rule::remove_from_list
        | Rule::request_campaign
        | Rule::execute_campaign
        | Rule::remove_from_flow_of
        | Rule::remove_from_flow
        | Rule::call_webhook
        | Rule::send_email
        | Rule::send_alert
        | Rule::create_task
        | Rule::create_interesting_moment => "a name in quotes",
        Rule::string
        | Rule::curly_string
        | Rule::unclosed_string
        | Rule::datetime
        | Rule::date
        | Rule::wrong_date
        | Rule::time
        | Rule::wrong_time
        | Rule::number
        | Rule::k_true
        | Rule::k_false
        | Rule::k_empty
        | Rule::k_today
        | Rule::k_now => "a value",
        Rule::symbol_equal
        | Rule::symbol_unequal
        | Rule::symbol_at_least
        | Rule::symbol_at_most
        | Rule::symbol_greater
        | Rule::symbol_less
        | Rule::foreign_is
        | Rule::foreign_is_not
        | Rule::foreign_at_least
        | Rule::foreign_at_most
        | Rule::foreign_words
        | Rule::foreign_boolean
        | Rule::foreign_member_of
        | Rule::foreign_not_performed
        | Rule::k_add
        | Rule::k_added
        | Rule::k_after
        | Rule::k_alert
        | Rule::k_all
        | Rule::k_and
        | Rule::k_anniversary
        | Rule::k_any
        | Rule::k_at
        | Rule::k_before
        | Rule::k_between
        | Rule::k_by
        | Rule::k_call
        | Rule::k_campaign
        | Rule::k_change
        | Rule::k_changed
        | Rule::k_changes
        | Rule::k_clear
        | Rule::k_contain
        | Rule::k_containing
        | Rule::k_contains
        | Rule::k_converted
        | Rule::k_create
        | Rule::k_created
        | Rule::k_day
        | Rule::k_days
        | Rule::k_deleted
        | Rule::k_did
        | Rule::k_do
        | Rule::k_does
        | Rule::k_email
        | Rule::k_end
        | Rule::k_ending
        | Rule::k_ends
        | Rule::k_enters
        | Rule::k_every
        | Rule::k_exactly
        | Rule::k_execute
        | Rule::k_flow
        | Rule::k_from
        | Rule::k_future
        | Rule::k_greater
        | Rule::k_had
        | Rule::k_has
        | Rule::k_hour
        | Rule::k_hours
        | Rule::k_in
        | Rule::k_interesting
        | Rule::k_is
        | Rule::k_last
        | Rule::k_least
        | Rule::k_leaves
        | Rule::k_less
        | Rule::k_list
        | Rule::k_member
        | Rule::k_minus
        | Rule::k_minute
        | Rule::k_minutes
        | Rule::k_moment
        | Rule::k_month
        | Rule::k_months
        | Rule::k_most
        | Rule::k_next
        | Rule::k_no
        | Rule::k_not
        | Rule::k_nothing
        | Rule::k_of
        | Rule::k_on
        | Rule::k_once
        | Rule::k_or
        | Rule::k_past
        | Rule::k_perform
        | Rule::k_performed
        | Rule::k_performs
        | Rule::k_person
        | Rule::k_plus
        | Rule::k_program
        | Rule::k_quarter
        | Rule::k_random
        | Rule::k_reached
        | Rule::k_remove
        | Rule::k_removed
        | Rule::k_request
        | Rule::k_requested
        | Rule::k_responded
        | Rule::k_salesforce
        | Rule::k_sample
        | Rule::k_segment
        | Rule::k_send
        | Rule::k_set
        | Rule::k_sfdc
        | Rule::k_smart
        | Rule::k_start
        | Rule::k_starting
        | Rule::k_starts
        | Rule::k_status
        | Rule::k_success
        | Rule::k_sync
        | Rule::k_synced
        | Rule::k_task
        | Rule::k_than
        | Rule::k_the
        | Rule::k_this
        | Rule::k_to
        | Rule::k_until
        | Rule::k_wait
        | Rule::k_was
        | Rule::k_webhook
        | Rule::k_week
        | Rule::k_weekday
        | Rule::k_weekdays
        | Rule::k_weeks
        | Rule::k_where
        | Rule::k_who
        | Rule::k_with
        | Rule::k_without
        | Rule::k_year
        | Rule::k_years
        | Rule::k_yesterday
        | Rule::person_created
        | Rule::person_synced
        | Rule::person_converted
        | Rule::person_deleted
        | Rule::campaign_requested
        | Rule::sync_person
        | Rule::do_nothing
        | Rule::with_success
        | Rule::without_success
        | Rule::who_responded
        | Rule::who_has_not_responded => "a word of the rule language",
        Rule::surplus
        | Rule::unclosed
        | Rule::whole
        | Rule::comma
        | Rule::open
        | Rule::close
        | Rule::word
        | Rule::reserved
        | Rule::foreign_and
        | Rule::foreign_or
        | Rule::foreign_not
        | Rule::wrong_whole
        | Rule::wrong_unit
        | Rule::wrong_hour
        | Rule::foreign_list
        | Rule::missing_of
        | Rule::unread_text
        | Rule::leftover_text
        | Rule::unread_group
        | Rule::gap
        | Rule::token_word
        | Rule::token_symbol
        | Rule::apostrophe
        | Rule::member_of
        | Rule::connective
        | Rule::and_word
        | Rule::or_word
        | Rule::negation
        | Rule::trigger_named
        | Rule::trigger_plain
        | Rule::sfdc
        | Rule::segment
        | Rule::predicate_named
        | Rule::step_named
        | Rule::wait_step
        | Rule::required_names
        | Rule::required_to
        | Rule::required_by
        | Rule::part
        | Rule::times
        | Rule::is_words
        | Rule::test
        | Rule::test_moment
        | Rule::test_compared
        | Rule::test_verb
        | Rule::test_symbol
        | Rule::schedule_time
        | Rule::schedule_bound
        | Rule::literal
        | Rule::text
        | Rule::clock
        | Rule::day_of_year
        | Rule::unit
        | Rule::any_field
        | Rule::idc
        | Rule::small_word
        | Rule::unread_item
        | Rule::token
        | Rule::blank
        | Rule::WHITESPACE
        | Rule::COMMENT
        | Rule::EOI => "something else",
    }
}

/// Whether a rule reads a value by itself.
pub(super) const fn is_literal(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::string
            | Rule::curly_string
            | Rule::unclosed_string
            | Rule::datetime
            | Rule::date
            | Rule::wrong_date
            | Rule::time
            | Rule::wrong_time
            | Rule::number
            | Rule::k_true
            | Rule::k_false
            | Rule::k_empty
            | Rule::k_today
            | Rule::k_now
    )
}

/// Whether a rule reads a keyword or a sign, and not a value.
pub(super) const fn is_word(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::symbol_equal
            | Rule::symbol_unequal
            | Rule::symbol_at_least
            | Rule::symbol_at_most
            | Rule::symbol_greater
            | Rule::symbol_less
            | Rule::foreign_is
            | Rule::foreign_is_not
            | Rule::foreign_at_least
            | Rule::foreign_at_most
            | Rule::foreign_words
            | Rule::foreign_member_of
            | Rule::foreign_not_performed
            | Rule::k_add
            | Rule::k_added
            | Rule::k_after
            | Rule::k_alert
            | Rule::k_all
            | Rule::k_and
            | Rule::k_anniversary
            | Rule::k_any
            | Rule::k_at
            | Rule::k_before
            | Rule::k_between
            | Rule::k_by
            | Rule::k_call
            | Rule::k_campaign
            | Rule::k_change
            | Rule::k_changed
            | Rule::k_changes
            | Rule::k_clear
            | Rule::k_contain
            | Rule::k_containing
            | Rule::k_contains
            | Rule::k_converted
            | Rule::k_create
            | Rule::k_created
            | Rule::k_day
            | Rule::k_days
            | Rule::k_deleted
            | Rule::k_did
            | Rule::k_do
            | Rule::k_does
            | Rule::k_email
            | Rule::k_end
            | Rule::k_ending
            | Rule::k_ends
            | Rule::k_enters
            | Rule::k_every
            | Rule::k_exactly
            | Rule::k_execute
            | Rule::k_flow
            | Rule::k_from
            | Rule::k_future
            | Rule::k_greater
            | Rule::k_had
            | Rule::k_has
            | Rule::k_hour
            | Rule::k_hours
            | Rule::k_in
            | Rule::k_interesting
            | Rule::k_is
            | Rule::k_last
            | Rule::k_least
            | Rule::k_leaves
            | Rule::k_less
            | Rule::k_list
            | Rule::k_member
            | Rule::k_minus
            | Rule::k_minute
            | Rule::k_minutes
            | Rule::k_moment
            | Rule::k_month
            | Rule::k_months
            | Rule::k_most
            | Rule::k_next
            | Rule::k_no
            | Rule::k_not
            | Rule::k_nothing
            | Rule::k_of
            | Rule::k_on
            | Rule::k_once
            | Rule::k_or
            | Rule::k_past
            | Rule::k_perform
            | Rule::k_performed
            | Rule::k_performs
            | Rule::k_person
            | Rule::k_plus
            | Rule::k_program
            | Rule::k_quarter
            | Rule::k_random
            | Rule::k_reached
            | Rule::k_remove
            | Rule::k_removed
            | Rule::k_request
            | Rule::k_requested
            | Rule::k_responded
            | Rule::k_salesforce
            | Rule::k_sample
            | Rule::k_segment
            | Rule::k_send
            | Rule::k_set
            | Rule::k_sfdc
            | Rule::k_smart
            | Rule::k_start
            | Rule::k_starting
            | Rule::k_starts
            | Rule::k_status
            | Rule::k_success
            | Rule::k_sync
            | Rule::k_synced
            | Rule::k_task
            | Rule::k_than
            | Rule::k_the
            | Rule::k_this
            | Rule::k_time
            | Rule::k_times
            | Rule::k_to
            | Rule::k_until
            | Rule::k_wait
            | Rule::k_was
            | Rule::k_webhook
            | Rule::k_week
            | Rule::k_weekday
            | Rule::k_weekdays
            | Rule::k_weeks
            | Rule::k_where
            | Rule::k_who
            | Rule::k_with
            | Rule::k_without
            | Rule::k_year
            | Rule::k_years
            | Rule::k_yesterday
    )
}
