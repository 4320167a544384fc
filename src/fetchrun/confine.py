"""Confine: this process writes in a few places alone (landlock(7))."""

import ctypes
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from fetchrun.delivery import durable
from fetchrun.privilege import Kept
from sortlang.program import Program

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PR_SET_NO_NEW_PRIVS, _WHICH_VERSION, _BENEATH = 38, 1, 1

_WRITE_FILE, _REMOVE_DIR, _MAKE_SYM, _REFER, _TRUNCATE = 1 << 1, 1 << 4, 1 << 12, 1 << 13, 1 << 14
_WRITES = _WRITE_FILE | _REFER | sum(1 << bit for bit in range(_REMOVE_DIR.bit_length() - 1, _MAKE_SYM.bit_length()))
"""To write, make, rename and remove, whatever it is; to read is not restricted, nor to run a program."""

_OLDEST, _TRUNCATES = 2, 3
"""Before the second version nothing could be renamed from `tmp/` into `new/`; the third knows truncation."""


def places(program: Program, state: Path) -> Iterator[Path]:
    """Where a run by these rules writes: its state, what stands above its Maildirs, where tokens lie."""
    yield state
    for each in program.rules.transports:
        if each.kind == "maildir":
            fixed = each.arguments[0].partition("{")
            path = Path(fixed[0] if not fixed[1] else fixed[0].rpartition("/")[0] or ("/" if fixed[0] else "."))
            yield state / path.expanduser()
    yield from (Path(each.oauth.refresh_token).expanduser().parent for each in program.accounts if each.oauth)


def confine(writable: Iterable[Path]) -> None:
    """Nothing is written, made or removed but beneath these folders, which are made if they are not there.

    For this thread and all that it will start, programs too, for good; so it is to be called before there is another.
    What such programs could become by a set-user-ID bit, they become no more. Raises Kept, OSError.
    """
    version = _call(_CREATE_RULESET, None, 0, _WHICH_VERSION)
    if version < _OLDEST:
        raise Kept("this kernel has no Landlock, or one before 5.19")
    rights = _WRITES | (_TRUNCATE if version >= _TRUNCATES else 0)
    handled = ctypes.c_uint64(rights)
    ruleset = _checked(_call(_CREATE_RULESET, ctypes.byref(handled), ctypes.sizeof(handled), 0))
    try:
        _allowed(ruleset, Path(os.devnull), rights & (_WRITE_FILE | _TRUNCATE))
        for folder in writable:
            durable.make_folder(folder.absolute())
            _allowed(ruleset, folder, rights)
        _checked(ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(_call(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def _allowed(ruleset: int, place: Path, rights: int) -> None:
    fd = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        _checked(_call(_ADD_RULE, ruleset, _BENEATH, ctypes.byref(_Beneath(rights, fd)), 0))
    finally:
        os.close(fd)


def _call(number: int, *arguments: object) -> int:
    return int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
