"""Notify: what the service manager is told (sd_notify(3))."""

import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

READY, STOPPING, ALIVE = "READY=1", "STOPPING=1", "WATCHDOG=1"


def notifier(environment: Mapping[str, str] = os.environ) -> Callable[[str], None]:
    """Tells the service manager a state, if one listens at $NOTIFY_SOCKET; that it does not hear us is no trouble."""
    address = environment.get("NOTIFY_SOCKET", "")
    if address[:1] not in ("/", "@"):
        return lambda state: None
    place = "\0" + address[1:] if address[0] == "@" else address

    def tell(state: str) -> None:
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.settimeout(1.0)
            channel.sendto(state.encode(), place)

    return tell


def reloading() -> str:
    """The state while the rules are read again; READY ends it."""
    return f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}"


def heartbeat(environment: Mapping[str, str] = os.environ) -> float | None:
    """How often the service manager wants to hear ALIVE, in seconds, twice as often as it must; None: not at all."""
    often, whose = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not often.isdigit() or int(often) == 0 or whose not in ("", str(os.getpid())):
        return None
    return int(often) / 2_000_000
