"""Lints about domains and reach: what they must find, and what they must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from in_memory import compiled, program
from sortlang.address import Address
from sortlang.analysis.likeness import _slips, is_slip, mixed_scripts, twins
from sortlang.pattern import Pattern

OFFICE = 'account "office" < server "pop.ex.com"; user "u"; password env "P"; {} >\n'
HOME = OFFICE.replace("office", "home")
GLOBS = st.lists(st.sampled_from(["*", "a", "b"]), min_size=1, max_size=4).map("".join)
PATTERNS = st.one_of(st.just("*"), st.tuples(GLOBS, GLOBS.map(lambda glob: f"{glob}.x")).map("@".join))
RULES = st.lists(st.tuples(st.sampled_from(["sort", "copy"]), PATTERNS, st.sampled_from("xy")), max_size=6).map(
    lambda lines: "".join(
        {(kind, Pattern.parse(left)): f'{kind} "{left}" -> {t}@ex.com;\n' for kind, left, t in lines}.values()
    )
)
ADDRESSES = [Address.parse(f"{local}@{domain}.x") for local in ("a", "b", "ab", "ba", "aab") for domain in ("a", "ba")]


def marked(name: str, text: str) -> list[str]:
    """The places of the findings of that name, as text."""
    return [each.span.text for each in compiled(text)[1] if each.name == name]


@pytest.mark.parametrize(
    ("rules", "places"),
    [
        ('sort "*@ex.com" -> x@ex.com; sort a@ex.com -> x@ex.com;', ["a@ex.com"]),
        ('sort "*@ex.com" -> x@ex.com; sort a@ex.com -> y@ex.com;', []),
        ('sort "*@ex.com" -> "*@ex.com"; sort a@ex.com, b@ex.com -> a@ex.com;', ["a@ex.com"]),
        ('sort "*@ex.com" -> x@ex.com; sort "a*@ex.com" -> y@ex.com; sort ab@ex.com -> x@ex.com;', []),
        ('copy "*@ex.com" -> x@ex.com; copy a@ex.com -> x@ex.com;', ["a@ex.com"]),
        ("copy a@ex.com -> x@ex.com; sort a@ex.com -> x@ex.com; sort * -> y@ex.com;", ["a@ex.com"]),
        (OFFICE.format("sort * -> y@ex.com;") + "sort * -> x@ex.com; sort a@ex.com -> x@ex.com;", ["a@ex.com"]),
        (OFFICE.format("sort a@ex.com -> x@ex.com;") + "sort * -> x@ex.com;", ["a@ex.com"]),
    ],
)
def test_redundant_rule(rules: str, places: list[str]) -> None:
    assert marked("redundant-rule", rules) == places


def answers(text: str) -> list[set[str]]:
    routes = (program(text).route(each) for each in (*ADDRESSES, None))
    return [{f"{each.kind} {each.address}" for each in route.destinations} for route in routes]


@given(rules=RULES)
def test_without_a_redundant_rule_mail_goes_where_it_went(rules: str) -> None:
    for each in compiled(rules)[1]:
        if each.name == "redundant-rule":
            assert each.fix
            (edit,) = each.fix.edits
            assert answers(rules[: edit.span.start] + edit.text + rules[edit.span.end :]) == answers(rules)


SOLD = "sort a@ex.com -> x@ex.com; sort * -> y@ex.com;"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (SOLD, []),
        (OFFICE.format("") + SOLD, []),
        (OFFICE.format("sort * -> z@ex.com;") + SOLD, ["a@ex.com"]),
        (OFFICE.format('sort "*@ex.com" -> z@ex.com;') + SOLD, ["a@ex.com"]),
        (OFFICE.format('sort "b*@ex.com" -> z@ex.com;') + SOLD, []),
        (OFFICE.format("deliver z@ex.com;") + SOLD, ["a@ex.com"]),
        (OFFICE.format("deliver z@ex.com;") + HOME.format("") + SOLD, []),
        (OFFICE.format("deliver z@ex.com;") + HOME.format("disabled;") + SOLD, ["a@ex.com"]),
        (f'sort "a@*-.{"b" * 64}*" -> x@ex.com;', [f'"a@*-.{"b" * 64}*"']),
        (f'sort "a@*.{"b" * 63}*" -> x@ex.com;', []),
    ],
)
def test_unreachable_rule(text: str, places: list[str]) -> None:
    assert marked("unreachable-rule", text) == places


@pytest.mark.parametrize(
    ("rules", "places"),
    [
        ('sort "*@ex.com" -> "*@other.org";', ['"*@other.org"']),
        ('sort "*@ex.com" -> a@ex.com, a@other.org;', ["a@other.org"]),
        ('copy "*@*.ex.com" -> a@other.org;', ["a@other.org"]),
        ('sort "*@ex.com" -> "*@mail.ex.com"; sort "*@mail.ex.org" -> "*@ex.org";', []),
        ('sort "*@ex.com" -> a@other.org; transport "*@other.org" -> maildir "o";', []),
        ('sort "*@ex.com" -> a@other.org; sort "x@*.org" -> a@ex.com;', []),
        ("sort a@ex.com -> a@other.org; sort * -> a@other.org;", []),
        ('sort "*@*.ex.com" -> "*@*.other.org"; sort "a*@ex.com" -> a@other.org;', []),
    ],
)
def test_foreign_domain(rules: str, places: list[str]) -> None:
    assert marked("foreign-domain", rules) == places


def alike(*domains: str) -> list[str]:
    """The domains marked, each of which a rule names."""
    rules = "".join(f'sort x{number}@{each} -> "a@{domains[0]}";\n' for number, each in enumerate(domains))
    return [each.partition("@")[2] for each in marked("look-alike-domain", rules)]


@pytest.mark.parametrize(
    ("domains", "rare"),
    [
        (("example.com", "exmaple.com"), ["exmaple.com"]),
        (("example.com", "exampel.com"), ["exampel.com"]),
        (("example.com", "exampl.com"), ["exampl.com"]),
        (("example.com", "mail.exampple.com", "mail.example.com"), ["mail.exampple.com"]),
        (("example.com", "example.con"), ["example.con"]),
        (("paypal.com", "paypa1.com"), ["paypa1.com"]),
        (("example.com", "ехаmple.com"), ["ехаmple.com", "ехаmple.com"]),
        (("modem.com", "modern.com"), ["modern.com"]),
        (("bücher.com", "buecher.com"), []),
        (("example.com", "example.org"), []),
        (("shop1.com", "shop2.com"), []),
        (("shop-a.com", "shop-b.com", "shop-c.com"), []),
        (("anna.com", "anne.com"), []),
        (("example.com", "other-example.com"), []),
    ],
)
def test_look_alike_domain(domains: tuple[str, ...], rare: list[str]) -> None:
    assert alike(*domains) == rare


LABELS = st.text("abcde", min_size=5, max_size=7)


@given(LABELS, st.integers(0, 6), st.sampled_from("abcde"), st.sampled_from(["cut", "put", "change", "swap"]))
def test_every_slip_is_one_both_ways_and_is_found(label: str, place: int, letter: str, slip: str) -> None:
    at = place % len(label)
    made = {
        "cut": label[:at] + label[at + 1 :],
        "put": label[:at] + letter + label[at:],
        "change": label[:at] + letter + label[at + 1 :],
        "swap": label[:at] + label[at : at + 2][::-1] + label[at + 2 :],
    }[slip]
    if made != label:
        assert is_slip(label, made)
        assert is_slip(made, label)
        expected = min(len(label), len(made)) >= 5
        assert list(twins([f"{label}.x", f"{made}.x"])) == [tuple(sorted((f"{label}.x", f"{made}.x")))] * expected


@given(st.lists(st.text("ab1-", min_size=4, max_size=7), max_size=12))
def test_a_third_one_of_the_kind_makes_a_slip_none(labels: list[str]) -> None:
    """Held against all cuts of all labels, whatever their digits."""
    cuts = {each: {each[:at] + each[at + 1 :] for at in range(len(each))} | {each} for each in labels if len(each) > 4}
    groups = ([each for each in cuts if key in cuts[each]] for key in set().union(*cuts.values()))
    pairs = {tuple(sorted(each)) for each in groups if len(each) == 2 and is_slip(*each)}
    assert set(_slips(sorted(set(labels)))) == pairs


@given(LABELS, LABELS)
def test_what_is_no_slip_is_none(one: str, other: str) -> None:
    cuts = [{each[:at] + each[at + 1 :] for at in range(len(each))} | {each} for each in (one, other)]
    assert not is_slip(one, other) or cuts[0] & cuts[1]


@pytest.mark.parametrize(
    ("label", "mixed"),
    [
        ("xn--mple-43d0bb", True),
        ("example", False),
        ("xn--bcher-kva", False),
        ("xn--eckwd4c7c", False),
        ("xn--!", False),
    ],
)
def test_mixed_scripts(label: str, mixed: bool) -> None:
    assert mixed_scripts(label) is mixed


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ("limit 1; every 1h;", False),
        ("limit 1; every 61m;", True),
        ("limit 100; every 1d;", False),
        ("limit 10; every 1d; keep 7d;", True),
        ("limit 1MB; every 1d;", False),
        ("limit 1; every 1d; disabled;", False),
        ("limit 1; every 20m between 08:00 and 17:00;", False),
        ("limit 1; every 30m between 08:00 and 17:00;", True),
        ("limit 1; every 30m between 22:00 and 12:00;", False),
        ("limit 30; every 1d between 08:00 and 09:00 on mon-fri;", True),
        ("limit 40; every 1d between 08:00 and 09:00 on mon-fri;", False),
    ],
)
def test_never_catches_up(settings: str, found: bool) -> None:
    text = OFFICE.format(settings) + "sort * -> a@ex.com;"
    assert marked("never-catches-up", text) == (["limit " + settings.split()[1]] * found)


@pytest.mark.parametrize(("length", "found"), [(248, False), (249, True)])
def test_password_too_long_counts_octets(length: int, found: bool) -> None:
    secret = "ü" * (length // 2) + "x" * (length % 2)
    text = OFFICE.replace('env "P"', f'"{secret}"').format("") + "sort * -> a@ex.com;"
    assert bool(marked("password-too-long", text)) is found


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        ("group g = a@ex.com;", ["group g"]),
        ("group g = a@ex.com; sort * -> g;", []),
        ("group g = a@ex.com; group h = g; sort * -> h;", []),
    ],
)
def test_unused_group(rules: str, names: list[str]) -> None:
    assert marked("unused-group", rules) == names


DETAIL = 'domain "ex.com" < detail "+"; >'


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ("sort * -> a@ex.org;", True),
        ("sort * -> a@ex.com;", False),
        ("sort a@ex.com -> a@ex.org;", False),
        ('sort "a@*.com" -> a@ex.org;', False),
        ('sort "*@*.org" -> "*@*.com"; sort "*@ex.org" -> "*@ex.com";', False),
        ("copy a@ex.com -> a@ex.org; sort * -> a@ex.org;", False),
    ],
)
def test_unnamed_domain(rules: str, found: bool) -> None:
    assert bool(marked("unnamed-domain", f"{DETAIL}\n{rules}")) is found


def test_a_rule_is_redundant_only_with_what_detail_adds_to_it() -> None:
    rules = 'sort "*@ex.com" -> x@ex.com; sort a@ex.com -> x@ex.com; {}'
    assert marked("redundant-rule", DETAIL + rules.format("")) == ["a@ex.com"]
    assert marked("redundant-rule", DETAIL + rules.format('sort "a*@ex.com" -> y@ex.com;')) == []


BOX = OFFICE.replace('"u"', '"{user}"').replace('"pop.ex.com"', '"{server}"').replace("{} >", "{more} >")


RELAY = ' transport * -> smtp "mail.ex.com:25";'


@pytest.mark.parametrize(
    ("rules", "settings", "expected"),
    [
        ("sort b@ex.com -> anna@isp.net;" + RELAY, {}, [("anna@isp.net", "b@ex.com")]),
        ("sort b@ex.com -> Anna@ISP.net;" + RELAY, {}, [("Anna@ISP.net", "b@ex.com")]),
        ('sort "*@ex.com" -> "*@isp.net";' + RELAY, {}, [('"*@isp.net"', "anna@ex.com")]),
        ('sort "*@ex.com" -> "*@isp.net"; sort anna@ex.com -> x@ex.com;' + RELAY, {}, []),
        ('copy "*@*.com" -> anna@isp.net;' + RELAY.replace("smtp", "lmtp"), {}, [("anna@isp.net", "anna@mail.com")]),
        ("sort b@ex.com -> anna@isp.net;", {}, []),
        ('sort b@ex.com -> anna@isp.net; transport "*@ex.com" -> smtp "mail.ex.com:25";', {}, []),
        ("sort b@ex.com -> anna@isp.net;" + RELAY, {"more": "disabled;"}, []),
        ("sort b@ex.com -> anna@ex.com;" + RELAY, {"user": "anna"}, [("anna@ex.com", "b@ex.com")]),
        ("sort b@ex.com -> anna@ex.com;" + RELAY, {"user": "anna", "server": "ex.com"}, [("anna@ex.com", "b@ex.com")]),
        ("sort b@ex.com -> anna@ex.com;" + RELAY, {"user": "anna", "server": "10.0.0.1"}, []),
        (HOME.format("deliver anna@isp.net;") + RELAY, {}, [("anna@isp.net", "")]),
    ],
)
def test_mail_loop(rules: str, settings: dict[str, str], expected: list[tuple[str, str]]) -> None:
    text = BOX.format(**{"user": "anna@isp.net", "server": "pop.ex.com", "more": "", **settings}) + rules
    found = compiled(text)[1]
    assert [(each.span.text, each.witness) for each in found if each.name == "mail-loop"] == expected


def test_a_domain_of_ours_may_be_the_one_misspelt() -> None:
    rules = 'domain "exmaple.com" < detail "+"; > sort "*@example.com", a@exmaple.com -> a@example.com;'
    assert len(marked("look-alike-domain", rules)) == 1
