"""A real Postfix on loopback: it takes mail for ex.com over TLS, from those who log in, into Maildirs."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from dovecot import Dovecot, free_ports
from letters import PEOPLE

PROGRAM = "/usr/sbin/postfix"
LIBEXEC = "/usr/lib/postfix/sbin"

AUTHENTICATION = """
auth_mechanisms = plain login cram-md5 scram-sha-256
service auth {{
  unix_listener {socket} {{
    mode = 0666
  }}
}}
"""
"""What Dovecot needs so that Postfix can ask it who may log in."""

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {libexec}
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.ex.com
mydestination =
local_transport = error:no local mail
alias_maps =
virtual_mailbox_domains = ex.com
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/mailboxes
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 1
smtpd_tls_cert_file = {certificates}/server.pem
smtpd_tls_key_file = {certificates}/server.key
smtpd_tls_security_level = {tls}
smtpd_tls_auth_only = {tls_first}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {authentication}
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, permit_auth_destination, reject
smtpd_recipient_restrictions = {who}
smtpd_authorized_xclient_hosts = {xclient}
smtpd_authorized_xforward_hosts = {xforward}
smtpd_peername_lookup = no
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
{smtps}
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
virtual unix - n n - - virtual
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    """A running server: `port` in the clear with STARTTLS, `tls_port` with TLS from the first byte."""

    folder: Path
    port: int
    tls_port: int

    def taken(self, person: str) -> list[bytes]:
        """What lies in a mailbox of ex.com."""
        return [each.read_bytes() for each in (self.folder / "mail" / person / "new").glob("*")]

    def awaited(self, person: str, count: int) -> list[bytes]:
        """The same, when that many are there: Postfix takes mail over before it delivers."""
        deadline = time.monotonic() + 20
        while len(self.taken(person)) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.taken(person)

    def log(self) -> str:
        """What Postfix has to say."""
        path = self.folder / "maillog"
        return path.read_text(errors="replace") if path.exists() else ""


def authentication(folder: Path) -> str:
    """The lines for Dovecot's configuration; the socket lies in `folder`, which others may enter."""
    return AUTHENTICATION.format(socket=folder / "auth")


@contextmanager
def postfix(
    dovecot: Dovecot,
    sockets: Path,
    *,
    tls: str = "may",
    who: str = "permit_sasl_authenticated, reject",
    xclient: str = "",
    xforward: str = "",
) -> Iterator[Postfix]:
    """A Postfix until the block ends, with the certificate of the Dovecot, which says who may log in."""
    if not Path(PROGRAM).exists() or os.geteuid() != 0:
        pytest.skip("Postfix is not installed, or we are not root")
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    try:
        port, tls_port = free_ports(2)
        server = Postfix(folder, port, tls_port)
        _prepare(server, dovecot, sockets, tls, who, xclient, xforward)
        process = subprocess.Popen(
            [f"{LIBEXEC}/master", "-c", str(folder / "etc"), "-d"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder / "queue",
            start_new_session=True,
        )
        try:
            _await(process, server)
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(server: Postfix, dovecot: Dovecot, sockets: Path, tls: str, who: str, xclient: str, xforward: str) -> None:
    folder = server.folder
    folder.chmod(0o755)
    for name in ("etc", "mail", "data", "queue"):
        (folder / name).mkdir()
    (folder / "mail").chmod(0o777)
    (folder / "mailboxes").write_text("".join(f"{each}@ex.com {each}/\n" for each in (*PEOPLE, "admin")))
    main = MAIN.format(
        folder=folder,
        libexec=LIBEXEC,
        certificates=dovecot.folder,
        authentication=sockets / "auth",
        tls=tls,
        tls_first="yes" if tls != "none" else "no",
        who=who,
        xclient=xclient,
        xforward=xforward,
    )
    (folder / "etc" / "main.cf").write_text(main)
    smtps = f"127.0.0.1:{server.tls_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes" if tls != "none" else ""
    (folder / "etc" / "master.cf").write_text(MASTER.format(port=server.port, smtps=smtps).lstrip())
    shutil.chown(folder / "data", "postfix", "postfix")
    _queue(folder / "queue")


def _queue(folder: Path) -> None:
    """What `postfix check` would make; that one wants the configuration of the whole machine."""
    for name in ("incoming", "active", "bounce", "defer", "deferred", "flush", "hold", "saved", "trace", "corrupt"):
        (folder / name).mkdir(mode=0o700)
        shutil.chown(folder / name, "postfix")
    for name, mode, group in (
        ("private", 0o700, "root"),
        ("public", 0o2710, "postdrop"),
        ("maildrop", 0o1730, "postdrop"),
    ):
        (folder / name).mkdir()
        shutil.chown(folder / name, "postfix", group)
        (folder / name).chmod(mode)
    (folder / "pid").mkdir()


def _await(process: "subprocess.Popen[bytes]", server: Postfix) -> None:
    for _ in range(500):
        if process.poll() is not None:
            pytest.fail(f"Postfix did not start: {server.log()}")
        try:
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
                if connection.recv(3) == b"220":
                    return
        except (ConnectionRefusedError, ConnectionResetError):
            time.sleep(0.02)
    pytest.fail(f"Postfix does not answer: {server.log()}")
