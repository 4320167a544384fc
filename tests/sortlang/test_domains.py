"""Lists of mailboxes and aliases, groups, every way to deliver, and the newer settings."""

import pytest

from in_memory import ACCOUNT, compiled, found, program
from sortlang.address import Address
from sortlang.rules import Hours, Tls

DOMAIN = 'domain "ex.com" < mailboxes "people"; aliases "aliases"; detail "+"; >\nsort "*@ex.com" -> "*@ex.com";\n'
PEOPLE = "anna # the boss\n\n# nobody\n  ben@EX.com\r\nC#\n"


def places(people: str = PEOPLE, aliases: str = "", rules: str = "sort * -> anna@ex.com;") -> list[str]:
    """Where the findings are, by name."""
    diagnostics = compiled(DOMAIN + rules, {"people": people, "aliases": aliases})[1]
    return [f"{each.name} {each.span}" for each in diagnostics if each.is_error]


def goes(address: str, aliases: str) -> list[str]:
    whole = program(DOMAIN + "sort * -> anna@ex.com;", {"people": PEOPLE, "aliases": aliases})
    return [str(each.address) for each in whole.route(Address.parse(address)).destinations]


def test_a_list_of_mailboxes() -> None:
    whole = program(DOMAIN + "sort * -> anna@ex.com;", {"people": PEOPLE, "aliases": ""})
    assert whole.rules.domains[0].mailboxes == {"anna", "ben", "c#"}


def test_findings_in_lists_have_places_of_their_own() -> None:
    assert places("anna\n ben@ex.org") == ["invalid-mailbox people:2:2"]
    assert places(aliases="x: anna,\n   b b\ny anna") == ["invalid-alias aliases:2:4", "invalid-alias aliases:3:1"]
    assert places(aliases='x: "|/bin/x a,b", :include:/y\nz: /var/z') == [
        "unsupported-alias aliases:1:4",
        "unsupported-alias aliases:1:19",
        "unsupported-alias aliases:2:4",
    ]
    assert places(aliases="x: nobody") == ["unknown-mailbox aliases:1:1"]
    assert places(aliases="x: x") == ["unknown-mailbox aliases:1:1"]
    assert places(aliases="b: a\na: b") == ["alias-cycle aliases:2:1"]
    assert places(aliases=" x: anna") == []
    assert places(rules="sort * -> nobody@ex.com;") == ["unknown-mailbox mail.sort:3:11"]


def test_no_more_findings_than_anybody_reads() -> None:
    assert len(places("a b\n" * 100)) == 20


@pytest.mark.parametrize(
    ("address", "aliases", "ends"),
    [
        ("team@ex.com", "team: anna, ben", ["anna@ex.com", "ben@ex.com"]),
        ("team+x@ex.com", "team: anna,\n # in between\n\tben", ["anna@ex.com", "ben@ex.com"]),
        ("a@ex.com", "a: b, c\nb: d\nc: d\nd: anna", ["anna@ex.com"]),
        ("anna@ex.com", "anna: \\anna, far@ex.net", ["anna@ex.com", "far@ex.net"]),
        ("x y@ex.com".replace(" ", "."), '"x.y"@ex.com: ben'.replace('"', ""), ["ben@ex.com"]),
        ("nobody@ex.com", "team: ben", ["anna@ex.com"]),
    ],
)
def test_aliases_are_followed(address: str, aliases: str, ends: list[str]) -> None:
    assert goes(address, aliases) == ends


def test_a_pattern_of_its_own_comes_before_detail() -> None:
    rules = (
        'domain "ex.com" < detail "+"; > sort a@ex.com -> b@ex.com; sort "a+*@ex.com" -> c@ex.com; sort * -> d@ex.com;'
    )
    whole = program(rules)
    assert [str(each.pattern) for each in whole.rules.sorts] == ["a@ex.com", "a+*@ex.com", "*"]
    assert str(whole.route(Address.parse("a+x@ex.com")).destinations[0].address) == "c@ex.com"


def test_a_disabled_domain_is_any_domain() -> None:
    rules = 'domain "ex.com" < mailboxes "people"; disabled; > sort * -> nobody@ex.com;'
    assert program(rules, {"people": ""}).domains == {}
    assert found(rules, {"people": "a b"}) == ["invalid-mailbox"]


def test_disabled_defaults_do_not_count() -> None:
    assert program("defaults < limit 7; disabled; >" + ACCOUNT.format("")).accounts[0].limit_messages is None


@pytest.mark.parametrize(
    ("way", "kind", "arguments"),
    [
        ('lmtp "localhost:24"', "lmtp", ("localhost:24",)),
        ('lmtp "unix:/run/lmtp"', "lmtp", ("unix:/run/lmtp",)),
        ('smtp "[::1]:25"', "smtp", ("[::1]:25",)),
        ('smtp "Mail.Bücher.example:587"', "smtp", ("mail.xn--bcher-kva.example:587",)),
        ('pipe "cat" "" "{address}" "a b"', "pipe", ("cat", "", "{address}", "a b")),
    ],
)
def test_ways_to_deliver(way: str, kind: str, arguments: tuple[str, ...]) -> None:
    (transport,) = program(f"sort * -> a@ex.com; transport a@ex.com -> {way};").rules.transports
    assert (transport.kind, transport.arguments) == (kind, arguments)


@pytest.mark.parametrize("way", ['lmtp "x"', 'lmtp "unix:x"', "smtp", 'smtp "a:25" "b:25"', 'smtp "a:0"', "pipe"])
def test_ways_that_lead_nowhere(way: str) -> None:
    assert found(f"sort * -> a@ex.com; transport a@ex.com -> {way};") == ["wrong-value"]


@pytest.mark.parametrize(
    ("setting", "field", "value"),
    [
        ("auth scram-sha-256;", "auth", "scram-sha-256"),
        ("guess off;", "guess", False),
        ("pipeline on;", "pipeline", "on"),
        ("duplicates drop 7d;", "duplicates", 7 * 86_400.0),
        ("duplicates keep;", "duplicates", 0.0),
        ("every 5m on sat-mon;", "hours", Hours(days=(0, 5, 6))),
        ("every 5m between 22:00 and 06:30 on fri, mon;", "hours", Hours(1320, 390, (0, 4))),
        ("every 5m between 06:00 and 24:00;", "hours", Hours(360, 0)),
        ("every 5m on mon-sun;", "hours", None),
        (f"tls pin sha256:{'AB' * 32} pin {':'.join(['00'] * 32)};", "tls", Tls(pins=("ab" * 32, "00" * 32))),
    ],
)
def test_settings(setting: str, field: str, value: object) -> None:
    assert getattr(program(ACCOUNT.format(setting)).accounts[0], field) == value


@pytest.mark.parametrize(
    "setting",
    [
        "every 5m between 06:00;",
        "every 5m between 06:00 and 06:00;",
        "every 5m between 06:60 and 07:00;",
        "every 5m on moon;",
        "every 5m, mon;",
        "trust by a_b@c;",
        "duplicates drop;",
        'tls pin "sha256:00";',
        "guess maybe;",
    ],
)
def test_settings_that_mean_nothing(setting: str) -> None:
    assert found(ACCOUNT.format(setting)) == ["wrong-value"]


def test_how_often_says_when_too() -> None:
    text = "defaults < every 1h between 06:00 and 08:00; trust hops 3; >" + ACCOUNT.format(
        'every 5m; trust by "*.x.org";'
    )
    one = program(text).accounts[0]
    assert (one.every, one.hours, one.trust_hops, [each.text for each in one.trust_by]) == (300.0, None, 1, ["*.x.org"])


def test_a_token_instead_of_a_password() -> None:
    oauth = 'oauth microsoft client-id "id" client-secret "canary" refresh-token "t" scope "s";'
    text = f'defaults < {oauth} > account "a" < server h; user u; > account "b" < server h; user u; password env P; >'
    token, plain = program(text + "sort * -> a@ex.com;").accounts
    assert token.oauth
    assert (token.oauth.provider, token.oauth.scope, token.password.kind) == ("microsoft", "s", "oauth")
    assert token.oauth.client_secret
    assert (token.oauth.client_secret.value, "canary" in repr(token)) == ("canary", False)
    assert (plain.oauth, plain.password.kind) == (None, "env")
    for bad in (
        'oauth google client-id "x";',
        'oauth "http://x" client-id x refresh-token y;',
        "oauth yahoo client-id x;",
    ):
        assert found(f'account "a" < server h; user u; {bad} > sort * -> a@ex.com;') == ["wrong-value"]


def test_groups() -> None:
    text = "group b = x@ex.com, a; group a = y@ex.com; sort * -> b, x@ex.com; "
    assert [str(each) for each in program(text).rules.sorts[0].targets] == ["x@ex.com", "y@ex.com"]
    assert [each.name for each in program(text).rules.groups if each.used] == ["a", "b"]
    assert found("group keep = a@ex.com; sort * -> a@ex.com;") == ["wrong-value"]
    assert found("group a = discard; sort * -> a;") == ["wrong-target"]


def test_lists() -> None:
    text = 'sort list "a.b.org", "*@ex.com" -> x@ex.com; sort list "*.b.org" -> y@ex.com; sort * -> z@ex.com;'
    whole = program(text)
    routes = [whole.list_route(each) for each in ("A.b.org", "c.b.org", "c.org")]
    assert [route and str(route.destinations[0].address) for route in routes] == ["x@ex.com", "y@ex.com", None]
    assert found('copy list "a.b" -> x@ex.com; sort * -> x@ex.com;') == ["wrong-value"]
    assert found('sort list "a b" -> x@ex.com; sort * -> x@ex.com;') == ["invalid-pattern"]
    assert found('sort list "*.b" -> "*@ex.com"; sort * -> x@ex.com;') == ["unbound-star"]
