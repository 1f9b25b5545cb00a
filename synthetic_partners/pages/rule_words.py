"""What each rule between fields says, as a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ringback.synthetic_partners.pages.words import when_words
from ringback.synthetic_partners.rules import Rule

_CHECKS = {
    "zip": "the delivery point check digit (all twelve digits add up to a multiple of ten)",
    "aba": "the check digit by weights 3 7 1",
    "luhn": "the Luhn check digit",
    "sscc": "the check digit by weights 3 and 1",
}


def sentence(rule: Rule) -> str:
    """A rule with its conditions and the code it reports."""
    said = WORDS[rule.kind](rule)
    if rule.when:
        said += f", when {when_words(rule.when)}"
    if rule.unless:
        said += f", unless {when_words(rule.unless)}"
    return f"{said} ({'R106' if rule.kind == 'unique' else rule.code})"


def _named(names: tuple[str, ...], word: str = "and") -> str:
    shown = [f"`{name}`" for name in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {word} {shown[-1]}"


def _table(rule: Rule) -> str:
    pairs = (f"{_text(other)} goes with {' or '.join(map(_text, allowed))}" for other, allowed in rule.table)
    return f"`{rule.field}` agrees with `{rule.other}`: {'; '.join(pairs)}"


def _text(text: str) -> str:
    if text.endswith("*"):
        return f"what begins `{text[:-1]}`"
    return f"`{text}`" if text else "nothing"


def _before_header(rule: Rule) -> str:
    local = f" (local, `{rule.offset}` from UTC)" if rule.offset else ""
    return (
        f"`{rule.field}`{local} is at most {rule.days} days before the header's `{rule.other}`"
        f" and at most {rule.most} minutes after it"
    )


WORDS: Mapping[str, Callable[[Rule], str]] = {
    "not_before": lambda rule: f"`{rule.field}` is not before `{rule.other}`",
    "within_days": lambda rule: f"`{rule.field}` is at most {rule.days} days after `{rule.other}`",
    "days_after": lambda rule: f"`{rule.field}` is `{rule.other}` + {rule.days} days",
    "differs": lambda rule: f"`{rule.field}` differs from `{rule.other}`",
    "exactly_one": lambda rule: f"exactly one of {_named(rule.fields)} is there",
    "at_least_one": lambda rule: f"at least one of {_named(rule.fields)} is there",
    "equals": lambda rule: f"`{rule.field}` is {_text(rule.value)}",
    "range": lambda rule: f"`{rule.field}` is between {rule.least} and {rule.most}",
    "starts_with_header": lambda rule: f"`{rule.field}` begins with the header's `{rule.other}`",
    "number_of": lambda rule: f"`{rule.other}` is the number of `{rule.field}`",
    "check_digit": lambda rule: f"`{rule.field}` is {_CHECKS[rule.by]} of {_named(rule.fields)}",
    "agrees": _table,
    "required": lambda rule: f"`{rule.field}` is there",
    "before_header": _before_header,
    "short_day": lambda rule: f"`{rule.field}` (`MMDDYY`) is the day of `{rule.other}`",
    "same": lambda rule: f"`{rule.field}` is the same as `{rule.other}`",
    "starts_with": lambda rule: f"`{rule.field}` begins with `{rule.other}`",
    "bit_of": lambda rule: f"`{rule.field}` has the one bit that the last digit of `{rule.other}` names",
    "unique": lambda rule: (
        f"{_named(rule.fields)} {'is' if len(rule.fields) == 1 else 'together are'} in the file once"
    ),
    "count_of": lambda rule: f"`{rule.field}` is the number of records with the same `{rule.other}`",
    "rising": lambda rule: f"`{rule.field}` rises from record to record of one `{rule.other}`",
    "consecutive": lambda rule: (
        f"`{rule.field}`{', its check digit left out,' if rule.by else ''} rises by one from record to record"
    ),
}
