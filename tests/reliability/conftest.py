"""What the tests of this folder share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import mailroom
from reliability.program import Program, loaded, need_strace
from reliability.provider import Provider


@pytest.fixture(scope="session")
def program() -> Iterator[Program]:
    """The real program, loaded once."""
    need_strace()
    with loaded() as program:
        yield program


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """A POP3 server."""
    with Provider().serving() as provider:
        yield provider


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where a flush costs nothing."""
    with mailroom.in_memory() as folder:
        yield folder
