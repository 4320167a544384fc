"""Frozen: dataclasses that never change, defined in no time."""

from collections.abc import Iterable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from functools import partial
from typing import Any, NoReturn, dataclass_transform


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: Any = None, /, *, eq: bool = True, weakref_slot: bool = False) -> Any:
    """What `dataclass(frozen=True, slots=True)` makes of a class; `replace`, `fields`, `match` and `copy` know it.

    That one compiles six methods for each class, and a program of a hundred small classes does little else before it
    begins. Here a class compiles its own three, in one go, when the first of them is called; the rest is the same for
    all. `tests/sortlang/test_frozen.py` holds the one against the other. There is no `__post_init__`.
    """
    if cls is None:
        return partial(_made, eq=eq, weakref_slot=weakref_slot)
    return _made(cls, eq, weakref_slot)


def _made(cls: type[Any], eq: bool, weakref_slot: bool) -> type[Any]:
    cls.__doc__ = cls.__doc__ or cls.__name__  # without one, `dataclass` writes its own, from a signature
    made = dataclass(init=False, repr=False, eq=False, slots=True, weakref_slot=weakref_slot)(cls)
    given = set(cls.__dict__) if eq else {*cls.__dict__, "__eq__", "__hash__"}
    for name, method in {**_SHARED, **_awaiting(made)}.items():
        if name not in given:
            setattr(made, name, method)
    return made


def _awaiting(cls: Any) -> dict[str, Any]:
    """Methods that put the compiled ones in their own place."""

    def compiled() -> Any:
        for name, method in _compiled(cls).items():
            if getattr(cls, name) is methods[name]:
                setattr(cls, name, method)
        return cls

    def init(self: Any, *values: Any, **named: Any) -> None:
        compiled().__init__(self, *values, **named)

    def equal(self: Any, other: object) -> Any:
        return compiled().__eq__(self, other)

    def hashed(self: Any) -> int:
        return compiled().__hash__(self)  # type: ignore[no-any-return]

    methods = {"__init__": init, "__eq__": equal, "__hash__": hashed}
    return methods


_TEXT = """
def __init__(self, {parameters}):
    {steps}
def __eq__(self, other):
    return ({ours}) == ({theirs}) if other.__class__ is self.__class__ else NotImplemented
def __hash__(self):
    return hash(({ours}))
"""
"""`set_NAME` is the slot's own, which asks nobody whether it may."""


def _compiled(cls: Any) -> dict[str, Any]:
    known = fields(cls)
    compared = [each.name for each in known if each.compare]
    text = _TEXT.format(
        parameters=_parameters(known),
        steps="; ".join(f"set_{each.name}(self, {_value(each)})" for each in known) or "pass",
        ours="".join(f"self.{each}, " for each in compared),
        theirs="".join(f"other.{each}, " for each in compared),
    )
    names = {f"set_{each.name}": getattr(cls, each.name).__set__ for each in known}
    names |= {"MISSING": MISSING, "FIELD": {each.name: each for each in known}}
    methods: dict[str, Any] = {}
    exec(text, names, methods)  # noqa: S102
    return methods


def _parameters(known: Iterable[Field[Any]]) -> str:
    """Those that are told by name alone stand behind a `*`."""
    by_place = [_parameter(each) for each in known if not each.kw_only]
    by_name = [_parameter(each) for each in known if each.kw_only]
    return ", ".join((*by_place, *(("*", *by_name) if by_name else ())))


def _parameter(each: Field[Any]) -> str:
    if each.default_factory is not MISSING:
        return f"{each.name}=MISSING"
    return each.name if each.default is MISSING else f"{each.name}=FIELD['{each.name}'].default"


def _value(each: Field[Any]) -> str:
    if each.default_factory is MISSING:
        return each.name
    return f"FIELD['{each.name}'].default_factory() if {each.name} is MISSING else {each.name}"


def _repr(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse(self: Any, name: str, value: object = None) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for each, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


_SHARED = {
    "__repr__": _repr,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
    "__getstate__": _state,
    "__setstate__": _set_state,
}
