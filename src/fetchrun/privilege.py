"""Privilege: what this process gives up, and does not get back."""

import ctypes
import os
import pwd
import resource
from contextlib import suppress
from functools import cache

_PR_SET_DUMPABLE = 4


class Kept(Exception):
    """It could not be given up; the text says why, in a clause."""


@cache
def unseen() -> None:
    """From now on a crash leaves no image of our memory, and no process of the same user reads in it (prctl(2)).

    For whoever has a secret in hand; the programs we start can be looked at as always.
    """
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def become(name: str) -> None:
    """This user, with the groups of that user and nothing of root, for good. Raises Kept; then nothing may be done."""
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        raise Kept(f"there is no user {name}") from None
    if os.geteuid() != 0 and os.geteuid() != user.pw_uid:
        raise Kept(f"only root can become {name}")
    if os.geteuid() == 0:
        _given_up(user)
    os.environ.update(HOME=user.pw_dir, USER=name, LOGNAME=name)


def _given_up(user: pwd.struct_passwd) -> None:
    groups = os.getgrouplist(user.pw_name, user.pw_gid)
    os.setgroups(groups)
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    wanted = ({user.pw_uid}, {user.pw_gid}, set(groups))
    if (set(os.getresuid()), set(os.getresgid()), set(os.getgroups())) != wanted or _root_again(user):
        raise Kept(f"the system lets nobody become {user.pw_name}")


def _root_again(user: pwd.struct_passwd) -> bool:
    """Whether there is a way back, which there must not be; to root himself there is."""
    if user.pw_uid == 0:
        return False
    try:
        os.setresuid(0, 0, 0)
    except OSError:
        return False
    return True
