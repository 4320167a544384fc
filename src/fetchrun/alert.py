"""An Alert: somebody is called, once when it begins and once when it ends."""

from collections.abc import Mapping
from typing import Literal

from fetchrun.condition import Complaint, Condition
from sortlang.frozen import frozen


@frozen
class Alert:
    """A change of state. `whose`: `account "office"`, `rules` or `state folder`; the complaint that begins or ends."""

    kind: Literal["trouble", "well"]
    whose: str
    complaint: Complaint

    @property
    def environment(self) -> dict[str, str]:
        """What the command finds in its environment; each value is one line."""
        return {
            "FETCHRUN_STATE": self.kind,
            "FETCHRUN_WHOSE": self.whose,
            "FETCHRUN_STEP": self.complaint.step,
            "FETCHRUN_SENTENCE": self.complaint.sentence,
            "FETCHRUN_HINT": self.complaint.hint,
            "FETCHRUN_PLACE": self.complaint.place,
            "FETCHRUN_SINCE": f"{self.complaint.since:.0f}",
        }


def alerts(told: Mapping[str, Complaint], condition: Condition) -> tuple[tuple[Alert, ...], dict[str, Complaint]]:
    """What to tell now, and what has been told then. `told`: the complaints somebody was called for.

    One that changes its words is no news, nor is one of an account that is no longer in the rules.
    """
    complaints = dict(condition.complaints)
    new = {whose: what for whose, what in complaints.items() if whose not in told and _loud(whose, condition)}
    over = {whose: what for whose, what in told.items() if whose not in complaints}
    known = {"rules", "state folder", *(_whose(each.name) for each in condition.accounts)}
    ends = tuple(Alert("well", whose, what) for whose, what in over.items() if whose in known)
    begins = tuple(Alert("trouble", whose, what) for whose, what in new.items())
    return (*begins, *ends), {whose: what for whose, what in {**told, **new}.items() if whose not in over}


def _loud(whose: str, condition: Condition) -> bool:
    return next((each.alarming for each in condition.accounts if _whose(each.name) == whose), True)


def _whose(name: str) -> str:
    return f'account "{name}"'
