"""What the proofs say, one thing at a time, in the words of a rules file."""

import random
import string

import pytest

from compiled import ACCOUNT, compiled
from sortlang import prove
from sortlang.address import Address
from sortlang.analysis.change import Change
from sortlang.analysis.meet import meet
from sortlang.analysis.witness import Exceptions, witness
from sortlang.globs.glob import Glob
from sortlang.pattern import Pattern
from sortlang.program import Program

CATCH_ALL = "sort * -> post@in.example;"
SHOP = 'account "shop" < server "pop.isp.example"; user "shop"; password env "SHOP"; {} >'


def program(text: str) -> Program:
    return compiled(ACCOUNT + text)


def said(found: tuple[Change, ...]) -> list[str]:
    return [f"{each.region}: {', '.join(each.before)} -> {', '.join(each.after)}" for each in found]


def between(old: str, new: str) -> list[str]:
    return said(prove.changes(program(old), program(new)))


def test_a_change_is_a_region_with_what_is_left_out() -> None:
    old = f'sort "*@ex.com" -> office@in.example; sort anna@ex.com -> anna@in.example; {CATCH_ALL}'
    (change,) = prove.changes(program(old), program(old.replace("office", "front-desk")))
    assert str(change.region) == "`*@ex.com` except `anna@ex.com`"
    assert (change.before, change.after) == (("office@in.example",), ("front-desk@in.example",))
    assert (change.kind, change.scopes) == ("sort", (None,))
    assert str(change.region.witness) == "someone@ex.com"


def test_rules_are_compared_by_what_they_do() -> None:
    both = f'sort "*@ex.com" -> "*@in.example"; {CATCH_ALL}'
    twice = f'sort "*@ex.com" -> "*@in.example"; sort "b*@ex.com" -> "b*@in.example"; {CATCH_ALL}'
    assert between(both, both.replace("*@in.example", "*@IN.example")) == []
    assert prove.equivalent(program(both), program(twice)), "what `b*` takes off it puts on again"
    other = twice.replace('"b*@in', '"x*@in')
    assert between(both, other) == ["`b*@ex.com`: b*@in.example -> x*@in.example"]


def test_order_targets_and_descriptions_mean_nothing() -> None:
    one = 'sort a@ex.com -> b@in.example, c@in.example; # who\nsort "*@ex.com" -> d@in.example;'
    other = 'sort "*@ex.com" -> D@in.example;\n# what\nsort a@ex.com -> c@in.example, b@in.example;'
    assert prove.equivalent(program(one), program(other))


def test_mail_without_a_recipient_is_a_region_of_its_own() -> None:
    assert between('sort "*@*" -> a@in.example;', "sort * -> a@in.example;") == [
        "mail without a recipient: discard -> a@in.example"
    ]


def test_a_copy_that_is_gone_is_one_change_however_many_rules_sort_the_mail() -> None:
    sorts = "".join(f"sort p{number}@ex.com -> p{number}@in.example;" for number in range(50)) + CATCH_ALL
    assert between(sorts + 'copy "*@ex.com" -> archive@in.example;', sorts) == ["`*@ex.com`: archive@in.example -> "]


def test_a_copy_that_goes_elsewhere_is_one_change() -> None:
    old = f'copy "*@ex.com" -> archive@in.example; {CATCH_ALL}'
    assert between(old, old.replace("archive", "attic")) == ["`*@ex.com`: archive@in.example -> attic@in.example"]


def test_sort_and_copy_make_up_for_one_another() -> None:
    old = f"sort a@ex.com -> b@in.example; copy a@ex.com -> c@in.example; {CATCH_ALL}"
    assert between(old, old.replace("b@", "x@").replace("c@", "b@").replace("x@", "c@")) == []


def test_a_single_address_that_comes_out_alike_is_left_out() -> None:
    old = f'sort "*@ex.com" -> "*@in.example"; {CATCH_ALL}'
    new = old.replace('"*@in.example"', "anna@in.example")
    assert between(old, new) == ["`*@ex.com` except `anna@ex.com`: *@in.example -> anna@in.example"]


def test_an_account_is_compared_by_its_own_rules() -> None:
    old = SHOP.format("sort a@ex.com -> s@in.example;") + CATCH_ALL
    own, new = program(old), program(old.replace("post@", "desk@"))
    changes = prove.changes(own, new)
    assert {(str(each.region), each.scopes) for each in changes} == {
        ("`*@*`", (None,)),
        ("`*@*` except `a@ex.com`", ("shop",)),
        ("mail without a recipient", (None, "shop")),
    }


def test_deliver_answers_for_all_mail_of_its_account() -> None:
    old = SHOP.format("deliver a@in.example;") + CATCH_ALL
    changes = prove.changes(program(old), program(old.replace("deliver a@", "deliver b@")))
    assert {(str(each.region), each.scopes, each.after) for each in changes} == {
        ("`*@*`", ("shop",), ("b@in.example",)),
        ("mail without a recipient", ("shop",), ("b@in.example",)),
    }


def test_how_mail_is_delivered_counts() -> None:
    old = f'transport "*@in.example" -> maildir "in/{{local}}"; {CATCH_ALL}'
    new = old + 'transport anna@in.example -> maildir "anna";'
    (change,) = prove.changes(program(old), program(new))
    assert (change.kind, str(change.region)) == ("transport", "`anna@in.example`")
    assert (change.before, change.after) == (('maildir "in/{local}"',), ('maildir "anna"',))
    assert between(CATCH_ALL, CATCH_ALL + 'transport a@b.example -> maildir "mail/{domain}/{local}";') == []


def test_lists_are_compared_too() -> None:
    old = f'sort list "*.lists.example" -> a@in.example; sort list "dev.lists.example" -> b@in.example; {CATCH_ALL}'
    changes = prove.changes(program(old), program(old.replace("a@in", "c@in")))
    assert [(each.kind, each.before, each.after) for each in changes] == [
        ("list", ("a@in.example",), ("c@in.example",))
    ]
    assert "dev.lists.example" in str(changes[0].region)


def test_a_rule_that_a_wider_one_repeats_is_redundant() -> None:
    text = 'sort "*@ex.com" -> a@in.example; sort anna@ex.com -> a@in.example; sort ben@ex.com -> b@in.example;'
    (found,) = prove.redundant(program(text))
    assert (str(found.rule.pattern), str(found.by and found.by.pattern)) == ("anna@ex.com", "*@ex.com")


def test_a_rule_that_another_one_would_replace_in_part_is_not_redundant() -> None:
    text = 'sort "a*@ex.com" -> a@in.example; sort "*@ex.com" -> a@in.example; sort "*x@ex.com" -> b@in.example;'
    assert prove.redundant(program(text)) == (), "of `a*` and `*x` the first takes `ax`"


def test_uncovered() -> None:
    some = program('sort "*@ex.com" -> a@in.example; sort "info@*" -> b@in.example;').rules.sorts
    region = prove.uncovered(some)
    assert str(region) == "`*@*` except `*@ex.com`, `info@*`"
    assert region and str(region.witness) == "anna@example.com"
    assert str(prove.uncovered(program('sort "*@*" -> a@in.example;').rules.sorts)) == "mail without a recipient"
    assert prove.uncovered(program(CATCH_ALL).rules.sorts) is None


def test_a_union_of_all_letters_covers_what_none_of_them_does() -> None:
    """Domains have only so many letters: the letter that no rule spells may not exist."""
    letters = f"{string.ascii_lowercase}{string.digits}-_"
    rules = [Pattern.parse(f"*@*{letter}*") for letter in letters]
    sorts = [type("R", (), {"pattern": each})() for each in rules]
    assert prove.uncovered([*sorts, *[type("R", (), {"pattern": Pattern.parse("*")})()]]) is None
    assert str((prove.uncovered(sorts) or pytest.fail()).witness) == "None", "only mail without a recipient is left"
    region = prove.uncovered([each for each in sorts if "q" not in str(each.pattern)])
    assert region and region.witness and set(region.witness.domain) <= {"q", "."}


def test_overlaps() -> None:
    found = prove.overlaps(Pattern.parse("a*@*.com"), Pattern.parse("*b@ex*"))
    assert found and Pattern.parse("a*b@ex*.com").matches(found)
    assert prove.overlaps(Pattern.parse("a*@ex.com"), Pattern.parse("b*@ex.com")) is None
    assert prove.overlaps(Pattern.parse("a@*.com"), Pattern.parse("*@*.de")) is None


def test_ties() -> None:
    text = 'sort "*a*b*@ex.com" -> a@in.example; sort "*b*a*@ex.com" -> b@in.example;'
    (tie,) = prove.ties(program(text))
    assert (str(tie.first.pattern), str(tie.second.pattern)) == ("*a*b*@ex.com", "*b*a*@ex.com")
    assert tie.region.witness and tie.first.pattern.matches(tie.region.witness)
    assert tie.second.pattern.matches(tie.region.witness)
    assert prove.ties(program(text + 'sort "*a*b*a*@ex.com", "*b*a*b*@ex.com" -> c@in.example;')) == ()


def test_decides_tells_what_happens_inside_a_pattern() -> None:
    text = 'sort "*@ex.com" -> "*@in.example"; sort anna@ex.com -> discard; copy "a*@ex.com" -> arc@in.example;'
    found = {str(each.region): each.destinations for each in prove.decides(program(text), Pattern.parse("*@ex.com"))}
    assert found == {
        "`*@ex.com` except `a*@ex.com`": {"*@in.example"},
        "`a*@ex.com` except `anna@ex.com`": {"a*@in.example", "arc@in.example"},
        "`anna@ex.com`": {"discard", "arc@in.example"},
    }


def test_otherwise_shows_what_contradicts_an_expectation() -> None:
    text = f'sort "*@ex.com" -> "*@in.example"; sort anna@ex.com -> discard; {CATCH_ALL}'
    pattern = Pattern.parse("*@ex.com")
    against = list(prove.otherwise(program(text), pattern, lambda place, found: "discard" not in found))
    assert [str(each.region.witness) for each in against] == ["anna@ex.com"]


def test_reached_and_shadowed() -> None:
    text = f'sort "*@ex.com" -> a@in.example; sort anna@ex.com -> b@in.example; sort "*@*" -> c@in.example; {CATCH_ALL}'
    ruled = program(text)
    reached = {str(rule.pattern): str(prove.reached(ruled, rule)) for rule in ruled.rules.sorts}
    assert reached == {
        "*@ex.com": "`*@ex.com` except `anna@ex.com`",
        "anna@ex.com": "`anna@ex.com`",
        "*@*": "`*@*` except `*@ex.com`",
        "*": "mail without a recipient",
    }
    assert prove.shadowed(ruled) == ()


@pytest.mark.parametrize(
    ("pattern", "exceptions", "shown"),
    [
        ("*@ex.com", (), "anna@ex.com"),
        ("*@ex.com", ("anna@ex.com",), "someone@ex.com"),
        ("info*@*.ex.com", (), "info@mail.ex.com"),
        ("*@*", ("*@example.*", "*@*.com"), "anna@elsewhere.example"),
        ("*@*.com", ("*@m*",), "anna@a.b.com"),
        ("*@ex.com", ("a*@*", "*n*@*"), "x@ex.com"),
        ("a*@ex.com", ("a*b@ex.com", "*b*@ex.com"), "a@ex.com"),
        ("*@a.*.b", (), "anna@a.mail.b"),
    ],
)
def test_a_witness_is_an_address_that_people_could_have(pattern: str, exceptions: tuple[str, ...], shown: str) -> None:
    found = witness(Pattern.parse(pattern), Exceptions.of(map(Pattern.parse, exceptions)))
    assert str(found) == shown


def test_a_domain_is_always_a_domain_name() -> None:
    """`*` may be anything in a glob, and is a part of a name in an address."""
    dice = random.Random(1)
    for _ in range(2000):
        labels = ["".join(dice.choice("ab*") for _ in range(dice.randint(1, 3))) for _ in range(dice.randint(1, 3))]
        found = witness(Pattern.parse(f"*@{'.'.join(labels)}"))
        assert found and Address.parse(str(found)) == found


def test_a_pattern_too_long_for_any_address_has_no_witness() -> None:
    assert witness(Pattern.parse(f"{'a' * 250}*{'b' * 10}@ex.com")) is None
    assert witness(Pattern.parse(f"{'a' * 250}*@ex.com"))


def test_globs_with_many_stars_meet_in_bounded_time() -> None:
    one, other = (Glob.of("*" + "*".join(letters) + "*") for letters in ("ab" * 8, "cd" * 8))
    met = meet(one, other)
    assert met
    assert all(one.matches(each.text) and other.matches(each.text) for each in met)
