"""A POP3 server in a thread that says back whatever it is told, and a message whose header is one attack."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egpj.exe\u2066\u200f\rfake: line\b\b\x00\x7f" + "A" * 3000
"""What a terminal obeys, what turns text round, what begins a line anew, and more than a line should have."""

WORDS = HOSTILE.replace("\r", "").encode("utf-8") + b"\xff\xfe"
HEADER = HOSTILE.replace("\r", "").replace("\x00", "").encode()
MESSAGE = (
    b"Received: from " + HEADER[:80] + b" by mx.isp.net; Tue, 14 Nov 2023 22:13:20 +0000\r\n"
    b'X-Original-To: "' + HEADER[:40] + b'"@ex.com\r\n'
    b"From: " + HEADER + b" <evil@example.net>\r\nTo: " + HEADER[:60] + b"@ex.com, gone@ex.com\r\n"
    b"Subject: "
    + HEADER
    + b"\r\nMessage-ID: <"
    + HEADER[:50]
    + b">\r\nList-Id: <"
    + HEADER[:50]
    + b">\r\n\r\nhello\r\n"
)
UID = b"u\x1b[31m\x9b" + "\u202e".encode() + b"z"


class _Desk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        self.say(b"+OK hello" if server.polite else b"+OK " + WORDS)
        while line := self.rfile.readline():
            server.heard.append(line)
            verb = line.split()[0].upper() if line.split() else b""
            if verb == b"QUIT":
                self.say(b"+OK")
                return
            self.answer(verb, line, server)

    def answer(self, verb: bytes, line: bytes, server: "_Server") -> None:
        if verb == b"CAPA":
            self.say(b"+OK\r\n" + b"\r\n".join([b"USER", b"TOP", b"UIDL", *server.offers, b"."]))
        elif b"AUTH LOGIN" in [each.strip() for each in server.heard[-2:]]:
            self.say(b"+ VXNlcm5hbWU6" if verb == b"AUTH" else b"+ UGFzc3dvcmQ6")
        elif line.strip() == b"AUTH XOAUTH2":
            self.say(b"+ ")
        elif verb == b"USER":
            self.say(b"+OK")
        elif not server.lets_in:
            self.say(b"-ERR no: " + (WORDS[:60] if not server.polite else b"") + line.strip())
        elif verb in (b"PASS", b"AUTH", b"NOOP"):
            self.say(b"+OK")
        elif verb == b"STAT":
            self.say(b"+OK 2 %d" % (2 * len(MESSAGE)))
        elif verb in (b"UIDL", b"LIST"):
            rest = [b"1 " + UID, b"2 two"] if verb == b"UIDL" else [b"1 %d" % len(MESSAGE), b"2 %d" % len(MESSAGE)]
            self.say(b"\r\n".join([b"+OK " + WORDS[:50], *rest, b"."]))
        elif verb in (b"RETR", b"TOP") and line.split()[1] == b"1":
            self.say(b"+OK\r\n" + MESSAGE + b".")
        else:
            self.say(b"-ERR " + WORDS + line.strip())

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    polite, lets_in = False, False
    offers: tuple[bytes, ...] = ()
    heard: list[bytes]


@contextmanager
def talking(*offers: bytes, polite: bool = False, lets_in: bool = False) -> Iterator[_Server]:
    """Its `server_address` on loopback; `heard` is all that was said to it. `offers`: lines of CAPA."""
    with _Server(("127.0.0.1", 0), _Desk) as server:
        server.heard, server.offers, server.polite, server.lets_in = [], offers, polite, lets_in
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
