"""Somebody is called once when trouble begins and once when it ends, whatever happens in between."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetchrun.alarm import alarm, sounded
from fetchrun.alert import Alert, alerts
from fetchrun.condition import AccountCondition, Complaint, Condition, RulesCondition
from fetchrun.memory.conditions import alarms
from fetchrun.memory.ledger import Ledger

NOW = 1_700_000_000.0
LASTS = Complaint("login", "no; $(touch /tmp/x)", "do this", "mail.sort:4", NOW)
PASSES = replace(LASTS, step="connect", lasting=False)
WHOSE = 'account "a"'


def condition(complaint: Complaint | None, failures: int = 1) -> Condition:
    return Condition((AccountCondition("a", "s", failures=failures, complaint=complaint),))


def test_lasting_trouble_is_told_at_once_and_once() -> None:
    news, told = alerts({}, condition(LASTS))
    assert news == (Alert("trouble", WHOSE, LASTS),)
    assert alerts(told, condition(replace(LASTS, sentence="other words", since=NOW + 9))) == ((), told)
    assert alerts(told, condition(None)) == ((Alert("well", WHOSE, LASTS),), {})


def test_trouble_that_passes_is_told_when_it_goes_on_and_not_taken_back_before_it_is_over() -> None:
    assert alerts({}, condition(PASSES, failures=2)) == ((), {})
    _, told = alerts({}, condition(PASSES, failures=3))
    assert WHOSE in told
    assert alerts(told, condition(PASSES, failures=1))[0] == ()


def test_disk_and_rules_are_told() -> None:
    broken = Condition(rules=RulesCondition("f", "d", NOW, LASTS), disk=LASTS)
    assert [each.whose for each in alerts({}, broken)[0]] == ["state folder", "rules"]


def test_an_account_that_is_gone_is_no_good_news() -> None:
    assert alerts({WHOSE: LASTS}, Condition()) == ((), {})


@given(st.lists(st.tuples(st.sampled_from([None, LASTS, PASSES]), st.integers(0, 5))))
def test_trouble_and_well_take_turns(history: list[tuple[Complaint | None, int]]) -> None:
    told: dict[str, Complaint] = {}
    kinds = []
    for complaint, failures in history:
        news, told = alerts(told, condition(complaint, failures))
        kinds += [each.kind for each in news]
    assert kinds == ["trouble", "well"] * (len(kinds) // 2) + ["trouble"] * (len(kinds) % 2)


def test_the_command_finds_all_in_its_environment_and_no_shell_reads_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = (
        "import os, sys; open(sys.argv[1], 'a').write(os.environ['FETCHRUN_STATE'] + os.environ['FETCHRUN_SENTENCE'])"
    )
    complaints: list[str] = []

    async def both() -> None:
        argv = (sys.executable, "-c", script, str(out))
        (tmp_path / "state").mkdir()
        told = await alarm(argv, condition(LASTS), {}, tmp_path / "state", complaints.append)
        told = await alarm(argv, condition(LASTS), told, tmp_path / "state", complaints.append)
        ledger = Ledger(tmp_path / "state")
        assert alarms(ledger) == told == {WHOSE: LASTS}, "a restart calls nobody again"
        ledger.close()
        await alarm(argv, condition(None), told, tmp_path / "state", complaints.append)

    asyncio.run(both())
    assert out.read_text() == f"trouble{LASTS.sentence}well{LASTS.sentence}"
    assert not complaints


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("/no/such/program",), "cannot be started: no such file or directory"),
        ((sys.executable, "-c", "raise SystemExit(3)"), "ended with status 3"),
    ],
)
def test_a_command_that_fails_is_told(argv: tuple[str, ...], said: str) -> None:
    complaints: list[str] = []
    asyncio.run(sounded(argv, Alert("trouble", WHOSE, LASTS), complaints.append))
    assert said in complaints[0]


def test_a_command_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fetchrun.alarm.SECONDS", 0.05)
    complaints: list[str] = []
    asyncio.run(sounded(("sleep", "600"), Alert("trouble", WHOSE, LASTS), complaints.append))
    assert "did not end" in complaints[0]


def test_a_ledger_that_cannot_be_written_is_no_reason_to_call_nobody(tmp_path: Path) -> None:
    out = tmp_path / "out"
    asyncio.run(alarm(("touch", str(out)), Condition(disk=LASTS), {}, tmp_path / "no" / "folder", print))
    assert out.exists()
