"""The SMTP core: replies in their order, whatever the chunks, and no message that ends before its end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetchrun.smtp import command
from fetchrun.smtp.capabilities import Capabilities
from fetchrun.smtp.command import InvalidCommand
from fetchrun.smtp.connection import MAX_LINE, MAX_LINES, Answer, Broken, Connection, Misuse
from fetchrun.smtp.stuffing import Stuffing


def greeted(*, lmtp: bool = False) -> Connection:
    connection = Connection(lmtp=lmtp)
    (answer,) = connection.receive(b"220 mx.example.com ESMTP\r\n")
    assert isinstance(answer, Answer) and answer.reply.ok and answer.command.verb == "GREETING"
    return connection


def codes(events: list[Answer | Broken]) -> list[tuple[str, int]]:
    assert all(isinstance(each, Answer) for each in events), events
    return [(each.command.verb, each.reply.code) for each in events if isinstance(each, Answer)]


def test_a_reply_of_several_lines() -> None:
    connection = greeted()
    assert connection.send(command.hello("me.example.com", lmtp=False)) == b"EHLO me.example.com\r\n"
    (answer,) = connection.receive(b"250-mx\r\n250-SIZE 1000\r\n250-AUTH=LOGIN PLAIN\r\n250 8BITMIME\r\n")
    assert isinstance(answer, Answer)
    offered = Capabilities.of(answer.reply.lines)
    assert (offered.size, "8BITMIME" in offered, offered.takes("AUTH", "PLAIN")) == (1000, True, True)


def test_pipelined_replies_are_matched_in_their_order_at_every_split() -> None:
    said = b"250 2.1.0 ok\r\n550 5.1.1 unknown\r\n250 ok\r\n354 go on\r\n"
    for cut in range(len(said)):
        connection = greeted()
        commands = [
            command.mail("a@b.example"),
            command.rcpt("x@y.example"),
            command.rcpt("z@y.example"),
            command.data(),
        ]
        connection.send(*commands)
        events = connection.receive(said[:cut]) + connection.receive(said[cut:])
        assert codes(events) == [("MAIL", 250), ("RCPT", 550), ("RCPT", 250), ("DATA", 354)]


@pytest.mark.parametrize(("lmtp", "answers"), [(True, 2), (False, 1)])
def test_after_the_dot_lmtp_answers_once_for_each_accepted_recipient(lmtp: bool, answers: int) -> None:
    connection = greeted(lmtp=lmtp)
    connection.send(command.mail(""), *(command.rcpt(f"{each}@y.example") for each in "abc"), command.data())
    connection.receive(b"250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n")
    connection.ended()
    assert connection.expecting == answers
    assert codes(connection.receive(b"250 a\r\n452 full\r\n"[: None if lmtp else 7]))[0] == ("MESSAGE", 250)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"250 ok\r\n250 ok\r\n", "more than it was asked"),
        (b"hello\r\n", "no reply"),
        (b"199 x\r\n", "no reply"),
        (b"600 x\r\n", "no reply"),
        (b"250-a\r\n251 b\r\n", "differ"),
        (b"250-a\r\n" * (MAX_LINES + 2), "no end"),
        (b"2" * (MAX_LINE + 2), "no end"),
        (b"334 \r\n", "no answer to NOOP"),
        (b"334\r\n", "no answer to NOOP"),
    ],
)
def test_a_breach_ends_it(said: bytes, why: str) -> None:
    connection = greeted()
    connection.send(command.Command("NOOP", b"NOOP\r\n"))
    *_, last = connection.receive(said)
    assert isinstance(last, Broken) and why in last.reason
    assert connection.receive(b"250 ok\r\n") == []


def test_a_334_without_a_blank_is_a_challenge() -> None:
    """CVE-2025-61962."""
    connection = greeted()
    connection.send(command.auth(b"AUTH LOGIN\r\n"))
    assert codes(connection.receive(b"334\r\n")) == [("AUTH", 334)]


def test_nothing_is_said_out_of_turn() -> None:
    connection = Connection(lmtp=False)
    with pytest.raises(Misuse):
        connection.send(command.quit_())
    connection = greeted()
    connection.send(command.data())
    with pytest.raises(Misuse):
        connection.send(command.quit_())
    with pytest.raises(Misuse):
        connection.ended()


def test_data_that_was_answered_250_is_a_breach() -> None:
    connection = greeted()
    connection.send(command.data())
    assert isinstance(connection.receive(b"250 ok\r\n")[0], Broken)


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (command.mail(""), b"MAIL FROM:<>\r\n"),
        (
            command.mail("a@b.example", 99, eight_bit=True, utf8=True),
            b"MAIL FROM:<a@b.example> SIZE=99 BODY=8BITMIME SMTPUTF8\r\n",
        ),
        (command.rcpt("a b@c.example"), b'RCPT TO:<"a b"@c.example>\r\n'),
        (command.rcpt('a"b\\@c.example'), b'RCPT TO:<"a\\"b\\\\"@c.example>\r\n'),
        (command.rcpt("a..b@c.example"), b'RCPT TO:<"a..b"@c.example>\r\n'),
        (command.rcpt("a>@c.example"), b'RCPT TO:<"a>"@c.example>\r\n'),
        (command.rcpt("m\u00fcller@c.example"), "RCPT TO:<m\u00fcller@c.example>\r\n".encode()),
        (command.xforward({"NAME": "a b+c", "ADDR": "::1"}), b"XFORWARD NAME=a+20b+2Bc ADDR=IPV6:::1\r\n"),
    ],
)
def test_commands(made: command.Command, line: bytes) -> None:
    assert made.line == line


@pytest.mark.parametrize("address", ["a\r\nRSET@x.example", "a@b\nRCPT TO:<c@d>", "a@b> SIZE=1", "a@" + "b" * 3000])
def test_S17_no_address_breaks_out_of_its_command(address: str) -> None:
    for make in (command.mail, command.rcpt):
        with pytest.raises(InvalidCommand):
            make(address)


def test_no_secret_is_shown() -> None:
    assert "canary" not in repr((command.auth(b"AUTH PLAIN canary\r\n"), command.response(b"canary")))
    assert "Y2FuYXJ5" not in repr(command.response(b"canary"))


PIECES = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"..", b"x", b"\x00", b"QUIT"]), max_size=12)


@given(st.lists(PIECES.map(b"".join), max_size=6))
def test_F101_only_crlf_and_one_end_wherever_the_chunks_break(chunks: list[bytes]) -> None:
    stuffing = Stuffing()
    wire = b"".join([*map(stuffing.feed, chunks), stuffing.finish()])
    rest = wire.replace(b"\r\n", b"")
    assert b"\r" not in rest and b"\n" not in rest
    lines = wire.split(b"\r\n")
    assert lines[-2:] == [b".", b""] and b"." not in lines[:-2]
    received = b"".join(line.removeprefix(b".") + b"\n" for line in lines[:-2])
    sent = b"".join(chunks).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert received == sent + (b"" if not sent or sent.endswith(b"\n") else b"\n")


@pytest.mark.parametrize(
    "smuggled", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r\n\0.\r\n", b"\r.\r\n"]
)
def test_F101_nothing_is_smuggled(smuggled: bytes) -> None:
    stuffing = Stuffing()
    wire = (
        stuffing.feed(b"Subject: x\r\n\r\nhello" + smuggled + b"MAIL FROM:<evil@example.com>\r\n") + stuffing.finish()
    )
    assert wire.count(b"\r\n.\r\n") == 1 and wire.endswith(b"\r\n.\r\n")
    assert all(end not in wire for end in (b"\n.\n", b"\r.\r", b"\n.\r\n"[:-1] + b"\r")[:2])


def test_helo_offers_nothing() -> None:
    assert command.helo("host").line == b"HELO host\r\n"


def test_nothing_is_said_in_the_middle_of_a_message_nor_a_greeting_awaited_there() -> None:
    connection = Connection(lmtp=False)
    connection.receive(b"220 x\r\n")
    connection.send(command.data())
    connection.receive(b"354 go on\r\n")
    with pytest.raises(Misuse, match="in the middle"):
        connection.send(command.rset())
    with pytest.raises(Misuse, match="still to come"):
        connection.greeted_anew()


def test_an_empty_line_among_capabilities_says_nothing() -> None:
    assert Capabilities.of([b"host", b"", b"SIZE 5"]).arguments == {"SIZE": ("5",)}
