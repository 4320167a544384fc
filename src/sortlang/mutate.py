"""Mutate: mistakes in the rules that no expectation notices."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from sortlang.address import Address
from sortlang.build import build
from sortlang.expectations.asking import asked
from sortlang.expectations.verdict import Read, Verdict, places
from sortlang.expectations.wording import worded
from sortlang.mutants.mistakes import mutants
from sortlang.mutants.mutant import Mutant, Mutation, Survivor
from sortlang.program import Program
from sortlang.prove import changes
from sortlang.rules import Expectation
from sortlang.test import judge

MOST, LEAST = 400, 50
"""So many mutants are tried, fewer of many rules, whose tables are built for each; of more, every so many-th."""

_WORK = 500_000


def mutate(program: Program, verdicts: Iterable[Verdict], read: Read, most: int | None = None) -> Mutation:
    """The mutants of the program held against the expectations that hold."""
    rules = replace(program.rules, sorts=tuple(program.rules.sorts), copies=tuple(program.rules.copies))
    every = tuple(mutants(rules))
    most = most or max(LEAST, min(MOST, _WORK // (len(rules.sorts) + len(rules.copies) + 1)))
    tried = [every[i * len(every) // most] for i in range(most)] if len(every) > most else list(every)
    holding = sorted((each.expectation for each in verdicts if each.holds), key=_is_proof)
    once = lru_cache(maxsize=None)(read)
    living = [(each, found) for each in tried if not _noticed(found := build(each.rules), holding, once)]
    survivors = _survivors(program, living)
    return Mutation(len(every), len(tried), len(living) - len(survivors), survivors)


def _is_proof(expectation: Expectation) -> bool:
    """Whether all addresses are asked: such are tried last."""
    return expectation.kind in ("every", "never")


def _noticed(mutant: Program, expectations: Sequence[Expectation], read: Read) -> bool:
    return any(not judge(each, mutant, read).holds for each in expectations)


def _survivors(program: Program, living: Iterable[tuple[Mutant, Program]]) -> tuple[Survivor, ...]:
    """Those that do change something; few lines are enough where one notices several."""
    asked_for: list[tuple[Address | None, str | None]] = []
    survivors: list[Survivor] = []
    for mutant, changed in living:
        question = next((each for each in asked_for if _differ(program, changed, *each)), None)
        if question is None:
            question = _telling(program, changed)
            if question is None:
                continue
            asked_for.append(question)
        survivors.append(Survivor(mutant, worded(question[0], program, question[1])))
    return tuple(survivors)


def _telling(program: Program, changed: Program) -> tuple[Address | None, str | None] | None:
    """An address, and the account through which its mail comes in, that tell the two apart; None if nothing does."""
    found = ((each.region.witness, scope) for each in changes(program, changed) for scope in each.scopes)
    return next((each for each in found if _differ(program, changed, *each)), None)


def _differ(program: Program, changed: Program, address: Address | None, account: str | None) -> bool:
    return places(asked(address, program, account)) != places(asked(address, changed, account))
