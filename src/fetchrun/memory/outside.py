"""The state folder from outside: who holds it, and whether there is room."""

import os
from pathlib import Path

from fetchrun.condition import Complaint

LOW = 16 << 20
"""Octets: with less than that free, a message may not find its place."""

_NETWORKS = {"nfs", "nfs4", "cifs", "smb3", "9p", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs"}


def holder(state: Path) -> int | None:
    """The process that holds the folder, or None. It only looks: to try the lock would be to take it for a moment."""
    try:
        inode = (state / "lock").stat().st_ino
        held = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    except OSError:
        return None
    return next((int(line[4]) for line in held if line[1] == "FLOCK" and line[5].endswith(f":{inode}")), None)


def room(state: Path, now: float) -> Complaint | None:
    """What is wrong with the disk under the folder, or None."""
    try:
        disk = os.statvfs(state)
    except FileNotFoundError:
        return None
    except OSError as error:
        return _complaint(f"cannot look at {state}: {(error.strerror or 'unknown error').lower()}", now)
    if disk.f_bavail * disk.f_frsize < LOW:
        return _complaint(f"the disk is full: less than {LOW >> 20} MiB are free at {state}", now)
    if disk.f_files and not disk.f_favail:
        return _complaint(f"the disk has no room for another file (no free inodes) at {state}", now)
    return None if os.access(state, os.W_OK | os.X_OK) else _complaint(f"{state} cannot be written", now)


def network(folder: Path) -> str:
    """The file system of the folder, if another machine holds it (`nfs4`); empty: it is local as far as one can see."""
    try:
        device, mounts = folder.stat().st_dev, Path("/proc/self/mountinfo").read_text("utf-8", "replace")
    except OSError:
        return ""
    numbers = f"{os.major(device)}:{os.minor(device)}"
    lines = (line.partition(" - ") for line in mounts.splitlines() if line.split()[2] == numbers)
    return next((right.split()[0] for _, _, right in lines if right.split()[0] in _NETWORKS), "")


def _complaint(sentence: str, now: float) -> Complaint:
    hint = "make room there, or move the folder and say where with --state; the mail stays on the server meanwhile"
    return Complaint("disk", sentence, hint, "", now)
