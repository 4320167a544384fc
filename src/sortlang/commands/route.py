"""`sortlang route`: where mail for each of many addresses goes."""

import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO

import click

from sortlang.address import Address, InvalidAddress
from sortlang.commands.common import WRONG, account_of, program_of, reading
from sortlang.lookup import Answer, named, placed
from sortlang.memo import Memo
from sortlang.program import Program
from sortlang.reports.screen import visible
from sortlang.rules import Account

CHUNK = 1 << 16
"""So much is read at once, and kept of a line that does not end."""


@click.command()
@click.argument("file")
@click.option("--account", "name", help="As it is for mail that comes in through this account.")
def command(file: str, name: str | None) -> None:
    """Say for each line of standard input where mail for that address goes under the rules in FILE, or in a table.

    A line for each: the address, a tab, where it goes, a tab, FILE:LINE of the rule; `-` stands for no rule.
    `*` is mail without a recipient. What is no address gets `?`, and why.

    \b
    Exit status: 0 told, 1 the file has errors or a line was no address, 2 the file could not be read.
    """
    wrong: list[str] = []
    with reading(file):
        program = program_of(file)
        told = Memo(_answers(program, account_of(program, name), wrong))
        for lines in _lines(sys.stdin.buffer):
            sys.stdout.buffer.write("".join(map(told.__getitem__, lines)).encode("utf-8"))
            sys.stdout.buffer.flush()
    sys.exit(WRONG if wrong else 0)


def _lines(file: BinaryIO) -> Iterator[list[str]]:
    """The lines that are there, as soon as they are: whoever asks one by one is answered one by one."""
    rest = b""
    while chunk := file.read1(CHUNK):  # type: ignore[attr-defined]
        whole, end, rest = (rest + chunk).rpartition(b"\n")
        if end:
            yield whole.decode("utf-8", "surrogateescape").split("\n")
        rest = rest[:CHUNK]
    if rest:
        yield [rest.decode("utf-8", "surrogateescape")]


def _answers(program: Program, account: Account | None, wrong: list[str]) -> Callable[[str], str]:
    """A function from a line to the line that answers it; it keeps the first line that is no address in `wrong`."""

    name = account.name if account else None
    route = _delivered(program, account) if account and account.deliver else placed(program, name)

    def answer(line: str) -> str:
        text = line.strip()
        try:
            places, rule = route(text)
        except InvalidAddress as why:
            wrong[:] = wrong or [text]
            return _row(text, "?", str(why))
        return _row(text, ",".join(places), rule)

    return answer


def _delivered(program: Program, account: Account) -> Callable[[str], tuple[Answer, str]]:
    """The same for every address: no rule is asked."""
    told = named(program.delivered(account)), account.place("deliver").place

    def answer(text: str) -> tuple[Answer, str]:
        if text != "*":
            Address.parse(text)
        return told

    return answer


def _row(text: str, places: str, rule: str) -> str:
    plain = f"{text}{places}{rule}"
    if not (plain.isascii() and plain.isprintable()):
        text, places, rule = map(visible, (text, places, rule))
    return f"{text}\t{places}\t{rule}\n"
