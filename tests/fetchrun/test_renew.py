"""Renewing the ledger: what stands in the way is told, and the old one is not trusted with less than before."""

import errno
import os
from pathlib import Path

import pytest

from fetchrun.delivery import durable
from fetchrun.memory import renew
from fetchrun.memory.ledger import Ledger
from fetchrun.trouble import Trouble


def _known(state: Path) -> None:
    """A ledger that knows one maildrop, and its epoch."""
    ledger = Ledger(state)
    ledger.account("pop.example.com", "u", "office")
    ledger.close()


def test_a_file_where_the_new_one_is_made_is_told(tmp_path: Path) -> None:
    (tmp_path / renew.SCRATCH).write_text("in the way")
    with pytest.raises(Trouble, match="file exists"):
        renew.begun(tmp_path)
    assert (tmp_path / renew.SCRATCH).read_text() == "in the way"


def test_F62_a_disk_that_fails_while_it_is_put_in_place_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    _known(tmp_path)
    fresh = renew.begun(tmp_path)
    monkeypatch.setattr(durable, "move", full)
    with pytest.raises(Trouble, match="no space left") as told:
        renew.installed(fresh, tmp_path, "now")
    assert told.value.step == "disk"
    assert (tmp_path / "ledger.db").exists()


def test_of_an_epoch_that_cannot_be_read_nothing_is_believed_but_the_ledger(tmp_path: Path) -> None:
    _known(tmp_path)
    (tmp_path / "epoch").write_text("scribble")
    fresh = renew.begun(tmp_path)
    assert fresh.database.read("SELECT name FROM accounts") == [("office",)]
    renew.dropped(fresh)
    assert not (tmp_path / renew.SCRATCH).exists()
