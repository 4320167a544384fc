"""A target: what carries a delivery out, and how it fails."""

import errno
import os

from fetchrun.trouble import Trouble

# These are nobody's fault but the disk's or the process's: the next message would meet them too.
_OURS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
_HINTS = {
    errno.ENOSPC: "free some space; nothing is lost, the mail stays on the server",
    errno.EDQUOT: "free some space; nothing is lost, the mail stays on the server",
    errno.EACCES: "let the user that runs fetchrun write there",
    errno.EPERM: "let the user that runs fetchrun write there",
    errno.EINVAL: "a Maildir must lie on a local file system (ext4, xfs, btrfs)",
}


class Unusable(Exception):
    """This target takes nothing now; others do. `sentence` says why, for a person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def fault(error: OSError, doing: str, where: os.PathLike[str] | str) -> Unusable | Trouble:
    """Sorts an error of the file system: the target's own, or one that ends the session."""
    sentence = f"cannot {doing} {os.fspath(where)}: {_said(error)}"
    if error.errno not in _OURS:
        return Unusable(sentence)
    return Trouble("disk", sentence, settings=(), hint=_HINTS.get(error.errno or 0, ""))


def ending(error: OSError, where: os.PathLike[str] | str, doing: str = "write") -> Trouble:
    """What goes wrong while bytes are written ends the session, whosever fault it is."""
    told = fault(error, doing, where)
    return told if isinstance(told, Trouble) else Trouble("disk", told.sentence, settings=())


def _said(error: OSError) -> str:
    words = error.strerror or str(error)
    return words[:1].lower() + words[1:]
