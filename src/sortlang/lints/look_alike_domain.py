"""look-alike-domain: a domain looks like another one, or is mistyped."""

from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import chain

from sortlang.analysis.likeness import mixed_scripts, readable, twins
from sortlang.diagnostic import Diagnostic, Related, Severity
from sortlang.lint import Lint
from sortlang.program import Program
from sortlang.rules import Rule
from sortlang.runs.sorts import bulk, some, written
from sortlang.source import Span

HINT = "mend the one that is wrong; if both exist: `# sortlang: allow look-alike-domain`"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at the rarer one of two domains that differ by a slip, and at each label in two scripts."""
    counts = _counts(program)
    mixed = [each for each in counts if mixed_scripts(each.partition(".")[0])]
    pairs = [sorted(pair, key=lambda each: (counts[each], each)) for pair in twins(counts)]
    places = _places(program, {*mixed, *chain.from_iterable(pairs)})
    yield from (_mixed(each, places[each]) for each in mixed)
    yield from (_twin(rare, usual, places) for rare, usual in pairs)


def _counts(program: Program) -> Counter[str]:
    """How often each domain is named, or one that lies in it."""
    named = Counter(domain for domain, _ in _domains(program, written(program.rules.sorts)))
    many = bulk(program.rules.sorts)
    for each in (many.left, many.right):
        named.update(each)
    counts: Counter[str] = Counter()
    for domain, count in named.items():
        counts.update(dict.fromkeys(_suffixes(domain), count))
    return counts


def _places(program: Program, wanted: AbstractSet[str]) -> dict[str, Span]:
    """Where each of some domains stands first."""
    places: dict[str, Span] = {}
    for domain, span in _domains(program, _named(program, wanted)) if wanted else ():
        for each in _suffixes(domain):
            places.setdefault(each, span)
    return places


def _named(program: Program, wanted: AbstractSet[str]) -> Iterable[Rule]:
    """The written `sort` rules, and of the bulk the first that names a wanted domain, on each side, in their order."""
    many = bulk(program.rules.sorts)
    sides = (many.left, many.right)
    left, right = ({each.encode() for each in side if not wanted.isdisjoint(_suffixes(each))} for side in sides)
    first: dict[tuple[bool, bytes], int] = {}
    for local, domain, _, other in many.rows() if left or right else ():
        new = {(False, domain)} if domain in left else set()
        new |= {(True, other)} if other in right else set()
        number = many.find(f"{local.decode()}@{domain.decode()}") if new - first.keys() else -1
        if number >= 0:
            first = dict.fromkeys(new, number) | first
    return some(program.rules.sorts, set(first.values()))


def _domains(program: Program, sorts: Iterable[Rule]) -> Iterator[tuple[str, Span]]:
    """Each domain that rules name, on both sides, and where."""
    rules = (*sorts, *program.rules.copies)
    yield from ((each.pattern.domain.text, each.span) for each in rules)
    yield from ((each.pattern.domain.text, each.span) for each in program.rules.transports)
    yield from ((each.name, each.span) for each in program.rules.domains)
    targets = (target for rule in rules for target in rule.targets if target.kind == "address")
    yield from ((target.domain, target.span) for target in targets)


def _suffixes(domain: str) -> Iterator[str]:
    """The domain and those above it, but for the last one, as far as no `*` stands in them."""
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        if "*" not in "".join(labels[start:]):
            yield ".".join(labels[start:])


def _twin(rare: str, usual: str, places: dict[str, Span]) -> Diagnostic:
    message = f"`{readable(rare)}` looks like `{readable(usual)}`, and is another domain"
    related = (Related(places[usual], "the other one"),)
    return Diagnostic("look-alike-domain", Severity.WARNING, message, places[rare], HINT, "", related)


def _mixed(domain: str, span: Span) -> Diagnostic:
    message = f"`{readable(domain)}` mixes letters of several scripts"
    return Diagnostic("look-alike-domain", Severity.WARNING, message, span, HINT)


LINT = Lint("look-alike-domain", "a domain looks like another one, or is mistyped", find)
