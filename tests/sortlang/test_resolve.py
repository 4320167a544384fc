"""What statements and settings mean, and that their order means nothing."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from in_memory import ACCOUNT, compiled, found, program
from sortlang.address import Address
from sortlang.rules import DAY, FOREVER, Account, Envelope, Password, Tls

STATEMENTS = (
    'account "a" < server "a.ex.com"; user "u"; password env "P"; sort boss@ex.com -> ceo@ex.com; limit 7; >',
    'account "b" { limit 2MB; server "b.ex.com" port 110; user "u"; password "secret"; disabled;\n'
    'tls ca "x"; tls min 1.3; }',
    "defaults < limit 100; keep 7d; >",
    "defaults < every 5m; keep 7d; trash 1w; >",
    'sort "*@ex.com" -> "*@ex.org";',
    "# a description\nsort anna@ex.com, ben@ex.com -> anna@ex.org, ben@ex.org;",
    "sort ben@ex.com -> ben@ex.org, anna@ex.org;",
    "sort * -> admin@ex.org;",
    "copy * -> archive@ex.org;",
    'transport "*@ex.org" -> maildir "{local}";',
)
DIGEST = program("\n".join(STATEMENTS)).digest
ADDRESSES = [Address.parse(each) for each in ("anna@ex.com", "Ben+x@ex.com", "boss@ex.com", "x@y.z")]


def account(settings: str) -> Account:
    return program(ACCOUNT.format(settings)).accounts[0]


@given(seed=st.integers())
def test_order_never_matters(seed: int) -> None:
    shuffled = list(STATEMENTS)
    Random(seed).shuffle(shuffled)
    half = seed % len(shuffled)
    other = program("\n".join([*shuffled[:half], 'include "rest";']), {"rest": "\n".join(shuffled[half:])})
    same = program("\n".join(STATEMENTS))
    assert other.digest == same.digest == DIGEST
    for address in (*ADDRESSES, None):
        for scope in ("a", "b", None):
            assert _answer(other.route(address, scope)) == _answer(same.route(address, scope))


def _answer(route: object) -> frozenset[str]:
    return frozenset(f"{each.kind} {each.address}" for each in route.destinations)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("limit 7", "limit 8"),
        ('"a.ex.com"', '"c.ex.com"'),
        ('env "P"', 'env "Q"'),
        ("disabled;", ""),
        ("ceo@", "cto@"),
        ("boss@ex.com", "bos@ex.com"),
        ("sort *", "sort *@*"),
        ("trash 1w", "trash 2w"),
        ('"{local}"', '"{address}"'),
        ("copy *", "copy x@*"),
        ("min 1.3", "min 1.2"),
        ('account "a"', 'account "c"'),
    ],
)
def test_the_digest_follows_the_meaning(old: str, new: str) -> None:
    text = "\n".join(STATEMENTS)
    assert text.count(old) == 1
    assert program(text.replace(old, new)).digest != DIGEST


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# a d", "# another d"),
        ("limit 100", "limit   100"),
        ("ben@ex.org, anna@ex.org", "anna@ex.org, ben@ex.org"),
        ("1w", "7d"),
    ],
)
def test_and_nothing_but_the_meaning(old: str, new: str) -> None:
    assert program("\n".join(STATEMENTS).replace(old, new)).digest == DIGEST


def test_the_digest_is_no_way_to_try_passwords() -> None:
    assert program("\n".join(STATEMENTS).replace('"secret"', '"other"')).digest == DIGEST


def test_a_password_is_not_in_any_repr() -> None:
    whole, diagnostics = compiled("\n".join(STATEMENTS))
    assert whole
    assert "secret" not in repr(whole) + repr(whole.rules) + repr(whole.accounts) + repr(diagnostics)


@pytest.mark.parametrize(
    ("setting", "field", "value"),
    [
        ("limit 100;", "limit_messages", 100),
        ("limit 200MB;", "limit_bytes", 200_000_000),
        ("limit 1GiB;", "limit_bytes", 2**30),
        ("skip over 25kib;", "skip_over", 25 * 1024),
        ("keep 1h30m;", "keep", 5400.0),
        ("keep forever;", "keep", FOREVER),
        ("every 2w;", "every", 14 * DAY),
        ("start all;", "start", "all"),
        ("start new;", "start", "new"),
        ('start "30d";', "start", 30 * DAY),
        ("timeout 60s;", "timeout", 60.0),
        ("trust hops 0;", "trust_hops", 0),
        ("stamp off;", "stamp", False),
        ("stamp on;", "stamp", True),
        ("disabled;", "disabled", True),
        ("tls off;", "tls", Tls("off")),
        (
            'tls required ca "x/ca.pem" name "MX.ex.com." min 1.3;',
            "tls",
            Tls("required", "x/ca.pem", "mx.ex.com", "1.3"),
        ),
        ('tls min 1.3; tls starttls; tls ca "/ca";', "tls", Tls("starttls", "/ca", None, "1.3")),
        ("envelope X-Original-To;", "envelope", Envelope(("X-Original-To",))),
        ('envelope "A:", "B" strip "p-";', "envelope", Envelope(("A", "B"), "p-")),
        ("tls required;", "port", 995),
        ("tls off;", "port", 110),
        ("tls starttls;", "port", 110),
    ],
)
def test_settings(setting: str, field: str, value: object) -> None:
    assert getattr(account(setting), field) == value


def test_deliver() -> None:
    assert [str(each) for each in account("deliver Anna@ex.com, ben@Bücher.example;").deliver] == [
        "Anna@ex.com",
        "ben@xn--bcher-kva.example",
    ]


@pytest.mark.parametrize(
    ("said", "password"),
    [
        ('env "X"', ("env", "X")),
        ("env X", ("env", "X")),
        ('file "x"', ("file", "x")),
        ('command "pass show x"', ("command", "pass show x")),
        ('"env"', ("literal", "env")),
    ],
)
def test_passwords(said: str, password: tuple[str, str]) -> None:
    text = f'account "a" < server pop.ex.com; user u; password {said}; >'
    read = program(text).accounts[0].password
    assert (read.kind, read.value) == password
    assert isinstance(read, Password)


@pytest.mark.parametrize(
    ("server", "host", "port"),
    [
        ('"POP.ex.com."', "pop.ex.com", 995),
        ("10.0.0.1", "10.0.0.1", 995),
        ('"::1" port 1', "::1", 1),
        ("bücher.example port 65535", "xn--bcher-kva.example", 65535),
    ],
)
def test_servers(server: str, host: str, port: int) -> None:
    one = program(f"account a < server {server}; user u; password env P; >").accounts[0]
    assert (one.server, one.port) == (host, port)


def test_defaults_hold_where_an_account_is_silent() -> None:
    text = 'defaults < server "d.ex.com" port 1; limit 5; limit 5MB; tls off; tls ca "d"; >\n'
    text += 'account "a" < user u; password env P; {} >'
    silent, loud = (
        program(text.replace("{}", each)).accounts[0] for each in ("", 'server "own.ex.com"; limit 6; tls required;')
    )
    assert (silent.server, silent.port, silent.limit_messages, silent.tls) == ("d.ex.com", 1, 5, Tls("off", "d"))
    assert (loud.server, loud.port, loud.limit_messages, loud.limit_bytes) == ("own.ex.com", 995, 6, 5_000_000)
    assert loud.tls == Tls("required", "d")


def test_places_name_the_line_of_each_setting() -> None:
    one = program(
        'defaults <\n keep 7d; tls ca "x";\n>\naccount "a" <\n server "a.ex.com";\n user u;\n'
        " password env P;\n tls off;\n>"
    ).accounts[0]
    assert (one.place("keep").line, one.place("server").line, one.place("tls").line) == (2, 5, 8)
    assert one.place("limit", "user").line == 6
    assert one.place("limit").line == one.span.line == 4
    assert one.tls.span == one.place("tls")


def test_rules_of_an_account_hold_for_it_alone() -> None:
    whole = program("\n".join(STATEMENTS))
    boss = Address.parse("boss@ex.com")
    assert _answer(whole.route(boss, "a")) == {"address ceo@ex.com", "address archive@ex.org"}
    assert _answer(whole.route(boss, "b")) == {"address boss@ex.org", "address archive@ex.org"}


def test_a_list_of_patterns_is_a_rule_for_each_with_its_place_and_description() -> None:
    first, second = program("# why\n# not\nsort a@ex.com,\n  b@ex.com -> c@ex.com;").rules.sorts
    assert (str(first), first.span.line, first.description) == ("sort a@ex.com -> c@ex.com", 3, "why\nnot")
    assert (str(second), second.span.line) == ("sort b@ex.com -> c@ex.com", 4)


def test_what_the_parser_left_out_is_not_called_missing() -> None:
    assert found('account "a" < server "x.ex.com"; user "u"\n password env "P"; >') == ["syntax-error"]
    assert found('account "a" < server "x.ex.com" user "u"; pasword env "P"; >') == ["syntax-error", "unknown-setting"]
    assert found('account "a" < server "x.ex.com"; -> "u"; password env "P"; >') == ["syntax-error"]
    assert found('account "a" < server "x.ex.com"; usr "u"; password env "P"; >') == ["unknown-setting"]


def test_the_same_pattern_may_stand_in_two_scopes() -> None:
    text = (
        ACCOUNT.format("sort x@ex.com -> y@ex.com; copy x@ex.com -> z@ex.com;")
        + "sort x@ex.com -> z@ex.com; copy x@ex.com -> y@ex.com;"
    )
    assert "duplicate-pattern" not in found(text)


def test_equal_after_normalisation_is_equal() -> None:
    assert found("sort STRASSE@Bücher.example -> a@ex.com; sort straße@xn--bcher-kva.example. -> b@ex.com;") == [
        "duplicate-pattern"
    ]
    assert found("sort straße@ex.com -> a@ex.com; sort strasse@ex.com -> a@ex.com;") == ["redundant-rule"]


def test_a_character_escaped_into_a_value_is_refused() -> None:
    for text in ('user "a\\u{d}\\u{a}b"', 'server "a\\u{0}b"', 'password file "a\\nb"', 'user "\\u{d800}"'):
        assert any(name in ("wrong-value", "bad-escape") for name in found(ACCOUNT.format(text + ";")))
