"""A POP3 server that lists all its messages and gives all but one."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Stubborn(socketserver.ThreadingTCPServer):
    """Serves `messages` by their uids, any user and password, in the clear; `poisoned` is the uid it does not give."""

    daemon_threads = True

    def __init__(self, messages: dict[str, bytes], poisoned: str) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.messages, self.poisoned = messages, poisoned
        self.refusals = self.sessions = 0

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@contextmanager
def stubborn(messages: dict[str, bytes], poisoned: str) -> Iterator[Stubborn]:
    """The server until the block ends."""
    with Stubborn(messages, poisoned) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            yield server
        finally:
            server.shutdown()


class _Session(socketserver.StreamRequestHandler):
    server: Stubborn

    def handle(self) -> None:
        self.listing = list(self.server.messages)
        self.deleted: set[str] = set()
        self.server.sessions += 1
        self.wfile.write(b"+OK\r\n")
        for line in self.rfile:
            word, *rest = line.decode().split()
            self.wfile.write(self._answer(word.upper(), rest))
            if word.upper() == "QUIT":
                return

    def _answer(self, word: str, rest: list[str]) -> bytes:
        messages = self.server.messages
        if word in ("UIDL", "LIST"):
            said = [f"{n} {uid if word == 'UIDL' else len(messages[uid])}" for n, uid in enumerate(self.listing, 1)]
            return "".join(f"{each}\r\n" for each in ("+OK", *said, ".")).encode()
        if word == "STAT":
            return f"+OK {len(self.listing)} {sum(map(len, messages.values()))}\r\n".encode()
        if word in ("RETR", "DELE"):
            return self._message(word, self.listing[int(rest[0]) - 1])
        if word == "QUIT":
            for uid in self.deleted:
                del messages[uid]
        return b"+OK\r\n" if word in ("USER", "PASS", "QUIT", "NOOP") else b"-ERR not here\r\n"

    def _message(self, word: str, uid: str) -> bytes:
        if word == "DELE":
            self.deleted.add(uid)
            return b"+OK\r\n"
        if uid == self.server.poisoned:
            self.server.refusals += 1
            return b"-ERR this message is damaged\r\n"
        return b"+OK\r\n" + self.server.messages[uid].replace(b"\r\n.", b"\r\n..") + b".\r\n"
