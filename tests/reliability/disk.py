"""A file system in a file, mounted: what a power cut leaves of it is a copy of the file at that instant."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

FileSystem = Literal["ext4", "xfs", "btrfs"]
FILE_SYSTEMS: tuple[FileSystem, ...] = ("ext4", "xfs", "btrfs")
# Each as small as it can be; nothing is written before it is flushed, as far as that can be had.
MAKE = {"ext4": ("mkfs.ext4", "-q", "-F"), "xfs": ("mkfs.xfs", "-q"), "btrfs": ("mkfs.btrfs", "-q")}
MEGABYTES = {"ext4": 48, "xfs": 300, "btrfs": 112}
OPTIONS = {"ext4": "loop,commit=300", "xfs": "loop", "btrfs": "loop,commit=300"}
CHECK = {"ext4": ("fsck.ext4", "-fn"), "xfs": ("xfs_repair", "-n"), "btrfs": ("btrfs", "check", "--readonly")}


@dataclass(frozen=True)
class Disk:
    """`image` holds the file system that is mounted at `mount`."""

    system: FileSystem
    image: Path
    mount: Path

    def copied(self, image: Path) -> None:
        """What lies on the disk at this instant, and not only in memory, into another file."""
        image.unlink(missing_ok=True)
        _done("cp", "--sparse=always", str(self.image), str(image))

    @contextmanager
    def mounted(self) -> Iterator[Path]:
        """In use until the block ends; its journal is replayed first, if there is need."""
        self.mount.mkdir(parents=True, exist_ok=True)
        _done("mount", "-o", OPTIONS[self.system], str(self.image), str(self.mount))
        try:
            yield self.mount
        finally:
            _done("umount", str(self.mount))

    def check(self) -> None:
        """The file system is whole; raises CalledProcessError."""
        _done(*CHECK[self.system], str(self.image))


def made(system: FileSystem, folder: Path, name: str) -> Disk:
    """An empty one."""
    need(system)
    folder.mkdir(parents=True, exist_ok=True)
    disk = Disk(system, folder / f"{name}.img", folder / name)
    with disk.image.open("wb") as file:
        file.truncate(MEGABYTES[system] << 20)
    _done(*MAKE[system], str(disk.image))
    return disk


def need(system: FileSystem) -> None:
    """Skips where no file can be mounted. In CI that is a failure, unless the machine knows no loop devices at all."""
    if not Path("/dev/loop-control").exists():
        pytest.skip("this machine has no loop devices")
    reason = _missing(system)
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"CI must not skip its power cuts: {reason}")
    if reason:
        pytest.skip(reason)


def _missing(system: FileSystem) -> str:
    if os.geteuid() != 0:
        return "only root may mount"
    if not all(map(shutil.which, (MAKE[system][0], CHECK[system][0]))):
        return f"{MAKE[system][0]} or {CHECK[system][0]} is not installed"
    found = subprocess.run(["losetup", "-f"], capture_output=True, text=True)
    return f"no loop device is free: {found.stderr.strip()}" if found.returncode else ""


def _done(*command: str) -> None:
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 0, f"{' '.join(command)}: {ended.stdout}{ended.stderr}"
