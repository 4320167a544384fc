"""Trust: whose files and folders decide what is done here."""

import grp
import os
import pwd
import stat
from functools import cache
from pathlib import Path

NOBODY = 65534
"""Who everybody is that a user namespace does not know (user_namespaces(7))."""


def trusted(about: os.stat_result) -> str:
    """Why a rules file or a state folder is not to be believed, a clause; empty if it is. Ask it of an open file.

    Rules name programs that are run, so nobody may write them but root, who we are, and the owner of this program.
    """
    if about.st_uid not in _owners():
        return f"it belongs to the user {_user(about.st_uid)}"
    return open_to(about)


def open_to(about: os.stat_result) -> str:
    """Who else may write than the owner, a clause; empty if nobody may."""
    if about.st_mode & stat.S_IWOTH:
        return "everybody may write it"
    if about.st_mode & stat.S_IWGRP and not _private(about.st_gid, about.st_uid):
        return f"the group {_group(about.st_gid)} may write it"
    return ""


def _owners() -> set[int]:
    return {0, os.geteuid()} | ({_programs_owner()} - {NOBODY})


@cache
def _programs_owner() -> int:
    """Whoever may write the program itself can do everything already."""
    return Path(__file__).stat().st_uid


def _private(group: int, user: int) -> bool:
    """Whether nobody else is in the group: many systems give each user one of their own, and umask 002."""
    try:
        found = grp.getgrgid(group)
    except KeyError:
        return group == user
    return found.gr_name == _user(user) and set(found.gr_mem) <= {found.gr_name}


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
