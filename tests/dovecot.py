"""A real Dovecot on loopback, with its own configuration, certificate authority and Maildir."""

import grp
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

PROGRAM = "/usr/sbin/dovecot"
USER, PASSWORD = "all@example.com", "correct-horse-7"
MAIL_UID = "nobody"  # Dovecot gives no mail to root
_COUNT = itertools.count()

CONFIGURATION = """
protocols = pop3
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
mail_location = maildir:{folder}/mail/%u
mail_uid = {owner}
mail_gid = {group}
first_valid_uid = 1
mail_fsync = never
disable_plaintext_auth = no
auth_mechanisms = plain
auth_failure_delay = 0
mail_max_userip_connections = 100
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/mail/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    address = 127.0.0.1
    port = {plain_port}
  }}
  inet_listener pop3s {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
}}
{more}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server. `ca` is the PEM file to trust; `ports` in the clear (with STLS) and with TLS."""

    folder: Path
    plain_port: int
    tls_port: int
    host: str = "localhost"
    user: str = USER
    password: str = field(default=PASSWORD, repr=False)

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def maildir(self) -> Path:
        return self.maildir_of(self.user)

    def maildir_of(self, user: str) -> Path:
        return self.folder / "mail" / user

    def put(self, messages: Iterable[bytes], user: str | None = None) -> None:
        """Lays messages into the maildrop, in this order, each whole at once and under a name that was never there.

        Dovecot serves LF and CRLF line ends as CRLF.
        """
        maildir = self.maildir_of(user or self.user)
        _make_maildir(maildir)
        for message in messages:
            count = next(_COUNT)
            path = maildir / "tmp" / f"{1_700_000_000 + count}.M{count}.example"
            path.write_bytes(message)
            _give_away(path)
            path.rename(maildir / "new" / path.name)

    def admit(self, users: Iterable[str]) -> None:
        """These users have maildrops, too, all with the same password."""
        names = list(users)
        with (self.folder / "users").open("a") as known:
            known.writelines(f"{each}:{{PLAIN}}{self.password}\n" for each in names)
        for each in names:
            _make_maildir(self.maildir_of(each))

    def stored(self, user: str | None = None) -> list[Path]:
        """The messages that lie there now."""
        return sorted(_stored(self.maildir_of(user or self.user)), key=lambda path: path.name)

    def empty(self, user: str | None = None) -> None:
        """Nothing lies there any more; Dovecot forgets what it knew of it."""
        shutil.rmtree(self.maildir_of(user or self.user), ignore_errors=True)
        _make_maildir(self.maildir_of(user or self.user))

    def log(self) -> str:
        """What Dovecot has to say."""
        return (self.folder / "log").read_text(errors="replace")


@contextmanager
def running(
    more: str = "", names: Sequence[str] = ("localhost",), ports: tuple[int, int] | None = None
) -> Iterator[Dovecot]:
    """A Dovecot until the block ends. `more` is added to its configuration; its certificate bears `names`."""
    need_dovecot()
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))  # not pytest's own: that one is closed to other users
    folder.chmod(0o755)
    try:
        plain_port, tls_port = ports or free_ports(2)
        server = Dovecot(folder, plain_port, tls_port)
        _prepare(server, more, names)
        with (folder / "err").open("wb") as errors:
            process = subprocess.Popen(
                [PROGRAM, "-F", "-c", str(folder / "dovecot.conf")], stdout=errors, stderr=errors
            )
        try:
            _await_port(process, server)
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def need_dovecot() -> None:
    """Skips the test where there is no Dovecot; in CI `peers` makes that a failure."""
    if Path(PROGRAM).exists() and Path("/usr/lib/dovecot/pop3").exists():
        return
    pytest.skip("Dovecot with POP3 is not installed")


def free_ports(count: int) -> tuple[int, ...]:
    """Ports of loopback that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = tuple(each.getsockname()[1] for each in sockets)
    for each in sockets:
        each.close()
    return ports


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[Dovecot]:
    """One Dovecot for the whole run; its maildrop is shared."""
    with running() as server:
        yield server


@pytest.fixture
def dovecot(dovecot_server: Dovecot) -> Dovecot:
    """The Dovecot of the run, its maildrop empty."""
    dovecot_server.empty()
    return dovecot_server


def _prepare(server: Dovecot, more: str, names: Sequence[str]) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert(*names)
    authority.cert_pem.write_to_path(str(server.ca))
    certificate.private_key_pem.write_to_path(str(server.folder / "server.key"))
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(str(server.folder / "server.pem"), append=True)
    (server.folder / "users").write_text(f"{server.user}:{{PLAIN}}{server.password}\n")
    for name in ("run", "state", "mail"):
        (server.folder / name).mkdir()
    (server.folder / "mail").chmod(0o777)
    _make_maildir(server.maildir)
    owner = pwd.getpwnam(MAIL_UID) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    internal = "dovecot" if os.geteuid() == 0 else owner.pw_name
    text = CONFIGURATION.format(
        folder=server.folder,
        plain_port=server.plain_port,
        tls_port=server.tls_port,
        internal=internal,
        internal_group=_group_of(internal),
        login="dovenull" if os.geteuid() == 0 else owner.pw_name,
        owner=owner.pw_uid,
        group=owner.pw_gid,
        more=more,
    )
    (server.folder / "dovecot.conf").write_text(text)


def _group_of(user: str) -> str:
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def _make_maildir(maildir: Path) -> None:
    for each in (maildir, *(maildir / name for name in ("tmp", "new", "cur"))):
        each.mkdir(exist_ok=True)
        _give_away(each)


def _give_away(path: Path) -> None:
    if os.geteuid() == 0:
        owner = pwd.getpwnam(MAIL_UID)
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _stored(maildir: Path) -> Iterator[Path]:
    for name in ("new", "cur"):
        yield from (maildir / name).iterdir()


def _await_port(process: "subprocess.Popen[bytes]", server: Dovecot) -> None:
    """Dovecot listens before it is ready, and the kernel keeps what connects until then: the greeting is the sign."""
    for _ in range(200):
        if process.poll() is not None:
            pytest.fail(f"Dovecot did not start: {(server.folder / 'err').read_text()}")
        try:
            with socket.create_connection(("127.0.0.1", server.plain_port), timeout=20) as connection:
                if connection.recv(3) == b"+OK":
                    return
        except ConnectionRefusedError:
            time.sleep(0.02)
    pytest.fail(f"Dovecot does not answer: {server.log()}")
