"""The programs that sort what they fetch: each told as its manual says, a Maildir for each box below `boxes`."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from fetchers import Command, Job, fdm_by, fetchmail_by, fetchrun, getmail_box, getmail_by, maildir, private
from mailbag import recipient

REST = "rest"
BOXES = (*(f"box{number}" for number in range(8)), REST)

Sorter = Callable[[Path, Job, int], list[Command]]
"""Told so many rules, one for each of the first recipients, in an order that says nothing."""


def box_of(number: int, rules: int, recipients: int) -> str:
    """Where the message of that number is to lie, if it was sent to so many recipients in turn."""
    place = number % recipients
    return rule_box(place) if place < rules else REST


def rule_box(number: int) -> str:
    """The one for a recipient that has a rule."""
    return BOXES[number % (len(BOXES) - 1)]


@cache
def numbers(rules: int) -> Sequence[int]:
    """The recipients that have a rule, in the order of their rules."""
    numbers = list(range(rules))
    random.Random(rules).shuffle(numbers)
    return numbers


def fetchrun_sorting(folder: Path, job: Job, rules: int) -> list[Command]:
    """Ours; the boxes are addresses, and a transport says where these are."""
    boxes = f'transport "*@int.example" -> maildir "{folder}/boxes/{{local}}";\n'
    return fetchrun(folder, replace(job, sorts=boxes + sorts(rules)))


def sorts(rules: int) -> str:
    """Those of ours."""
    exact = "".join(f"sort {recipient(each)} -> {rule_box(each)}@int.example;\n" for each in numbers(rules))
    return f"{exact}sort * -> {REST}@int.example;"


def fdm_sorting(folder: Path, job: Job, rules: int) -> list[Command]:
    """A regular expression for each recipient, one after the other."""
    boxes = "".join(f'action "{box}" maildir "{path}"\n' for box, path in _boxes(folder))
    matches = "".join(
        f'match "^Delivered-To: {_quoted(recipient(each), 2)}$" in headers action "{rule_box(each)}"\n'
        for each in numbers(rules)
    )
    return fdm_by(folder, job, f'{boxes}{matches}match all action "{REST}"\n')


def fetchmail_multidrop(folder: Path, job: Job, rules: int) -> list[Command]:
    """fetchmail knows the recipients and gives maildrop a filter for the box."""
    for box, path in _boxes(folder):
        private(folder / f"filter-{box}", f'to "{path}"\n')
    names = " ".join(f'"{recipient(each)}"="{rule_box(each)}"' for each in numbers(rules))
    return fetchmail_by(
        folder, job, f'to {names} here mda "/usr/bin/maildrop {folder}/filter-%T"', 'envelope "Delivered-To" no dns'
    )


def fetchmail_procmail(folder: Path, job: Job, rules: int) -> list[Command]:
    """procmail, which fetchmail starts for each message, knows the recipients."""
    _boxes(folder)
    recipes = "".join(
        f":0\n* ^Delivered-To: {_quoted(recipient(each))}$\n{rule_box(each)}/\n" for each in numbers(rules)
    )
    private(folder / "procmailrc", f"MAILDIR={folder}/boxes\nDEFAULT={folder}/boxes/{REST}/\n{recipes}")
    return fetchmail_by(folder, job, f'mda "/usr/bin/procmail {folder}/procmailrc"')


def fetchmail_maildrop(folder: Path, job: Job, rules: int) -> list[Command]:
    """maildrop knows them."""
    boxes = dict(_boxes(folder))
    tests = "".join(
        f'if (/^Delivered-To: {_quoted(recipient(each))}$/)\n  to "{boxes[rule_box(each)]}"\n'
        for each in numbers(rules)
    )
    private(folder / "filter", f'{tests}to "{boxes[REST]}"\n')
    return fetchmail_by(folder, job, f'mda "/usr/bin/maildrop {folder}/filter"')


def getmail_multisorter(folder: Path, job: Job, rules: int) -> list[Command]:
    """getmail6 sorts by itself, a regular expression for each recipient."""
    boxes = "".join(f"[{box}]\n{getmail_box(folder / 'boxes' / box)}" for box in BOXES)
    locals_ = "".join(f'  ("{_quoted(recipient(each))}", "[{rule_box(each)}]"),\n' for each in numbers(rules))
    sorter = f"[destination]\ntype = MultiSorter\ndefault = [{REST}]\nlocals = (\n{locals_}  )\n"
    return getmail_by(folder, job, "Multidrop", sorter + boxes)


def _boxes(folder: Path) -> list[tuple[str, Path]]:
    """Empty ones, for those that do not make them."""
    found = [(box, folder / "boxes" / box) for box in BOXES]
    for _, path in found:
        maildir(path)
    return found


def _quoted(address: str, signs: int = 1) -> str:
    """As a regular expression; `signs`: how many backslashes one is written as."""
    return address.replace(".", "\\" * signs + ".")
