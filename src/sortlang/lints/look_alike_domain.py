"""look-alike-domain: a domain looks like another one, or is mistyped."""

from collections.abc import Iterable, Iterator

from sortlang.analysis.likeness import mixed_scripts, readable, twins
from sortlang.diagnostic import Diagnostic, Related, Severity
from sortlang.lint import Lint
from sortlang.program import Program
from sortlang.source import Span

HINT = "mend the one that is wrong; if both exist: `# sortlang: allow look-alike-domain`"


def find(program: Program) -> Iterable[Diagnostic]:
    """A finding at the rarer one of two domains that differ by a slip, and at each label in two scripts."""
    places: dict[str, list[Span]] = {}
    for domain, span in _domains(program):
        for each in _suffixes(domain):
            places.setdefault(each, []).append(span)
    for domain, spans in places.items():
        if mixed_scripts(domain.partition(".")[0]):
            yield _mixed(domain, spans[0])
    for one, other in twins(places):
        rare, usual = sorted((one, other), key=lambda each: (len(places[each]), each))
        yield _twin(rare, usual, places)


def _domains(program: Program) -> Iterator[tuple[str, Span]]:
    """Each domain that rules name, on both sides, and where."""
    rules = (*program.rules.sorts, *program.rules.copies)
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


def _twin(rare: str, usual: str, places: dict[str, list[Span]]) -> Diagnostic:
    message = f"`{readable(rare)}` looks like `{readable(usual)}`, and is another domain"
    related = (Related(places[usual][0], "the other one"),)
    return Diagnostic("look-alike-domain", Severity.WARNING, message, places[rare][0], HINT, "", related)


def _mixed(domain: str, span: Span) -> Diagnostic:
    message = f"`{readable(domain)}` mixes letters of several scripts"
    return Diagnostic("look-alike-domain", Severity.WARNING, message, span, HINT)


LINT = Lint("look-alike-domain", "a domain looks like another one, or is mistyped", find)
