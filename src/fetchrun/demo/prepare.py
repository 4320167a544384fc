"""Prepare the demonstration: certificate, maildrop, password, rules."""

import glob
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import field
from pathlib import Path
from ssl import SSLContext

from fetchrun.delivery import durable
from fetchrun.demo.authority import CA, server_context, write_private
from fetchrun.demo.maildrop import lay_out, listed
from fetchrun.demo.server import HOST, serving
from sortlang.frozen import frozen

USER = "everyone@mailhost.example"
PASSWORD = "password"  # noqa: S105, the file it lies in
PORT = "port"
"""Taken again if it is free: an account that did not change is the same rules, and nothing is thought over twice."""

ACCOUNT = """\
# The mailbox of the demonstration. Written anew for each run, as its server may have to take another port.
include "{rules}";

account "demo" <
    server "{host}" port {port};
    user "{user}";
    password file "{password}";
    tls required;
    tls ca "{ca}";
    limit 100;
    keep 7d;
    skip over 25MB;
>
"""


@frozen
class Demo:
    """The demonstration as it lies in `folder`; `rules` is the file to run while `serving` lasts."""

    folder: Path
    rules: Path
    maildrop: Path
    _tls: SSLContext = field(repr=False)
    _password: str = field(repr=False)

    def waiting(self) -> int:
        """How many messages lie on the server."""
        return len(listed(self.maildrop))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Path]:
        """The server, in this event loop, while the context lasts; yields the rules file that names its port.

        It is named from the working directory if it lies below it, because reports name it so.
        """
        last = _remembered(self.folder / PORT)
        async with serving(self.maildrop, self._tls, user=USER, password=self._password, port=last) as port:
            (self.folder / PORT).write_text(str(port))
            self.rules.write_text(_account(self.folder, port), encoding="utf-8")
            here = Path.cwd()
            yield self.rules.relative_to(here) if self.rules.is_relative_to(here) else self.rules


def prepare(folder: Path) -> Demo:
    """Lay everything out on first use; what an earlier run left is taken as it is. Raises Trouble, OSError."""
    folder = folder.absolute()
    durable.make_folder(folder)
    tls = server_context(folder, HOST, "localhost")
    lay_out(folder / "maildrop")
    return Demo(folder, folder / "account.sort", folder / "maildrop", tls, _password(folder / PASSWORD))


def company_rules() -> Path:
    """`company.sort`: beside this module in a wheel, in `examples/` in a checkout; there is one source of it."""
    places = (Path(__file__).parent, Path(__file__).parents[3] / "examples")
    return next(each for place in places if (each := place / "company.sort").is_file())


def _account(folder: Path, port: int) -> str:
    rules = _quoted(_named_from(folder, company_rules()))
    return ACCOUNT.format(rules=rules, host=HOST, port=port, user=USER, password=PASSWORD, ca=CA)


def _named_from(folder: Path, file: Path) -> str:
    """`file` as an `include` in `folder` names it, where `*`, `?` and `[` have a meaning; a checkout may be moved."""
    name = os.path.relpath(file, folder) if folder.is_relative_to(file.parents[1]) else str(file)
    return glob.escape(str(file)) if glob.has_magic(name) else name


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _password(file: Path) -> str:
    if not file.is_file():
        write_private(file, secrets.token_urlsafe(18).encode())
    return file.read_text()


def _remembered(file: Path) -> int:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return 0
