"""All of it, part after part, each told with the time it took: `python bench [PART …] [--scale S] [--rounds N]`."""

import argparse
import subprocess
import sys
import time
from pathlib import Path

PARTS = {
    **dict.fromkeys(("one_mailbox", "distance", "accounts", "sorting", "by_rules", "kept"), "download.py"),
    **dict.fromkeys(("sizes", "listed", "recipients", "many_accounts", "hostile"), "growth.py"),
    "poll": "poll.py",
    "compile": "compile.py",
    "reload": "reload.py",
    "lookup": "lookup.py",
    "start": "start.py",
}


def main() -> None:
    """Each part in a process of its own, what it has found kept as soon as it is through; then the report."""
    arguments = argparse.ArgumentParser(prog="bench", description=__doc__)
    arguments.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; none: all")
    arguments.add_argument("--scale", default="1.0", help="the part of the work, for a quick look")
    arguments.add_argument("--rounds", default="3", help="how often each contender runs, at most")
    chosen = arguments.parse_args()
    failed = [part for part in chosen.parts or PARTS if not _passed(part, chosen.scale, chosen.rounds)]
    subprocess.run([sys.executable, _beside("report.py")], check=True)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def _passed(part: str, scale: str, rounds: str) -> bool:
    print(f"\n== {part}", flush=True)
    begun = time.monotonic()
    asked = subprocess.run([sys.executable, _beside(PARTS[part]), part, "--scale", scale, "--rounds", rounds])
    print(f"== {part}: {time.monotonic() - begun:.0f} s", flush=True)
    return asked.returncode == 0


def _beside(name: str) -> Path:
    return Path(__file__).with_name(name)


if __name__ == "__main__":
    main()
