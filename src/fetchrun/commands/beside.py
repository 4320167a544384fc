"""What runs beside the daemon: the page, and the alarm."""

import asyncio
import shlex
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from fetchrun.alarm import alarmed
from fetchrun.commands.common import BUSY
from fetchrun.condition import Condition
from fetchrun.survey import remembered
from fetchrun.web.listen import InvalidListen, Listen
from fetchrun.web.server import serving
from fetchrun.web.view import View, view
from sortlang.frozen import frozen
from sortlang.rules import Account


@frozen
class Beside:
    """`listen`: where the page is served, or None; `on_trouble`: the command to call somebody with, or nothing."""

    listen: Listen | None = None
    on_trouble: tuple[str, ...] = ()

    @asynccontextmanager
    async def running(self, accounts: Callable[[], Sequence[Account]], state: Path) -> AsyncIterator[None]:
        """Both, while the context lasts; `accounts` are those of the rules in force. A port that is taken ends all."""

        def look() -> Condition:
            return remembered(accounts(), state, time.time())

        def look_around() -> View:
            return view(look(), state, time.time())

        async with AsyncExitStack() as stack:
            if self.listen:
                port = await stack.enter_async_context(_served(self.listen, look_around))
                _tell(f"the status page is at http://{_shown(self.listen.host)}:{port}/")
            if self.on_trouble:
                task = asyncio.ensure_future(alarmed(self.on_trouble, look, state, _tell))
                stack.callback(task.cancel)
            yield


def with_beside(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--listen`, `--listen-anywhere` and `--on-trouble`, which arrive together as `beside`."""

    @wraps(command)
    def called(*, listen: str | None, listen_anywhere: bool, on_trouble: str | None, **rest: Any) -> Any:
        place = _place(listen, listen_anywhere) if listen else None
        return command(**rest, beside=Beside(place, _argv(on_trouble)))

    for option in (
        click.option(
            "--on-trouble", metavar="COMMAND", help="Run this when trouble begins and when it ends; no shell."
        ),
        click.option("--listen-anywhere", is_flag=True, help="Allow an address that others can reach."),
        click.option("--listen", metavar="HOST:PORT", help="Serve status page, /metrics and /health there."),
    ):
        called = option(called)
    return called


def _place(text: str, anywhere: bool) -> Listen:
    try:
        return Listen.parse(text, anywhere=anywhere)
    except InvalidListen as why:
        hint = "; --listen-anywhere allows it" if "elsewhere" in str(why) else ""
        raise click.BadParameter(f"{why}{hint}", param_hint="--listen") from None


def _argv(text: str | None) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text or ""))
    except ValueError as why:
        raise click.BadParameter(str(why).lower(), param_hint="--on-trouble") from None


@asynccontextmanager
async def _served(listen: Listen, look: Callable[[], View]) -> AsyncIterator[int]:
    server = serving(listen, look)
    try:
        port = await server.__aenter__()
    except OSError as error:
        _tell(f"cannot listen at {listen.host}:{listen.port}: {(error.strerror or 'unknown error').lower()}")
        raise SystemExit(BUSY) from None
    try:
        yield port
    finally:
        await server.__aexit__(None, None, None)


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _tell(sentence: str) -> None:
    click.echo(f"fetchrun: {sentence}", err=True)
