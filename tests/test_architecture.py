"""The house keeps its laws, and each law notices when it is broken."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import laws
import pytest

SRC = Path(__file__).parent.parent / "src"


@pytest.fixture(scope="module")
def modules() -> laws.Modules:
    return laws.read(SRC)


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
def test_the_house_keeps_the_law(law: Callable[[laws.Modules], Iterator[str]], modules: laws.Modules) -> None:
    assert list(law(modules)) == []


BREACHES = [
    (laws.imports_run_down, "sortlang.pattern", "from sortlang.resolve import resolve"),
    (laws.imports_run_down, "sortlang.resolve", "from sortlang.build import build"),
    (laws.imports_run_down, "sortlang.source", "from sortlang.diagnostic import Diagnostic"),
    (laws.imports_run_down, "sortlang.newcomer", "import sortlang.source"),
    (laws.fetchrun_uses_the_front_of_sortlang, "fetchrun.plan", "from sortlang.syntax.parse import parse"),
    (laws.fetchrun_uses_the_front_of_sortlang, "sortlang.rules", "import fetchrun.plan"),
    (laws.the_core_is_pure, "sortlang.resolve", "import os"),
    (laws.the_core_is_pure, "sortlang.build", "from time import time"),
    (laws.the_core_is_pure, "sortlang.check", "text = open('x').read()"),
    (laws.lark_stays_in_syntax, "sortlang.resolve", "from lark import Token"),
    (laws.protocol_cores_own_no_socket, "fetchrun.pop3.client", "import socket"),
    (laws.protocol_cores_own_no_socket, "fetchrun.server.mechanisms.plain", "from sortlang.rules import Account"),
    (laws.imports_name_the_defining_module, "sortlang.resolve", "from sortlang import Program"),
    (laws.imports_name_the_defining_module, "sortlang.resolve", "from .rules import Rule"),
    (laws.imports_name_the_defining_module, "sortlang", "def logic(): ..."),
    (laws.spans_take_no_part_in_equality, "sortlang.rules", "class New:\n    where: Span"),
    (laws.every_module_has_a_caption, "sortlang.newcomer", "x = 1"),
    (laws.every_module_has_a_caption, "sortlang.newcomer", f'"""{"a" * 73}"""'),
    (laws.public_functions_say_what_they_do, "sortlang.newcomer", '"""New."""\ndef f(): ...'),
    (laws.nothing_is_long, "sortlang.newcomer", "def f():\n" + "    x = 1\n" * 60),
    (laws.nothing_is_long, "sortlang.newcomer", "x = 1\n" * 401),
]


@pytest.mark.parametrize(("law", "module", "breach"), BREACHES)
def test_the_law_notices_a_breach(
    law: Callable[[laws.Modules], Iterator[str]], module: str, breach: str, modules: laws.Modules
) -> None:
    before = set(law(modules))
    text = f"{ast.unparse(modules[module])}\n{breach}\n" if module in modules else breach
    assert set(law({**modules, module: ast.parse(text)})) - before
