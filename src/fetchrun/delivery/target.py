"""A target: what carries a delivery out, and how it fails."""

import errno
import os
from pathlib import Path

from fetchrun.trouble import Trouble

_PROCESS = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""Nobody's fault but the process's: the next message would meet them too."""

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS}
"""A whole file system's fault: whoever has mail there meets it."""

_HINTS = {
    errno.ENOSPC: "free some space; nothing is lost, the mail stays on the server",
    errno.EDQUOT: "free some space; nothing is lost, the mail stays on the server",
    errno.EACCES: "let the user that runs fetchrun write there",
    errno.EPERM: "let the user that runs fetchrun write there",
    errno.EINVAL: "a Maildir must lie on a local file system (ext4, xfs, btrfs)",
}


class Unusable(Exception):
    """This target takes nothing now; others do. `sentence` says why, for a person, `hint` what to do.

    `disk`: a place on the file system whose fault it is; None: that is well.
    """

    def __init__(self, sentence: str, hint: str = "", disk: Path | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint
        self.disk = disk


def fault(error: OSError, doing: str, where: os.PathLike[str] | str) -> Unusable | Trouble:
    """Sorts an error of the file system: the target's own, or one that ends the session."""
    sentence = f"cannot {doing} {os.fspath(where)}: {_said(error)}"
    hint = _HINTS.get(error.errno or 0, "")
    if error.errno in _PROCESS:
        return Trouble("disk", sentence, settings=(), hint=hint)
    return Unusable(sentence, hint, Path(where) if error.errno in _DISK else None)


def spared(why: Unusable | Trouble, home: Path | None) -> str:
    """Why only this target's copies are owed. Raises Trouble where the disk at fault is that of `home`, which all need.

    `home`: a place in the state folder, it need not be there; None: there is none.
    """
    if isinstance(why, Trouble):
        raise why
    if why.disk and home and _device(why.disk) == _device(home):
        raise Trouble("disk", why.sentence, settings=(), hint=why.hint)
    return why.sentence


def ending(error: OSError, where: os.PathLike[str] | str, doing: str = "write") -> Trouble:
    """What goes wrong with bytes that all need ends the session, whosever fault it is."""
    told = fault(error, doing, where)
    return told if isinstance(told, Trouble) else Trouble("disk", told.sentence, settings=(), hint=told.hint)


def _device(place: Path) -> int:
    """The file system that `place` lies on, or will; -1: the disk does not even say that."""
    for each in (place, *place.parents):
        try:
            return each.stat().st_dev
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            break
    return -1


def _said(error: OSError) -> str:
    words = error.strerror or str(error)
    return words[:1].lower() + words[1:]
