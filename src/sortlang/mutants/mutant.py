"""A Mutant: the rules with one mistake in them, such as people make."""

from dataclasses import dataclass

from sortlang.rules import Rule, Rules


@dataclass(frozen=True, slots=True)
class Mutant:
    """`what` was done to `rule`, in a clause: "without `sort a@ex.com -> b@ex.com`"."""

    rule: Rule
    what: str
    rules: Rules


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no expectation notices, and the `expect` that does; it holds for the rules as they are."""

    mutant: Mutant
    line: str


@dataclass(frozen=True, slots=True)
class Mutation:
    """Of `possible` mutants `tried` were; `alike` of them change nothing, and no expectation could notice."""

    possible: int
    tried: int
    alike: int
    survivors: tuple[Survivor, ...]

    @property
    def noticed(self) -> int:
        return self.tried - self.alike - len(self.survivors)
