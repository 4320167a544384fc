"""Whose turn it is, of many."""

from typing import Any

from accounts import account
from fetchrun.agenda import HOST_SESSIONS, Agenda
from fetchrun.schedule import Event, Result
from in_memory import program
from sortlang.program import Program
from sortlang.rules import Account

NOW = 1_800_000_000.0


def boxes(*names: str, server: str = "pop.ex.com", more: str = "") -> Program:
    text = "".join(
        f'account "{name}" < server "{server}"; user "{name}"; password env "P"; every 1h; {more} >\n' for name in names
    )
    return program(text + "sort * -> all@ex.com;\n")


def agenda(program: Program) -> Agenda:
    made = Agenda("here")
    made.follow(program, NOW)
    return made


def taken(agenda: Agenda, now: float) -> list[str]:
    names = []
    while found := agenda.take(now):
        names.append(found.name)
    return names


def ended(agenda: Agenda, account: Account, result: Result = "well", began: float = NOW) -> float | None:
    return agenda.record(account, Event(began, began + 1, result))


def named(program: Program) -> dict[str, Account]:
    return {each.name: each for each in program.accounts}


def test_each_is_taken_once_and_again_after_an_hour() -> None:
    rules = boxes("a", "b")
    plan = agenda(rules)
    assert sorted(taken(plan, NOW)) == ["a", "b"]
    assert taken(plan, NOW + 7200) == [], "both are still under way"
    for each in rules.accounts:
        ended(plan, each)
    assert taken(plan, NOW + 60) == []
    assert sorted(taken(plan, NOW + 3800)) == ["a", "b"]


def test_two_accounts_of_one_maildrop_are_never_asked_together() -> None:
    rules = program(
        "".join(
            f'account "{name}" < server "{server}"; user "u"; password env "P"; >\n'
            for name, server in (("a", "pop.ex.com"), ("b", "POP.ex.com"))
        )
        + "sort * -> all@ex.com;\n"
    )
    plan = agenda(rules)
    first = taken(plan, NOW)
    assert len(first) == 1
    ended(plan, named(rules)[first[0]])
    assert taken(plan, NOW + 1) == [name for name in ("a", "b") if name not in first]


def test_new_rules_while_a_session_runs_do_not_start_a_second_one() -> None:
    rules = boxes("a")
    plan = agenda(rules)
    assert taken(plan, NOW) == ["a"]
    plan.follow(boxes("a", more="limit 5;"), NOW + 1)
    assert taken(plan, NOW + 10) == []
    ended(plan, rules.accounts[0])
    assert taken(plan, NOW + 4000) == ["a"]


def test_an_account_that_is_gone_is_not_asked_and_does_no_harm_when_its_session_ends() -> None:
    rules = boxes("a", "b")
    plan = agenda(rules)
    taken(plan, NOW)
    plan.follow(boxes("b"), NOW + 1)
    assert ended(plan, named(rules)["a"]) is None
    ended(plan, named(rules)["b"])
    assert taken(plan, NOW + 4000) == ["b"]


def test_a_login_that_was_refused_under_the_rules_from_before_is_forgotten() -> None:
    old = boxes("a", more="keep 1d;")
    plan = agenda(old)
    for second in range(3):
        taken(plan, NOW + 4000 * second)
        ended(plan, old.accounts[0], "denied", NOW + 4000 * second)
    assert plan.next() is None
    plan.follow(boxes("a"), NOW + 9000)
    assert taken(plan, NOW + 9000) == ["a"]


def test_forgiving_asks_again_what_was_given_up() -> None:
    rules = boxes("a")
    plan = agenda(rules)
    for second in range(3):
        taken(plan, NOW + 4000 * second)
        ended(plan, rules.accounts[0], "denied", NOW + 4000 * second)
    plan.forgive(NOW + 9000)
    assert taken(plan, NOW + 9000) == ["a"]


def test_a_host_that_is_down_is_asked_for_by_nobody_for_a_minute() -> None:
    rules = boxes("a", "b", "c")
    plan = agenda(rules)
    first = plan.take(NOW)
    assert first
    ended(plan, first, "unreachable")
    assert taken(plan, NOW + 50) == []
    assert len(taken(plan, NOW + 62)) == 2


def test_a_clock_that_was_set_back_stops_nobody() -> None:
    rules = boxes("a")
    plan = agenda(rules)
    taken(plan, NOW)
    ended(plan, rules.accounts[0])
    assert taken(plan, NOW + 10) == []
    year = 365 * 86_400
    assert taken(plan, NOW - year) == []
    assert taken(plan, NOW - year + 4000) == ["a"]


def test_ten_thousand_accounts_are_taken_in_the_order_in_which_they_are_due() -> None:
    boxes = (account(995, name=str(n), user=str(n), server=f"pop{n // HOST_SESSIONS}.ex.com") for n in range(10_000))
    rules: Any = type("Rules", (), {"accounts": tuple(boxes)})
    plan = agenda(rules)
    assert len(taken(plan, NOW)) == 10_000
    for number, each in enumerate(rules.accounts):
        plan.record(each, Event(NOW - number, NOW, "well"))
    moments = []
    while (moment := plan.next()) is not None and plan.take(moment):
        moments.append(moment)
    assert len(moments) == 10_000
    assert moments == sorted(moments)


def test_a_host_is_asked_for_so_many_maildrops_at_a_time_and_no_more() -> None:
    crowd = [f"crowd{number:02}" for number in range(HOST_SESSIONS + 3)]
    rules = program(
        "".join(
            f'account "{name}" < server "{server}"; user "{name}"; password env "P"; every 1h; >\n'
            for name, server in [*((each, "pop.ex.com") for each in crowd), ("elsewhere", "pop.ex.net")]
        )
        + "sort * -> all@ex.com;\n"
    )
    plan = agenda(rules)
    first = taken(plan, NOW)
    assert len(first) == HOST_SESSIONS + 1 and "elsewhere" in first
    for name in [each for each in first if each != "elsewhere"][:2]:
        ended(plan, named(rules)[name])
    second = taken(plan, NOW + 2)
    assert len(second) == 2 and not {*second} & {*first}
    for name in second:
        ended(plan, named(rules)[name])
    assert {*taken(plan, NOW + 4), *first, *second} == {*crowd, "elsewhere"}


def test_who_waits_for_a_full_host_waits_on_when_another_who_waits_is_no_more() -> None:
    crowd = [f"crowd{number:02}" for number in range(HOST_SESSIONS + 2)]
    before = boxes(*crowd)
    plan = agenda(before)
    first = taken(plan, NOW)
    gone, stays = sorted({*crowd} - {*first})
    plan.follow(boxes(*(each for each in crowd if each != gone)), NOW + 1)
    ended(plan, named(before)[first[0]])
    assert taken(plan, NOW + 2) == [stays]
