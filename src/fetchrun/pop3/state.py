"""States of a connection: what may be said in each, where it leads."""

from enum import StrEnum


class State(StrEnum):
    """RFC 1939 §3, and the handshake of RFC 2595."""

    GREETING = "greeting"
    AUTHORIZATION = "authorization"
    HANDSHAKE = "handshake"
    TRANSACTION = "transaction"
    CLOSED = "closed"


ALLOWED: dict[State, frozenset[str]] = {
    State.GREETING: frozenset(),
    State.AUTHORIZATION: frozenset({"CAPA", "STLS", "USER", "PASS", "APOP", "AUTH", "UTF8", "QUIT"}),
    State.HANDSHAKE: frozenset(),
    State.TRANSACTION: frozenset({"CAPA", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP", "QUIT"}),
    State.CLOSED: frozenset(),
}

# Where a positive answer leads; every other one leaves the state as it is.
AFTER: dict[str, State] = {
    "STLS": State.HANDSHAKE,
    "PASS": State.TRANSACTION,
    "APOP": State.TRANSACTION,
    "AUTH": State.TRANSACTION,
    "QUIT": State.CLOSED,
}

# Nothing may be sent behind these before they are answered: what it would mean depends on the answer.
TURNING = frozenset({"STLS", "USER", "PASS", "APOP", "AUTH", "QUIT"})
