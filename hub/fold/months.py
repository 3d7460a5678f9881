"""What runs by the month: benefits paid from a month on, and contributed months. Months are YYYYMM, both ends included.

An act says what is true from its month on, until a later one says otherwise; the month a benefit is for counts,
not the day it is paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.domain.claim import Claim
from hub.domain.times import month_of, month_start, next_month
from hub.fold.today import Today

_PAYS = frozenset({"START", "RESUME"})

_LAST = "999912"  # no month follows it: registers write 9999-12-31 for "for ever"


@dataclass(frozen=True)
class MonthlyBenefit:
    """A benefit with its acts in play order: unemployment benefit, rent subsidy. STOP names the first month unpaid."""

    number: str
    acts: tuple[Claim, ...]

    def pays_in(self, month: str) -> bool:
        """Does the last act that has taken effect by then pay for that month?"""
        taken_effect = [act for act in self.acts if str(act.facts["from_month"]) <= month]
        if not taken_effect:
            return False
        facts = taken_effect[-1].facts
        return facts.get("action") in _PAYS and month <= str(facts.get("to_month") or "999912")

    def months(self, today: Today) -> list[str]:
        """Months up to this one for which it pays. Asks to be looked at again when the next one begins."""
        this_month = month_of(today.date)
        following = next_month(this_month)
        ahead = any(str(act.facts["from_month"]) > this_month for act in self.acts)
        if ahead or self.pays_in(this_month) or self.pays_in(following):
            today.reached(month_start(following))
        first = min((str(act.facts["from_month"]) for act in self.acts), default=following)
        return [month for month in span(first, this_month) if self.pays_in(month)]


def benefit_in(entry: str, acts: Sequence[Claim]) -> MonthlyBenefit:
    """A benefit as its register entry has it."""
    return MonthlyBenefit(entry.partition("/")[2], tuple(acts))


def open_spell(benefit: MonthlyBenefit) -> MonthlyBenefit:
    """What was decided since the benefit was last stopped; without acts once it is."""
    stopped = [at for at, act in enumerate(benefit.acts) if act.facts.get("action") == "STOP"]
    return MonthlyBenefit(benefit.number, benefit.acts[stopped[-1] + 1 :] if stopped else benefit.acts)


def span(first: str, last: str) -> list[str]:
    """Every month from first to last; none if they are the wrong way round."""
    found, month = [], first
    while month <= last:
        found.append(month)
        if month == _LAST:
            break
        month = next_month(month)
    return found


def said_by_month(acts: Iterable[Claim], first: str, last: str) -> dict[str, Claim]:
    """The last word on each contributed month within first and last. Acts of one scheme, in play order."""
    found: dict[str, Claim] = {}
    for act in acts:
        facts = act.facts
        for month in span(max(first, str(facts["from_month"])), min(last, str(facts["to_month"]))):
            found[month] = act
    return found


def runs_of(months: Iterable[str]) -> list[list[str]]:
    """Months without a gap between them, as lists in order."""
    runs: list[list[str]] = []
    for month in sorted(set(months)):
        if runs and next_month(runs[-1][-1]) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return runs
