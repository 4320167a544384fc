"""An account: its block, with the defaults for what it leaves unsaid."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sortlang.diagnostic import Diagnostic, Diagnostics, Related, error
from sortlang.mistake import mistake
from sortlang.rules import Account, Tls
from sortlang.settings import BY_NAME
from sortlang.source import Span
from sortlang.statement import SCOPED
from sortlang.statements.block import Facet, said
from sortlang.syntax.tree import Statement
from sortlang.values.plain import single, text

_NEEDED = ("server", "user", "password")
_AS_THEY_ARE = (
    *("user", "password", "auth", "limit_messages", "limit_bytes", "skip_over", "keep", "every", "hours", "start"),
    *(
        "deliver",
        "envelope",
        "trust_hops",
        "trust_by",
        "guess",
        "duplicates",
        "timeout",
        "pipeline",
        "stamp",
        "disabled",
    ),
)


def name_of(statement: Statement) -> str:
    """The name an account bears; raises Mistake."""
    hint = 'write `account "name" < … >`'
    if len(statement.left) != 1:
        span = statement.left[1].span if statement.left else statement.keyword.span
        raise mistake("wrong-value", "an account has one name", span, hint)
    return text(single(statement.left[0], hint), "the name")


def header(statement: Statement) -> Span:
    """`account "name"`, without the block."""
    return statement.keyword.span.to(statement.left[0].span) if statement.left else statement.keyword.span


def account(
    name: str, statement: Statement, defaults: Mapping[str, Facet], damage: Diagnostics, found: list[Diagnostic]
) -> Account | None:
    """The account that a block and the defaults make; None when something it needs is missing.

    `damage` is what the parser found: where it left out a setting, none is called missing.
    """
    own = said("account", (each for each in statement.block if each.keyword.text not in SCOPED), found)
    facets = {**own.facets, **{name: each for name, each in defaults.items() if name not in own.facets}}
    missing = [each for each in _NEEDED if each not in facets]
    if not missing:
        made = _account(name, statement, facets)
        found.extend(_conflicts(made, facets))
        return made
    tried = own.tried | ({"password"} if "oauth" in own.tried else frozenset())
    unsaid = [each for each in missing if each not in tried]
    if unsaid and not _damaged(statement.span, damage):
        found.append(_missing(name, unsaid, statement))
    return None


def _conflicts(account: Account, facets: Mapping[str, Facet]) -> Iterator[Diagnostic]:
    """Settings of which each alone is right."""
    if account.oauth and account.auth not in ("auto", "xoauth2", "oauthbearer"):
        message = f"`auth {account.auth}` needs a password, and `oauth` is there instead of one"
        related = (Related(facets["oauth"].span, "said here"),)
        hint = "leave `auth` out, or write `auth xoauth2`"
        yield error("conflicting-settings", message, facets["auth"].span, hint, related)


def _damaged(span: Span, damage: Diagnostics) -> bool:
    return any(each.span.source is span.source and span.start <= each.span.start <= span.end for each in damage)


def _missing(name: str, unsaid: Sequence[str], statement: Statement) -> Diagnostic:
    settings = ", no ".join(f"`{each}`" for each in unsaid)
    usage = " ".join(f"{BY_NAME[each].usage};" for each in unsaid)
    return error("missing-setting", f'account "{name}" has no {settings}', header(statement), f"add `{usage}`")


def _account(name: str, statement: Statement, facets: Mapping[str, Facet]) -> Account:
    places = _places(facets)
    tls = Tls(**_below("tls.", facets), span=places.get("tls"))
    host, port = facets["server"].value
    return Account(
        name=name,
        server=host,
        port=port or (995 if tls.mode == "required" else 110),
        tls=tls,
        oauth=facets["oauth"].value if facets["password"].value.kind == "oauth" else None,
        description=statement.description,
        span=header(statement),
        places=places,
        **{each: facets[each].value for each in _AS_THEY_ARE if each in facets},
    )


def _below(prefix: str, facets: Mapping[str, Facet]) -> dict[str, Any]:
    return {name.removeprefix(prefix): each.value for name, each in facets.items() if name.startswith(prefix)}


def _places(facets: Mapping[str, Facet]) -> dict[str, Span]:
    """Where each setting stands; of several lines of one setting, the first that the account itself has."""
    places: dict[str, Span] = {}
    for each in facets.values():
        places.setdefault(each.setting, each.span)
    return places
