"""Programs for tests: text in, Program out, and any finding of the compiler's is a failure."""

from dataclasses import replace

from sortlang.compile import compile
from sortlang.program import Program
from sortlang.rules import Account
from sortlang.source import Source

ACCOUNT = 'account "box" < server "pop.isp.example"; user "box"; password env "BOX"; >\n'


def compiled(text: str, name: str = "mail.sort") -> Program:
    program, found = compile(Source(name, text), lambda pattern, source: ())
    assert program is not None, found
    return program


def boxed(rules: str, **settings: object) -> tuple[Program, Account]:
    """A program of one account and these rules, and that account with these settings."""
    program = compiled(ACCOUNT + rules)
    return program, replace(program.accounts[0], **settings)  # type: ignore[arg-type]
