"""A provider of tokens on loopback: it issues them, refreshes them, and says what they are worth."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from urllib.parse import parse_qs

# Dovecot with every mechanism that we know, and what it needs to ask a provider about tokens.
CONFIGURATION = """
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 apop xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {file}
}}
"""
INTROSPECTION = """
introspection_mode = post
introspection_url = http://127.0.0.1:{port}/introspect
username_attribute = username
active_attribute = active
active_value = true
"""


@dataclass
class Provider:
    """`tokens`: access token → user, or None for one that is over. `answers`: what is said next, (status, JSON) each.

    `asked`: the form of every question, with its path. `pause`: seconds between the octets of a header of a hundred.
    """

    port: int = 0
    tokens: dict[str, str | None] = field(default_factory=dict)
    answers: list[tuple[int, object]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    pause: float = 0.0

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, object]:
        """To a question: an introspection (RFC 7662) knows the tokens; everything else takes the next answer."""
        self.asked.append({"path": path} | form)
        if path == "/introspect":
            user = self.tokens.get(form.get("token", ""))
            return 200, {"active": True, "username": user} if user else {"active": False}
        return self.answers.pop(0)


@contextmanager
def provider(context: SSLContext | None = None) -> Iterator[Provider]:
    """A provider until the block ends."""
    made = Provider()

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            status, said = made.answer(self.path, {name: values[0] for name, values in parse_qs(body).items()})
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", str(said))
            data = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.flush_headers()
            for octet in b"X-Slow: " + b"x" * 92 + b"\r\n" if made.pause else b"":
                self.wfile.write(bytes([octet]))
                time.sleep(made.pause)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
