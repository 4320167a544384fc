"""Suppress: what a `# sortlang: allow` allows is not reported."""

from collections.abc import Collection, Iterable

from sortlang.allowance import Allowance, allowances, alone, before
from sortlang.diagnostic import Diagnostic, Diagnostics, Fix, warning
from sortlang.source import Span
from sortlang.suggest import closest
from sortlang.syntax.tree import Comment, Tree

NAME = "unused-allow"


def suppress(trees: Iterable[Tree], found: Diagnostics, known: Collection[str]) -> Diagnostics:
    """The findings that no comment allows, and one for each comment that allows nothing.

    An allowance holds for one line: its own, or the next one if it stands alone. Errors cannot be allowed away;
    `known` are the names of warnings.
    """
    allowed = [each for tree in trees for each in allowances(tree)]
    if not allowed:
        return found
    kept, used = _kept(found, allowed)
    idle = [each for each in allowed if each not in used]
    spare = [each for each in idle if each.name == NAME]
    told = [each for each in idle if each.name != NAME and not any(_beside(each, other) for other in spare)]
    vain = [each for each in spare if not any(_beside(each, other) for other in idle if other.name != NAME)]
    return (*kept, *(_unused(each, known) for each in (*told, *vain)))


def _kept(found: Diagnostics, allowed: list[Allowance]) -> tuple[Diagnostics, list[Allowance]]:
    """The findings that stay, and the allowances that some of the others needed."""
    places = {(each.span.source.name, each.line, each.name): each for each in allowed}
    by = [(each, None if each.is_error else places.get(_place(each))) for each in found]
    return tuple(each for each, allowance in by if not allowance), [allowance for _, allowance in by if allowance]


def _place(found: Diagnostic) -> tuple[str, int, str]:
    return found.span.source.name, found.span.line, found.name


def _beside(one: Allowance, other: Allowance) -> bool:
    """Whether both hold for the same line."""
    return (one.span.source.name, one.line) == (other.span.source.name, other.line)


def _unused(allowance: Allowance, known: Collection[str]) -> Diagnostic:
    if not allowance.names:
        hint = "write `# sortlang: allow NAME`, with the name of a warning"
        message = "this comment is meant for the tools, and says nothing to them"
        return warning("unused-allow", message, allowance.span, hint)
    if allowance.name in known:
        message = f"there is no `{allowance.name}` on line {allowance.line} to allow"
        return warning("unused-allow", message, allowance.span, "remove it", fix=_removal(allowance))
    near = closest(allowance.name, known)
    hint = f"did you mean `{near}`?" if near else "errors cannot be allowed; `sortlang rule` lists the names"
    fix = Fix.of(f"write `{near}`", allowance.span, near) if near else None
    return warning("unused-allow", f"there is no warning named `{allowance.name}`", allowance.span, hint, fix=fix)


def _removal(allowance: Allowance) -> Fix:
    """The name with a comma, or with the whole comment if it is the only one."""
    title, names, source = f"remove `{allowance.name}`", allowance.names, allowance.span.source
    place = names.index(allowance.span)
    if len(names) == 1:
        return Fix.of("remove the comment", _whole(allowance.comment), "")
    if place:
        return Fix.of(title, Span(source, names[place - 1].end, names[place].end), "")
    return Fix.of(title, Span(source, names[0].start, names[1].start), "")


def _whole(comment: Comment) -> Span:
    """A comment and the blanks before it; alone on its line, the line."""
    source, start, end = comment.span.source, comment.span.start, comment.span.end
    indent = before(source, start)
    start -= len(indent) - len(indent.rstrip(" \t"))
    line_end = source.text.find("\n", end)
    return Span(source, start, line_end + 1 if alone(comment.span) and line_end >= 0 else end)
