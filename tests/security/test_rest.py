"""What the list asks for and no other part of the tests holds (docs/security.md)."""

import ast
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from fetchrun import probe
from fetchrun.delivery.path import maildir
from fetchrun.delivery.stamp import stamp
from fetchrun.server.authenticate import CONFIGURED, IN_THE_CLEAR, OVER_TLS, TOKENS
from fetchrun.server.endpoint import asked
from fetchrun.trouble import Trouble
from sortlang.address import Address
from sortlang.files import load

MATCHING = ("pattern", "table", "meaning", "prove")
SOURCES = sorted(Path("src").rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_s05_no_mechanism_but_those_that_are_read_in_a_minute() -> None:
    known = {"USER", "PLAIN", "LOGIN", "APOP", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER"}
    offered = {each.name for tried in (*CONFIGURED.values(), TOKENS, OVER_TLS, IN_THE_CLEAR) for each in tried}
    assert offered == known
    assert not [path for path in SOURCES if re.search("ntlm|gssapi|rpa|kerberos", path.stem)]


@contextmanager
def provider(answer: dict[str, str], folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Over TLS, what it is asked is noted; it answers 307 with these header fields."""
    heard: list[str] = []

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.path)
            self.send_response(307)
            for name, value in answer.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    with HTTPServer(("127.0.0.1", 0), Desk) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield f"https://localhost:{server.server_address[1]}", heard
        finally:
            server.shutdown()


def test_s13_s41_a_redirect_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer: dict[str, str] = {}
    with provider(answer, tmp_path) as (where, heard):
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        answer["Location"] = f"{where}/elsewhere"
        with pytest.raises(Trouble, match="send us to another address"):
            asked(f"{where}/token", {"refresh_token": "r"})
    assert heard == ["/token"]


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_s18_nothing_becomes_a_header_line_of_its_own(account_name: str, source: str, rule: str) -> None:
    lines = stamp(account_name, source, rule, "digest", guessed=True, addresses=()).split(b"\n")
    assert lines.pop() == b""
    assert all(line.startswith((b"X-Fetchrun: ", b"\t")) for line in lines)
    assert not any(set(line) & set(b"\r\0") for line in lines)


@pytest.mark.parametrize("address", ["a@ex.com\nBcc: b@ex.com", "a@ex.com\r", "a\0@ex.com"])
def test_s18_an_address_with_a_line_end_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="line end"):
        stamp("a", "To/Cc", "", "digest", guessed=False, addresses=(address,))


def test_s22_only_a_star_lets_a_message_name_a_folder(tmp_path: Path) -> None:
    """Where the rules name the mailboxes, an address that nobody has gets no Maildir of its own."""
    (tmp_path / "boxes").write_text("anna\nadmin\n")
    (tmp_path / "mail.sort").write_text(
        'domain "ex.com" < mailboxes "boxes"; >\nsort "*@ex.com" -> "*@ex.com";\nsort * -> admin@ex.com;\n'
        'account "a" < server "localhost"; user "u"; password env "P"; >\n'
    )
    program, found = load(tmp_path / "mail.sort")
    assert program, found
    for name, place in (("anna@ex.com", "anna"), ("made.up@ex.com", "admin")):
        (there,) = program.route(Address.parse(name)).destinations
        assert there.address
        assert maildir("mail/{domain}/{local}", there.address, Path("/state")) == Path(f"/state/mail/ex.com/{place}")


def test_s28_nothing_listens_but_the_page() -> None:
    """No control socket: signals and files do. `listen` and `bind` stand in the page's server and the demo alone."""
    served = re.compile(r"\b(start_server|start_unix_server|create_server|\.bind\(|\.listen\()")
    found = {str(path.relative_to("src/fetchrun")) for path in SOURCES if served.search(path.read_text())}
    assert found <= {"web/server.py", "demo/server.py"}


def test_s36_what_is_read_back_is_data() -> None:
    """Nothing that runs what it reads: the one text that is compiled is made of the names of our own fields."""
    forbidden = {"pickle", "marshal", "shelve", "dill", "yaml", "code", "codeop"}
    assert [(str(path), each) for path in SOURCES for each in imported(path) if each.split(".")[0] in forbidden] == []
    calls = re.compile(r"(?<![\w.])(eval|exec)\(")
    assert [str(path) for path in SOURCES if calls.search(path.read_text())] == ["src/sortlang/frozen.py"]


def test_s35_rules_hold_no_regular_expression() -> None:
    """Neither what matches addresses nor what reads it back from disk knows the module."""
    rooms = [*Path("src/sortlang/globs").glob("*.py"), *(Path("src/sortlang") / f"{each}.py" for each in MATCHING)]
    assert len(rooms) == len(MATCHING) + 4
    assert [str(path) for path in rooms if "re" in imported(path)] == []


def test_s42_everything_that_is_installed_has_a_hash() -> None:
    for lock in Path("locks").glob("*.txt"):
        pinned = re.split(r"\n(?=\S)", lock.read_text().strip())
        packages = [each for each in pinned if not each.startswith("#")]
        assert len(packages) > 5
        assert [each.split()[0] for each in packages if "==" not in each or "--hash=sha256:" not in each] == []


def test_s43_no_module_is_used_that_lets_line_ends_through() -> None:
    """CVE-2024-6923, CVE-2025-15366, CVE-2025-15367, CVE-2026-1299 and their kin live there; so does no patch level."""
    leaky = {"email", "smtplib", "poplib", "imaplib", "ftplib", "mailbox", "tarfile", "zipfile", "wsgiref"}
    assert [(str(path), each) for path in SOURCES for each in imported(path) if each.split(".")[0] in leaky] == []


def test_sa_2010_01_names_in_a_certificate_are_shown_as_text() -> None:
    """CVE-2010-0562: fetchmail wrote beyond its buffer there; a terminal would obey them."""
    hostile = "\x1b]0;owned\x07" + "A" * 5_000 + "\udcff\u202e"
    shown = {"subjectAltName": (("DNS", hostile),), "issuer": ((("organizationName", hostile),),)}
    for text in (*probe._names(shown), probe._issuer(shown)):
        assert text.isprintable() and len(text) <= 200
