"""The samples in the manual: the last indented block of a command's section is what it really says."""

import os
import re
from pathlib import Path

MANUAL = Path(__file__).parent.parent / "docs" / "fetchrun.md"
CHANGING = (
    (r"(localhost|127\.0\.0\.1):\d+", "HOST:PORT"),
    (r"port \d+", "port PORT"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "WHEN"),
    (r"a moment|\d+ (second|minute|hour|day)s?", "AGE"),
    (r"\b[0-9a-f]{64}\b", "PIN"),
    (r"\b[0-9a-f]{12}\b", "DIGEST"),
    (r"process \d+", "process NUMBER"),
    (r"new/\S+", "new/NAME"),
    (r" {2,}", "  "),
    (r"─+", "─"),
)
"""What is otherwise at each run, and at the width that comes of it."""


def same(said: str, command: str) -> bool:
    """Whether the manual's sample of that command is what was said, but for times, ports and digests.

    With `SAMPLES=write` in the environment the manual has the new one afterwards.
    """
    before = sample(MANUAL.read_text(), command)
    if _lasting(said) == _lasting(_plain(before)):
        return True
    if os.environ.get("SAMPLES") == "write":
        MANUAL.write_text(MANUAL.read_text().replace(before, _indented(said)))
        return True
    return False


def sample(manual: str, command: str) -> str:
    """The last indented block of the section, its blank lines included."""
    section = manual.partition(f"\n### {command}\n")[2].partition("\n##")[0]
    return re.findall(r"(?:^    .*\n(?:\n(?=    ))*)+", section + "\n", re.MULTILINE)[-1]


def _indented(said: str) -> str:
    return "".join(f"    {each}".rstrip() + "\n" for each in said.rstrip().splitlines())


def _plain(block: str) -> str:
    return "".join(f"{each[4:]}\n" for each in block.splitlines())


def _lasting(said: str) -> str:
    text = "\n".join(each.rstrip() for each in said.rstrip().splitlines())
    for changing, word in CHANGING:
        text = re.sub(changing, word, text)
    return text
