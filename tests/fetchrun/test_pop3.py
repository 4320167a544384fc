"""The protocol core: bytes in, events out, however the bytes are cut."""

import re
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetchrun.pop3 import answer, command
from fetchrun.pop3.capabilities import Capabilities
from fetchrun.pop3.command import Command, InvalidCommand
from fetchrun.pop3.connection import MAX_LINE, Connection, Misuse
from fetchrun.pop3.event import Broken, Challenge, Chunk, Event, Greeting, Lines, Reply
from fetchrun.pop3.state import State

RETR = command.retr(1)
SHARP = st.lists(
    st.sampled_from([b".", b"\r", b"\n", b"\r\n", b"x", b"\0", b"\xff", b"\r\n.", b"\r\n.\r\n"]), max_size=30
)
WILD = st.one_of(SHARP.map(b"".join), st.binary(max_size=60))
NUMBERS = (
    b"1 ",
    b"2 ",
    b"3 ",
    b"1 ",
    b"0 ",
    b"01 ",
    b"+1 ",
    b"1_0 ",
    b"9" * 19 + b" ",
    b"1\t",
    b"1\n2 ",
    b" 1 ",
    b"x ",
    b"",
)
VALUES = (
    b"7",
    b"80",
    b"7",
    b"1_0",
    b"+7",
    b"9" * 19,
    b"a",
    b"u" * 1024,
    b"u" * 1025,
    b"\xb2",
    b"80 9",
    b"7\r",
    b"7\n",
    b"",
)
LISTED = [number + value for number in NUMBERS for value in VALUES]
CUTS = st.lists(st.integers(1, 7), max_size=80)


def open_connection(*sent: Command) -> Connection:
    """Logged in, with these commands under way."""
    connection = Connection()
    connection.receive(b"+OK\r\n")
    connection.send(command.user("anna"))
    connection.receive(b"+OK\r\n")
    connection.send(command.password("secret"))
    connection.receive(b"+OK\r\n")
    assert connection.state is State.TRANSACTION
    for each in sent:
        connection.send(each)
    return connection


def pieces(data: bytes, lengths: Iterable[int]) -> Iterator[bytes]:
    """The data, cut at these lengths; the rest in one."""
    for length in lengths:
        yield data[:length]
        data = data[length:]
    yield data


def heard(connection: Connection, parts: Iterable[bytes]) -> list[Event]:
    """What it all means, with neighbouring chunks joined, so that the cuts do not show."""
    joined: list[Event] = []
    for event in (event for part in parts for event in connection.receive(part)):
        if isinstance(event, Chunk) and joined and isinstance(joined[-1], Chunk) and not joined[-1].last:
            joined[-1] = Chunk(joined[-1].data + event.data, event.last)
        else:
            joined.append(Broken(event.reason) if isinstance(event, Broken) else event)
    return joined


def octets(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def slow_reading(data: bytes) -> tuple[bytes, bytes | None]:
    """RFC 1939 §3 read line by line: (the message, what comes after its end); None: it has not ended."""
    message = b""
    while b"\r\n" in data:
        line, _, data = data.partition(b"\r\n")
        if line == b".":
            return message, data
        message += line.removeprefix(b".") + b"\r\n"
    return message, None


def stuffed(message: bytes) -> bytes:
    """As a server sends it, RFC 1939 §3; the message ends with CRLF or is empty."""
    lines = message.split(b"\r\n")[:-1]
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines) + b".\r\n"


class TestMessages:
    @given(WILD, CUTS)
    def test_a_message_comes_as_it_was_sent(self, message: bytes, cuts: list[int]) -> None:
        whole = message + b"\r\n"
        events = heard(open_connection(RETR), pieces(b"+OK\r\n" + stuffed(whole), cuts))
        assert events == [Reply(RETR, True, b""), Chunk(whole, last=True)]

    @given(WILD, CUTS)
    def test_any_bytes_are_read_as_the_slow_reading_does(self, data: bytes, cuts: list[int]) -> None:
        message, rest = slow_reading(data)
        events = heard(open_connection(RETR), pieces(b"+OK\r\n" + data, cuts))
        got = b"".join(event.data for event in events if isinstance(event, Chunk))
        if rest is None:
            assert not any(event.last for event in events if isinstance(event, Chunk))
            assert got.startswith(message.removesuffix(b"\r\n"))  # its last line end may yet begin a terminator
        else:
            assert events[1:] == [Chunk(message, last=True), *([Broken(events[-1].reason)] if rest else [])]

    @given(WILD)
    def test_octet_by_octet_is_the_same_as_whole(self, data: bytes) -> None:
        data = b"+OK\r\n" + stuffed(data + b"\r\n") + b"-ERR no\r\n" + data
        commands = (RETR, command.retr(2))
        assert heard(open_connection(*commands), octets(data)) == heard(open_connection(*commands), [data])

    @pytest.mark.parametrize(
        ("wire", "message"),
        [
            (b".\r\n", b""),
            (b"\r\n.\r\n", b"\r\n"),
            (b"..\r\n.\r\n", b".\r\n"),
            (b"...\r\n.\r\n", b"..\r\n"),
            (b"..x\r\n.\r\n", b".x\r\n"),
            (b".x\r\n.\r\n", b"x\r\n"),
            (b"a\r\n..\r\nb\r\n.\r\n", b"a\r\n.\r\nb\r\n"),
            (b".\rx\r\n.\r\n", b"\rx\r\n"),
            (b".\n\r\n.\r\n", b"\n\r\n"),
            (b"a\n.\nb\r\n.\r\n", b"a\n.\nb\r\n"),
            (b"a\r.\rb\r\n.\r\n", b"a\r.\rb\r\n"),
            (b"a\r\r\n.\r\n", b"a\r\r\n"),
            (b"a\r\n.\n.\r\n.\r\n", b"a\r\n\n.\r\n"),
        ],
    )
    def test_dots_and_line_ends(self, wire: bytes, message: bytes) -> None:
        """F46, F47, F48: at every cut."""
        data = b"+OK\r\n" + wire
        for cut in range(len(data)):
            events = heard(open_connection(RETR), [data[:cut], data[cut:]])
            assert events[1:] == [Chunk(message, last=True)]

    def test_memory_does_not_know_the_length_of_a_line(self) -> None:
        """F08, F50: 64 MiB without a line end."""
        connection = open_connection(RETR)
        connection.receive(b"+OK\r\n")
        part, total = b"x" * 65536, 0
        tracemalloc.start()
        for _ in range(1024):
            total += sum(len(event.data) for event in connection.receive(part) if isinstance(event, Chunk))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert total == 1024 * 65536
        assert peak < 1024 * 1024

    def test_a_refusal_is_no_message(self) -> None:
        events = heard(open_connection(RETR, RETR), [b"-ERR gone\r\n+OK\r\n.\r\n"])
        assert events == [Reply(RETR, False, b"gone"), Reply(RETR, True, b""), Chunk(b"", last=True)]


class TestReplies:
    def test_answers_are_matched_in_order(self) -> None:
        sent = (command.stat(), command.dele(1), command.retr(2), command.uidl(), command.noop())
        data = b"+OK 2 9\r\n-ERR no\r\n+OK\r\nx\r\n.\r\n+OK\r\n1 a\r\n2 b\r\n.\r\n+OK\r\n"
        expected = [
            Reply(sent[0], True, b"2 9"),
            Reply(sent[1], False, b"no"),
            Reply(sent[2], True, b""),
            Chunk(b"x\r\n", last=True),
            Reply(sent[3], True, b""),
            Lines(sent[3], (b"1 a", b"2 b")),
            Reply(sent[4], True, b""),
        ]
        for parts in ([data], octets(data)):
            connection = open_connection(*sent)
            assert heard(connection, parts) == expected
            assert connection.in_flight == 0
            assert not connection.midway

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            (b"-ERR [IN-USE] busy", "IN-USE"),
            (b"-ERR [SYS/TEMP] busy", "SYS/TEMP"),
            (b"-ERR [auth]", "AUTH"),
            (b"-ERR busy [IN-USE]", ""),
            (b"-ERR []", ""),
            (b"-ERR [a b] c", ""),
            (b"-ERR", ""),
        ],
    )
    def test_response_codes(self, line: bytes, code: str) -> None:
        (reply,) = open_connection(command.stat()).receive(line + b"\r\n")
        assert isinstance(reply, Reply)
        assert (reply.ok, reply.code) == (False, code)

    def test_a_status_line_of_8_kib_is_one_and_a_longer_one_is_not(self) -> None:
        """F05."""
        fits = b"+OK ".ljust(MAX_LINE - 2, b"x") + b"\r\n"
        assert heard(open_connection(command.stat()), [fits])[0] == Reply(command.stat(), True, fits[4:-2])
        for data in (b"+OK ".ljust(MAX_LINE + 1, b"x"), b"+OK ".ljust(MAX_LINE, b"x") + b"\r\n"):
            for parts in ([data], octets(data)):
                assert heard(open_connection(command.stat()), parts) == [Broken("a status line has no end")]

    @pytest.mark.parametrize("data", [b"+OKAY\r\n", b"+ok\r\n", b"-ERROR\r\n", b"+\r\n", b"hello\r\n", b"\r\n", b"\0"])
    def test_what_is_no_answer(self, data: bytes) -> None:
        assert heard(open_connection(command.stat()), octets(data))[0] == Broken("that is no POP3 answer")

    def test_bare_line_feeds_end_no_status_line(self) -> None:
        for data in (b"+OK\n", b"+OK 1 2\n+OK\r\n"):
            (event,) = heard(open_connection(command.stat()), [data])
            assert event == Broken("a status line does not end with CR LF")

    @pytest.mark.parametrize("surplus", [b"+OK\r\n", b"\r\n", b"."])
    def test_a_surplus_octet_breaks_the_connection(self, surplus: bytes) -> None:
        """F45: and what comes after it is not read any more."""
        data = b"+OK\r\nx\r\n.\r\n" + surplus
        for parts in ([data], octets(data)):
            connection = open_connection(RETR)
            events = heard(connection, parts)
            assert events[:2] == [Reply(RETR, True, b""), Chunk(b"x\r\n", last=True)]
            assert events[2:] == [Broken("the server sent more than it was asked for")]
            assert connection.receive(b"+OK\r\n") == []

    @given(st.binary(max_size=80), CUTS)
    def test_no_bytes_make_it_raise(self, data: bytes, cuts: list[int]) -> None:
        heard(Connection(), pieces(data, cuts))
        heard(open_connection(command.stat(), command.uidl(), RETR), pieces(b"+OK\r\n" + data, cuts))


class TestLists:
    def test_more_lines_than_asked_for(self) -> None:
        """F06."""
        asked = command.uidl(3)
        lines = [b"1 a\r\n", b"2 b\r\n", b"3 c\r\n"]
        assert isinstance(heard(open_connection(asked), [b"+OK\r\n", *lines, b".\r\n"])[-1], Lines)
        events = heard(open_connection(asked), [b"+OK\r\n", *lines, b"4 d\r\n", b"5 e\r\n"])
        assert events[-1] == Broken("the answer to UIDL is longer than it can be")

    def test_more_octets_than_anybody_needs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("fetchrun.pop3.connection.MAX_LIST", 1000)
        events = heard(open_connection(command.listing()), [b"+OK\r\n", b"x" * 998 + b"\r\n", b"y", b"z"])
        assert events[-1] == Broken("the answer to LIST is longer than it can be")

    def test_a_line_without_an_end(self) -> None:
        """F06, F08: nothing is kept of it but as much as a line may have."""
        fits = b"1 ".ljust(MAX_LINE, b"u")
        asked = command.uidl()
        assert heard(open_connection(asked), [b"+OK\r\n", fits, b"\r\n.\r\n"])[-1] == Lines(asked, (fits,))
        events = heard(open_connection(asked), [b"+OK\r\n1 a\r\n", fits, b"u", b"\r\n.\r\n"])
        assert events[-1] == Broken("a line of the answer to UIDL is too long")

    @given(st.lists(st.binary(max_size=10).filter(lambda line: b"\r" not in line and b"\n" not in line)), CUTS)
    def test_lines_come_as_they_were(self, lines: list[bytes], cuts: list[int]) -> None:
        asked = command.uidl()
        data = b"+OK\r\n" + stuffed(b"".join(line + b"\r\n" for line in lines))
        assert heard(open_connection(asked), pieces(data, cuts))[-1] == Lines(asked, tuple(lines))

    def test_two_lists_do_not_mix(self) -> None:
        asked = command.uidl(), command.listing()
        events = heard(open_connection(*asked), [b"+OK\r\n1 a\r\n.\r\n+OK\r\n.\r\n"])
        assert [event for event in events if isinstance(event, Lines)] == [
            Lines(asked[0], (b"1 a",)),
            Lines(asked[1], ()),
        ]

    def test_what_stands_in_them(self) -> None:
        assert answer.sizes([b"1 20", b"2 30 more", b"3", b"x 1", b"4 -1", b"1 9"]) == ({1: 20, 2: 30}, 4)
        assert answer.uids([b"1 a", b"2  b ", b"3 \xff/../\0", b"4", b"5 " + b"u" * 1025]) == (
            {1: b"a", 2: b"b", 3: b"\xff/../\0"},
            2,
        )
        assert answer.drop_size(b"2 320 and more") == (2, 320)
        assert [answer.drop_size(text) for text in (b"", b"2", b"two 3", b"2 -3", b"9" * 19 + b" 1")] == [None] * 5

    @pytest.mark.parametrize("read", [answer.sizes, answer.uids])
    def test_all_at_once_they_say_what_they_say_line_by_line(self, read: Callable[[list[bytes]], object]) -> None:
        """No line of more than eighteen digits, of another white space or of a number twice slips through."""
        lists = [[*before, each] for each in LISTED for before in ((), *((other,) for other in LISTED))]
        together = [read(each) for each in lists]
        with patch("fetchrun.pop3.answer._TOGETHER", 1):
            assert together == [read(each) for each in lists]
        with patch("fetchrun.pop3.answer._columns", lambda _: ()):
            assert together == [read(each) for each in lists]

    def test_plain_ones_are_read_all_at_once(self) -> None:
        lines = [b"%d %d" % (number, number * 1000) for number in range(1, 100)]
        with patch("fetchrun.pop3.answer._collected", side_effect=AssertionError):
            assert answer.sizes(lines) == ({number: number * 1000 for number in range(1, 100)}, 0)
            assert answer.uids(lines) == ({number: b"%d" % (number * 1000) for number in range(1, 100)}, 0)

    def test_capabilities(self) -> None:
        found = Capabilities.of(
            [b"PIPELINING", b"sasl plain LOGIN", b"LOGIN-DELAY 900 USER", b"EXPIRE 0", b"", b"\xff"]
        )
        assert found.pipelining and found.sasl("PLAIN") and not found.sasl("CRAM-MD5")
        assert (found.login_delay, found.expires_at_once) == (900, True)
        assert Capabilities.of([b"LOGIN-DELAY soon", b"EXPIRE NEVER"]).login_delay == 0
        assert not Capabilities().known


class TestStates:
    def test_stls(self) -> None:
        connection = Connection()
        connection.receive(b"+OK\r\n")
        connection.send(command.stls())
        connection.receive(b"+OK\r\n")
        assert connection.state is State.HANDSHAKE
        with pytest.raises(Misuse):
            connection.send(command.user("anna"))
        connection.secured()
        connection.send(command.user("anna"))

    def test_what_is_put_in_behind_stls_is_found(self) -> None:
        """F39."""
        connection = Connection()
        connection.receive(b"+OK\r\n")
        connection.send(command.stls())
        events = heard(connection, [b"+OK\r\n+OK\r\n"])
        assert events[1:] == [Broken("data was put in between STLS and the handshake")]

    def test_challenges(self) -> None:
        connection = Connection()
        connection.receive(b"+OK\r\n")
        asked = command.auth("PLAIN")
        assert connection.send(asked) == b"AUTH PLAIN\r\n"
        assert connection.receive(b"+ Zm9v\r\n") == [Challenge(asked, b"Zm9v")]
        assert connection.respond(b"YmFy") == b"YmFy\r\n"
        assert connection.receive(b"+OK\r\n") == [Reply(asked, True, b"")]
        assert connection.state is State.TRANSACTION
        with pytest.raises(Misuse):
            connection.respond(b"YmFy")

    def test_a_refused_greeting_ends_it(self) -> None:
        connection = Connection()
        assert connection.receive(b"-ERR [SYS/TEMP] no\r\n") == [Greeting(False, b"[SYS/TEMP] no", "SYS/TEMP")]
        with pytest.raises(Misuse):
            connection.send(command.capa())

    @pytest.mark.parametrize(
        ("first", "then"),
        [
            (command.user("a"), command.password("b")),
            (command.stls(), command.capa()),
            (command.capa(), command.stls()),
            (command.password("b"), command.stat()),
        ],
    )
    def test_what_depends_on_an_answer_waits_for_it(self, first: Command, then: Command) -> None:
        connection = Connection()
        connection.receive(b"+OK\r\n")
        connection.send(first)
        with pytest.raises(Misuse):
            connection.send(then)

    def test_nothing_is_said_before_the_greeting_before_login_or_after_quit(self) -> None:
        with pytest.raises(Misuse):
            Connection().send(command.capa())
        connection = Connection()
        connection.receive(b"+OK\r\n")
        with pytest.raises(Misuse):
            connection.send(command.stat())
        connection = open_connection(command.quit_())
        with pytest.raises(Misuse):
            connection.send(command.noop())
        connection.receive(b"+OK\r\n")
        assert connection.state is State.CLOSED


class TestCommands:
    @given(st.text(max_size=300))
    def test_an_argument_is_one_short_line_or_refused(self, text: str) -> None:
        """S06; CVE-2025-15367."""
        for make in (command.user, command.password):
            try:
                line = make(text).line
            except InvalidCommand as refusal:
                assert set(text) & set("\r\n\0") or len(text.encode()) > 240
                assert len(text) < 4 or text not in str(refusal)
            else:
                assert len(line) <= 255
                assert re.fullmatch(rb"(USER|PASS) [^\r\n\0]*\r\n", line)

    def test_secrets_are_not_shown(self) -> None:
        """S12."""
        for each in (command.password("hunter2"), command.auth("PLAIN", b"aHVudGVyMg==")):
            assert "hunter2" not in repr(each) and "aHVudGVyMg" not in repr(each)

    def test_lines(self) -> None:
        sent: Sequence[Command] = (command.retr(7), command.top(7), command.dele(7), command.auth("PLAIN", b""))
        assert [each.line for each in sent] == [b"RETR 7\r\n", b"TOP 7 0\r\n", b"DELE 7\r\n", b"AUTH PLAIN =\r\n"]


def test_no_handshake_ends_that_nobody_began() -> None:
    with pytest.raises(Misuse, match="no handshake"):
        Connection().secured()


def test_an_argument_that_is_too_long_is_never_sent() -> None:
    with pytest.raises(InvalidCommand, match="too long"):
        command.user("u" * 255)
