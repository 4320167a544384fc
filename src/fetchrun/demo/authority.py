"""A certificate authority made on the spot, for the demonstration."""

import os
import ssl
from pathlib import Path

from fetchrun.trouble import Trouble

CA = "ca.pem"
SERVER = "server.pem"


def server_context(folder: Path, *hosts: str) -> ssl.SSLContext:
    """The TLS context of a server that calls itself by `hosts`; its authority is `ca.pem` in `folder`.

    Both are made once and found again later. The authority's own key is never written: nobody can sign with it again.
    Raises Trouble when trustme is not installed.
    """
    if not ((folder / CA).is_file() and (folder / SERVER).is_file()):
        _make(folder, hosts)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / SERVER)
    return context


def write_private(path: Path, content: bytes) -> None:
    """A file that nobody else can read, not even for a moment; takes the place of an older one."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)


def _make(folder: Path, hosts: tuple[str, ...]) -> None:
    try:
        import trustme
    except ImportError:
        sentence = "the demonstration's server needs trustme to make its certificate"
        raise Trouble("tls", sentence, settings=(), hint="pip install 'sortlang[demo]'", temporary=False) from None
    authority = trustme.CA(organization_name="fetchrun demonstration")
    leaf = authority.issue_cert(*hosts, organization_name="fetchrun demonstration")
    write_private(folder / SERVER, leaf.private_key_and_cert_chain_pem.bytes())
    authority.cert_pem.write_to_path(folder / CA)
