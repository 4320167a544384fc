"""`frozen` against `dataclass(frozen=True, slots=True)`, which says what it has to be."""

import copy
import pickle
from collections.abc import Callable, Sequence
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any, Generic, TypeVar
from weakref import ref

import pytest

from sortlang.frozen import frozen

T = TypeVar("T")
standard = dataclass(frozen=True, slots=True)


class Plain:
    """Some fields, one with a default."""

    name: str
    count: int = 3


class Told(Generic[T]):
    """Fields of every kind that we have."""

    name: T
    known: dict[str, int] = field(default_factory=dict, repr=False)
    place: int = field(compare=False, kw_only=True)
    said: str = field(compare=False, default="", kw_only=True)
    found: tuple[int, ...] = ()


class Bare:
    pass


class Own:
    """Methods of its own stay."""

    name: str

    def __repr__(self) -> str:
        return "Own(…)"

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 7


class Single:
    """One field, and a method."""

    name: str

    @property
    def size(self) -> int:
        return len(self.name)


CALLS: tuple[tuple[type, tuple[Any, ...], dict[str, Any]], ...] = (
    (Plain, ("a",), {}),
    (Plain, ("a", 4), {}),
    (Plain, (), {"count": 1, "name": "a"}),
    (Plain, (), {}),
    (Plain, ("a", 1, 2), {}),
    (Plain, ("a",), {"colour": 1}),
    (Told, ("a",), {"place": 1}),
    (Told, ("a", {"b": 1}, (1, 2)), {"place": 1, "said": "x"}),
    (Told, ("a",), {}),
    (Bare, (), {}),
    (Own, ("a",), {}),
    (Single, ("a",), {}),
    (Single, (float("nan"),), {}),
)


def made(kind: Callable[[type], type], cls: type) -> type:
    """The class anew, for each test: what is compiled when first used is not yet."""
    names = {name: each for name, each in vars(cls).items() if name not in ("__dict__", "__weakref__")}
    again = type(cls.__name__, cls.__bases__, copy.copy(names))
    for name, each in vars(cls).items():
        if type(each) is type(field()):
            setattr(again, name, copy.copy(each))
    return kind(again)


def tried(act: Callable[[], Any]) -> Any:
    """What it comes to."""
    try:
        return act()
    except (TypeError, AttributeError) as why:
        return type(why)


ACTS: tuple[Callable[[Any], Any], ...] = (
    repr,
    lambda it: tried(lambda: hash(it)),
    lambda it: it == it,
    lambda it: it == copy.copy(it),
    lambda it: it == 1,
    lambda it: it.__eq__(1),
    lambda it: [(each.name, each.kw_only, each.compare) for each in fields(it)],
    lambda it: repr(asdict(it)),
    lambda it: tried(lambda: repr(replace(it, name="b"))),
    lambda it: tried(lambda: repr(replace(it, place=9))),
    lambda it: tried(lambda: [setattr(it, each, 1) for each in it.__slots__]),
    lambda it: tried(lambda: [delattr(it, each) for each in it.__slots__]),
    lambda it: repr(copy.deepcopy(it)),
    lambda it: getattr(it, "size", None),
    lambda it: (type(it).__match_args__, type(it).__slots__, type(it).__name__, hasattr(it, "__dict__")),
)


@pytest.mark.parametrize("call", CALLS, ids=range(len(CALLS)))
def test_it_is_what_a_dataclass_is(call: tuple[type, tuple[Any, ...], dict[str, Any]]) -> None:
    cls, values, named = call
    for act in ACTS:  # each is the first use of its class
        ours, theirs = made(frozen, cls), made(standard, cls)
        assert tried(lambda: act(ours(*values, **named))) == tried(lambda: act(theirs(*values, **named)))  # noqa: B023


def test_what_differs_is_not_equal_and_what_does_not_compare_does_not() -> None:
    cls: Any = made(frozen, Told)
    assert cls("a", place=1) == cls("a", place=2, said="x")
    assert cls("a", place=1) != cls("b", place=1)
    assert cls("a", place=1) != made(frozen, Told)("a", place=1)  # another class, if of the same name


def test_without_equality_it_is_only_itself() -> None:
    ours: Any = made(frozen(eq=False), Single)
    one = ours("a")
    assert one == one != ours("a") and len({one, ours("a")}) == 2 and repr(one) == "Single(name='a')"


def test_equality_may_come_from_above() -> None:
    @frozen(eq=False)
    class Listed(Sequence[int]):
        name: str

        def __len__(self) -> int:
            return len(self.name)

        def __getitem__(self, index: Any) -> Any:
            return self.name[index]

        def __eq__(self, other: object) -> bool:
            return list(self) == other

    assert Listed("ab") == ["a", "b"] and "a" in Listed("ab")
    assert Listed.__hash__ is None


def test_what_is_held_weakly() -> None:
    weak = dataclass(frozen=True, slots=True, weakref_slot=True)
    for cls in (made(frozen(weakref_slot=True), Single), made(weak, Single)):
        one = cls("a")
        kept = ref(one)
        assert kept() is one and one == cls("a")
        assert repr(replace(copy.copy(one), name="b")) == "Single(name='b')"
    with pytest.raises(TypeError, match="weak reference"):
        ref(made(frozen, Single)("a"))


def test_each_has_its_own_default() -> None:
    cls: Any = made(frozen, Told)
    assert cls("a", place=1).known is not cls("a", place=1).known


def test_hash_first_and_equality_first() -> None:
    """Whichever method is called first, all of them are there after it."""
    for first in (hash, repr, lambda it: it == it, lambda it: it != 1):
        cls: Any = made(frozen, Plain)
        one, other = cls("a"), cls("a")
        first(one)
        assert {one: 1}[other] == 1


@frozen
class Kept:
    """One that a pickle can find."""

    name: str
    count: int = 0


@frozen
class Below(Kept):
    """And one that has its fields."""

    more: str = "x"


def test_of_a_class_below_another_each_has_its_own() -> None:
    assert Below("a", 1, "b") == Below("a", 1, "b") != Kept("a", 1)
    assert repr(Below("a")) == "Below(name='a', count=0, more='x')"
    assert is_dataclass(Below) and not is_dataclass(Plain)


def test_it_can_be_sent_elsewhere() -> None:
    assert pickle.loads(pickle.dumps(Kept("a", 2))) == Kept("a", 2)


def test_it_never_changes() -> None:
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'name'"):
        Kept("a").name = "b"  # type: ignore[misc]
    match Kept("a", 4):
        case Kept(name, count):
            assert (name, count) == ("a", 4)
