"""Aside: lines on standard error that nobody has to read."""

import click


class Aside:
    """Says line after line. Where nobody takes them, mail goes on all the same, and their number is told later."""

    def __init__(self) -> None:
        self._lost = 0

    def say(self, line: str) -> None:
        """One line, or what stands in for it when the log is gone: a closed pipe, a full disk."""
        try:
            if self._lost:
                click.echo(f"{self._lost} lines before this one were lost: nobody took them", err=True)
                self._lost = 0
            click.echo(line, err=True)
        except (OSError, ValueError):  # a stream that is closed for good is a ValueError
            self._lost += 1
