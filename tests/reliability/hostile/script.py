"""What a hostile peer says: octets, and what else it can do to whoever listens."""

import asyncio
import re
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

DIRECTIVE = re.compile(r"<(cut|reset|silence|do|honest|drip|endless|wait)(?: ([^<>]*))?>")
REPEATED = re.compile(r"<(\d+) times ([^<>]*|<[^<>]*>[^<>]*)>")
FLOOD = 1 << 16


class Gone(Exception):
    """The connection is over, by our own doing."""


@dataclass(frozen=True)
class Step:
    """Octets if `what` is empty, else a directive with its argument."""

    what: str
    octets: bytes = b""


def expanded(text: str) -> bytes:
    """`<3 times ab>` is `ababab`; characters are octets."""
    return REPEATED.sub(lambda found: found[2] * int(found[1]), text).encode("latin-1")


def steps(text: str) -> Iterator[Step]:
    """The text up to a directive, the directive, the text behind it …

    `<cut>` closes, `<reset>` resets, `<silence>` says nothing more, `<honest>` is what an honest server would say here,
    `<honest N>` the first N octets of that (or all but the last N if it is negative), `<do>` does it without saying so,
    `<wait S>` waits for S seconds, `<drip S>` says all that follows octet by octet, S seconds apart, `<endless TEXT>`
    says it until nobody listens.
    """
    at = 0
    for found in DIRECTIVE.finditer(text):
        yield Step("", expanded(text[at : found.start()]))
        yield Step(found[1], (found[2] or "").encode("latin-1"))
        at = found.end()
    yield Step("", expanded(text[at:]))


async def play(
    text: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, honest: Callable[[], bytes]
) -> None:
    """Does all of it; `honest` performs what was asked for and gives what to say. Raises Gone."""
    pause, pending = 0.0, b""
    for step in steps(text):
        if step.what in ("", "honest"):
            pending += step.octets if not step.what else _part(honest(), step.octets)
            continue
        await _say(pending, writer, pause)
        pending = b""
        match step.what:
            case "do":
                honest()
            case "wait":
                await asyncio.sleep(float(step.octets))
            case "drip":
                pause = float(step.octets)
            case "endless":
                await _flood(step.octets, writer)
            case "silence":
                await reader.read()
                raise Gone
            case "cut":
                writer.close()
                raise Gone
            case "reset":
                reset(writer)
                raise Gone
    await _say(pending, writer, pause)


def reset(writer: asyncio.StreamWriter) -> None:
    """RST instead of FIN: what was on its way is lost as well."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _say(octets: bytes, writer: asyncio.StreamWriter, pause: float) -> None:
    for at in range(len(octets)) if pause else ():
        writer.write(octets[at : at + 1])
        await writer.drain()
        await asyncio.sleep(pause)
    if octets and not pause:
        writer.write(octets)
        await writer.drain()


async def _flood(octets: bytes, writer: asyncio.StreamWriter) -> None:
    block = octets * (FLOOD // len(octets) + 1)
    while not writer.is_closing():
        writer.write(block)
        await writer.drain()


def _part(octets: bytes, how_much: bytes) -> bytes:
    return octets[: int(how_much)] if how_much else octets
