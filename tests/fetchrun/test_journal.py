"""A log that is gone stops no mail."""

import errno
import io
import os
from collections.abc import Callable

import click
import pytest

from fetchrun.commands.journal import Journal
from fetchrun.commands.shown import Lines


@pytest.mark.parametrize("make", [Journal, Lines])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "no space"), BrokenPipeError(), ValueError("closed file")])
def test_F88_lines_that_nobody_takes_are_counted_and_nothing_else_happens(
    make: Callable[[], Journal | Lines],
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    journal = make()

    def gone(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(click, "echo", gone)
        journal.tell("a", "one")
        journal.tell("a", "two")
    journal.tell("a", "three")
    journal.tell("a", "four")
    told = capsys.readouterr().err.splitlines()
    assert told == ["2 lines before this one were lost: nobody took them", "a: three", "a: four"]


@pytest.mark.parametrize("make", [Journal, Lines])
def test_F88_a_pipe_whose_reader_has_gone_is_not_a_fault(
    make: Callable[[], Journal | Lines], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb", buffering=0) as pipe:
        monkeypatch.setattr("sys.stderr", io.TextIOWrapper(pipe, write_through=True))
        make().tell("a", "one")
        monkeypatch.undo()
