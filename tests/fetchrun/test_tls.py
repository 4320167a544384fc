"""Whom we believe: read once, until it changes."""

import ssl
from pathlib import Path

import pytest
import trustme

from fetchrun.server import tls
from fetchrun.server.tls import standing
from fetchrun.trouble import Trouble
from sortlang.rules import Tls


def test_the_authorities_are_read_once_until_their_file_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    made = ssl.create_default_context

    def reading(cafile: Path | None = None) -> ssl.SSLContext:
        read.append(cafile)
        return made(cafile=cafile)

    monkeypatch.setattr(tls.ssl, "create_default_context", reading)
    file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(file)
    first = standing(Tls(ca=str(file)))
    assert standing(Tls(ca=str(file))) is first
    assert standing(Tls(ca=str(file), minimum="1.3")) is not first
    trustme.CA().cert_pem.write_to_path(tmp_path / "new.pem")
    (tmp_path / "new.pem").replace(file)
    assert standing(Tls(ca=str(file))) is not first
    assert len(read) == 3


def test_a_file_that_is_not_there_yet_is_found_later(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    with pytest.raises(Trouble, match="cannot be read"):
        standing(Tls(ca=str(file)))
    trustme.CA().cert_pem.write_to_path(file)
    assert standing(Tls(ca=str(file))).verify_mode is ssl.CERT_REQUIRED
