"""A Mutant: the rules with one mistake in them, such as people make."""

from sortlang.frozen import frozen
from sortlang.rules import Rule, Rules


@frozen
class Mutant:
    """`what` was done to `rule`, in a clause: "without `sort a@ex.com -> b@ex.com`"."""

    rule: Rule
    what: str
    rules: Rules


@frozen
class Survivor:
    """A mutant that no expectation notices, and the `expect` that does; it holds for the rules as they are."""

    mutant: Mutant
    line: str


@frozen
class Mutation:
    """Of `possible` mutants `tried` were; `alike` of them change nothing, and no expectation could notice."""

    possible: int
    tried: int
    alike: int
    survivors: tuple[Survivor, ...]

    @property
    def noticed(self) -> int:
        return self.tried - self.alike - len(self.survivors)
