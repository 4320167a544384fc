"""Store: Program → a table on disk, and back; data only, nothing runs."""

import sys
from dataclasses import replace
from typing import Any

from sortlang.program import Program
from sortlang.runs.sorts import bulk
from sortlang.stored.blocks import Unusable
from sortlang.stored.decode import Decoder
from sortlang.stored.encode import Encoder
from sortlang.stored.frame import Buffer, foreign, framed, unframed
from sortlang.stored.schema import schema

SMALL = 2 * 1024 * 1024
"""A table of so many bytes is checked whole when it is opened; of a larger one, each block when it is first read."""


def store(program: Program) -> list[bytes | bytearray]:
    """The table of a program, in pieces to be written one after another; raises TooLarge."""
    encoder = Encoder()
    if many := bulk(program.rules.sorts):
        encoder.among(many)
    held = encoder.value(replace(program, digested=program.digest))
    head = {"layout": _layout(), "digest": program.digest, "sources": encoder.sources, "program": held}
    return framed(encoder.content, head)


def restore(buffer: Buffer) -> Program:
    """The program of a table, which goes on reading in the buffer. Raises Unusable.

    What a large table asks for later may raise it later.
    """
    blocks, head = unframed(buffer)
    if head.get("layout") != _layout():
        raise Unusable(foreign())
    if len(blocks.content) <= SMALL:
        blocks.check(0, len(blocks.content))
    program = Decoder.of(blocks, head.get("sources")).whole(head.get("program"))
    if not isinstance(program, Program):
        raise Unusable
    return program


def _layout() -> dict[str, Any]:
    """What must be the same where a table is written and where it is read."""
    return {"order": sys.byteorder, "schema": schema()}
