"""Schema: the values that a table holds, by class and field."""

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any
from weakref import WeakValueDictionary

from sortlang.address import Address
from sortlang.globs.glob import Glob
from sortlang.globs.grams import Grams
from sortlang.globs.index import Ends, GlobIndex
from sortlang.locality import Locality
from sortlang.pattern import Pattern
from sortlang.program import Program
from sortlang.rules import (
    Access,
    Account,
    Alias,
    Domain,
    Envelope,
    Expectation,
    Group,
    Hours,
    OAuth,
    Password,
    Rule,
    Rules,
    Target,
    Tls,
    Transport,
)
from sortlang.runs.bulk import Bulk, Runs
from sortlang.runs.sorts import Sorts
from sortlang.table import InDomain, Table

CLASSES: tuple[type[Any], ...] = (
    *(Program, Rules, Account, Password, Tls, Envelope, Rule, Target, Transport, Access),
    *(
        Domain,
        Alias,
        Group,
        OAuth,
        Hours,
        Locality,
        Expectation,
        Address,
        Pattern,
        Glob,
        Table,
        InDomain,
        GlobIndex,
        Ends,
        Grams,
    ),
    *(Runs, Bulk, Sorts),
)
"""Their fields are stored whatever they are; a table whose schema is another is not read."""


def schema() -> list[list[str]]:
    """The name of each class, and the names of its fields."""
    return [[cls.__name__, *_names(cls)] for cls in CLASSES]


def taken(cls: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """A function from a value of the class to what its fields hold."""
    names = _names(cls)
    if len(names) == 1:
        only = attrgetter(*names)
        return lambda value: (only(value),)
    return attrgetter(*names)


def made(cls: type[Any]) -> Callable[[list[Any]], Any]:
    """A function from what the fields hold to the value."""
    named = [each.kw_only for each in fields(cls)]
    if not any(named):
        return lambda held: cls(*held)
    if named.index(True) == len(named) - 1:
        last = _names(cls)[-1]
        return lambda held: cls(*held[:-1], **{last: held[-1]})
    return lambda held: cls(**dict(zip(_names(cls), held, strict=True)))


def _names(cls: type[Any]) -> list[str]:
    """What a class holds, but for what it makes by itself."""
    return [each.name for each in fields(cls) if each.default_factory is not WeakValueDictionary]
