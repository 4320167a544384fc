"""Findings as text: place, name, clause, the line with a mark, what to do."""

from collections.abc import Sequence

from sortlang.diagnostic import Diagnostic, Diagnostics
from sortlang.reports.excerpt import excerpt
from sortlang.reports.screen import visible


def render(diagnostics: Diagnostics, files: Sequence[str] = ()) -> str:
    """All findings, and how many there are; empty when there is none."""
    return "\n\n".join((*map(finding, diagnostics), summary(diagnostics))) if diagnostics else ""


def summary(diagnostics: Diagnostics) -> str:
    """`2 errors, 1 warning`."""
    errors = sum(each.is_error for each in diagnostics)
    warnings = len(diagnostics) - errors
    counts = ((errors, "error"), (warnings, "warning"))
    return ", ".join(f"{count} {word}{'s' * (count != 1)}" for count, word in counts if count) or "no findings"


def finding(found: Diagnostic) -> str:
    """One of them."""
    lines = [visible(f"{found.span}: {found.severity}[{found.name}]: {found.message}"), *excerpt(found.span, "^")]
    for each in found.related:
        lines += [visible(f"  {each.span}: {each.message}"), *excerpt(each.span, "-")]
    lines += [
        visible(f"  {label}: {text}") for label, text in (("witness", found.witness), ("hint", found.hint)) if text
    ]
    return "\n".join(lines)
