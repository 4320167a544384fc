"""The maildrop against a real Dovecot."""

import asyncio
import base64
import random
import tracemalloc
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from accounts import Mode, account
from dovecot import Dovecot
from fetchrun.listing import Entry
from fetchrun.pop3.capabilities import Capabilities
from fetchrun.server.credentials import Secret
from fetchrun.server.maildrop import Maildrop, opened
from fetchrun.trouble import Trouble
from sortlang.rules import Account
from wire import proxy

T = TypeVar("T")

pytestmark = pytest.mark.peer

MODES: tuple[Mode, ...] = ("off", "starttls", "required")


def account_at(dovecot: Dovecot, tls: Mode, **more: Any) -> Account:
    port = dovecot.tls_port if tls == "required" else dovecot.plain_port
    fields = {"port": port, "tls": tls, "ca": dovecot.ca, "user": dovecot.user, **more}
    return account(**fields)


def in_session(account: Account, secret: str, work: Callable[[Maildrop], Coroutine[Any, Any, T]]) -> T:
    async def session() -> T:
        async with opened(account, Secret(secret)) as drop:
            return await work(drop)

    return asyncio.run(session())


async def fetched(drop: Maildrop) -> dict[Entry, bytes]:
    entries = await drop.listing()
    return {each.entry: b"".join([chunk async for chunk in each]) async for each in drop.retrieve(entries)}


def letters(count: int, seed: int = 7) -> list[bytes]:
    """Messages of 0 to 20,000 octets, with dots, bare CR and eight-bit octets where they hurt."""
    chance = random.Random(seed)
    parts = [b".\n", b"..\n", b".x\n", b"\n", b"\xff\xfe\n", b"a\rb\n", b"From here\n", b"word " * 40 + b"\n"]
    return [
        b"Subject: %d\nTo: anna@example.com\n\n" % number + b"".join(chance.choices(parts, k=chance.randrange(100)))
        for number in range(count)
    ]


def as_sent(message: bytes) -> bytes:
    return message.replace(b"\n", b"\r\n")


@pytest.mark.parametrize("tls", MODES)
def test_a_thousand_messages_come_octet_by_octet(dovecot: Dovecot, tls: Mode) -> None:
    messages = letters(1000)
    dovecot.put(messages)
    got = in_session(account_at(dovecot, tls), dovecot.password, fetched)
    assert list(got.values()) == [as_sent(message) for message in messages]
    assert [entry.number for entry in got] == list(range(1, 1001))
    assert len({entry.uid for entry in got}) == 1000
    assert len(dovecot.stored()) == 1000


@pytest.mark.parametrize("tls", MODES)
def test_what_was_marked_goes_at_quit(dovecot: Dovecot, tls: Mode) -> None:
    dovecot.put(letters(5))

    async def work(drop: Maildrop) -> bool:
        assert (await drop.stat())[0] == 5
        entries = await drop.listing()
        deleted = await drop.delete(entries[1:3])
        assert deleted == entries[1:3] and drop.deleted == list(deleted)
        assert len(dovecot.stored()) == 5
        return await drop.quit()

    assert in_session(account_at(dovecot, tls), dovecot.password, work)
    assert [
        b"Subject: %d" % number in path.read_bytes() for path, number in zip(dovecot.stored(), (0, 3, 4), strict=True)
    ]


def test_without_quit_nothing_goes(dovecot: Dovecot) -> None:
    dovecot.put(letters(3))

    async def work(drop: Maildrop) -> None:
        await drop.delete(await drop.listing())

    in_session(account_at(dovecot, "off"), dovecot.password, work)
    assert len(dovecot.stored()) == 3


def test_messages_may_be_marked_while_others_come_in(dovecot: Dovecot) -> None:
    messages = letters(700)
    dovecot.put(messages)

    async def work(drop: Maildrop) -> list[bytes]:
        got = []
        async for retrieval in drop.retrieve(await drop.listing()):
            got.append(b"".join([chunk async for chunk in retrieval]))
            drop.mark([retrieval.entry])
        assert await drop.quit()
        assert len(drop.deleted) == 700
        return got

    got = in_session(account_at(dovecot, "off"), dovecot.password, work)
    assert got == [as_sent(message) for message in messages]
    assert dovecot.stored() == []


def test_a_retrieval_that_nobody_reads_is_passed_over(dovecot: Dovecot) -> None:
    messages = letters(20)
    dovecot.put(messages)

    async def work(drop: Maildrop) -> bytes:
        async for retrieval in drop.retrieve(await drop.listing()):
            if retrieval.entry.number == 20:
                return b"".join([chunk async for chunk in retrieval])
        raise AssertionError

    assert in_session(account_at(dovecot, "off"), dovecot.password, work) == as_sent(messages[-1])


def test_a_retrieval_broken_off_means_no_quit(dovecot: Dovecot) -> None:
    dovecot.put(letters(20))

    async def work(drop: Maildrop) -> bool:
        entries = await drop.listing()
        await drop.delete(entries[:1])
        async for _ in drop.retrieve(entries[1:]):
            break
        return await drop.quit()

    assert not in_session(account_at(dovecot, "off"), dovecot.password, work)
    assert len(dovecot.stored()) == 20


def test_a_message_that_vanished_is_refused_and_the_others_come(dovecot: Dovecot) -> None:
    """F16, F37."""
    messages = letters(3)
    dovecot.put(messages)

    async def work(drop: Maildrop) -> list[tuple[str | None, bytes]]:
        entries = await drop.listing()
        dovecot.stored()[1].unlink()
        return [(each.refused, b"".join([chunk async for chunk in each])) async for each in drop.retrieve(entries)]

    first, second, third = in_session(account_at(dovecot, "off"), dovecot.password, work)
    assert (first, third) == ((None, as_sent(messages[0])), (None, as_sent(messages[2])))
    assert second[0] is not None and second[1] == b""


def test_heads(dovecot: Dovecot) -> None:
    dovecot.put(letters(300))

    async def work(drop: Maildrop) -> dict[int, bytes]:
        return {entry.number: head async for entry, head in drop.heads(await drop.listing())}

    heads = in_session(account_at(dovecot, "off"), dovecot.password, work)
    expected = {n: b"Subject: %d\r\nTo: anna@example.com\r\n\r\n" % (n - 1) for n in range(1, 301)}
    assert heads == expected


def test_an_empty_maildrop(dovecot: Dovecot) -> None:
    async def work(drop: Maildrop) -> tuple[tuple[Entry, ...], bool]:
        return await drop.listing(), await drop.quit()

    assert in_session(account_at(dovecot, "off"), dovecot.password, work) == ((), True)


@pytest.mark.parametrize("tls", MODES)
def test_a_wrong_password(dovecot: Dovecot, tls: Mode) -> None:
    """F22."""
    trouble = _trouble(account_at(dovecot, tls), "hunter2")
    assert trouble.step == "login"
    assert trouble.sentence.startswith(f"the server does not accept the user {dovecot.user} with this password: ")
    assert trouble.settings == ("password", "user")
    assert not trouble.temporary
    assert "hunter2" not in repr(trouble.__dict__)


@pytest.mark.parametrize("tls", ["starttls", "required"])
def test_an_authority_that_nobody_knows(dovecot: Dovecot, tls: Mode) -> None:
    """F40: the machine's own authorities are asked when the account names none."""
    trouble = _trouble(account_at(dovecot, tls, ca=None), dovecot.password)
    assert trouble.step == "tls"
    assert "is signed by an authority that this machine does not know" in trouble.sentence
    assert "tls ca" in trouble.hint
    assert trouble.settings == ("tls", "server")


def test_another_name(dovecot: Dovecot) -> None:
    """F40."""
    trouble = _trouble(account_at(dovecot, "required", server="127.0.0.1"), dovecot.password)
    assert trouble.sentence == f"the certificate of 127.0.0.1:{dovecot.tls_port} is not for the name 127.0.0.1"
    assert "tls name" in trouble.hint


def test_tls_where_there_is_none(dovecot: Dovecot) -> None:
    """F44."""
    trouble = _trouble(account_at(dovecot, "required", port=dovecot.plain_port), dovecot.password)
    assert trouble.sentence == f"localhost:{dovecot.plain_port} does not speak TLS"
    assert "tls starttls" in trouble.hint


@pytest.mark.parametrize(("tls", "said"), [("off", True), ("starttls", False), ("required", False)])
def test_the_password_is_on_the_wire_only_if_the_account_says_so(dovecot: Dovecot, tls: Mode, said: bool) -> None:
    async def session() -> tuple[bytes, int]:
        port = dovecot.tls_port if tls == "required" else dovecot.plain_port
        async with proxy("127.0.0.1", port) as wire:
            await _empty_session(account_at(dovecot, tls, port=wire.port), dovecot.password)
        return bytes(wire.to_server), len(wire.to_client)

    sent, received = asyncio.run(session())
    assert received
    assert (b"AUTH" in sent or b"USER" in sent) == said
    assert _holds(sent, dovecot.password) == said


def test_200_megabytes_in_little_memory(dovecot: Dovecot) -> None:
    """F08, F51."""
    line = b"x" * 997 + b"\n"
    dovecot.put([b"Subject: large\n\n" + line * 200_000])

    async def work(drop: Maildrop) -> tuple[int, int]:
        (entry,) = await drop.listing()
        tracemalloc.start()
        async for retrieval in drop.retrieve([entry]):
            async for _ in retrieval:
                pass
            assert retrieval.complete
            size = retrieval.size
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size, peak

    size, peak = in_session(account_at(dovecot, "off"), dovecot.password, work)
    assert size == 18 + 200_000 * 999
    assert peak < 4 * 1024 * 1024


async def _empty_session(account: Account, secret: str) -> None:
    async with opened(account, Secret(secret)) as drop:
        assert await drop.stat() == (0, 0)
        assert await drop.quit()


def _trouble(account: Account, secret: str) -> Trouble:
    async def work(drop: Maildrop) -> None:
        raise AssertionError("it was let in")

    with pytest.raises(Trouble) as caught:
        in_session(account, secret, work)
    return caught.value


def _holds(sent: bytes, password: str) -> bool:
    """In the clear, or in the base64 of any SASL response in it."""
    words = [word for line in sent.split(b"\r\n") for word in line.split(b" ") if len(word) > 8 and len(word) % 4 == 0]
    decoded = b""
    for word in words:
        try:
            decoded += base64.b64decode(word, validate=True)
        except ValueError:
            continue
    return password.encode() in sent + decoded


@pytest.mark.parametrize("tls", ["off", "required"])
def test_who_has_enough_gets_what_was_asked_for_and_quits_cleanly(dovecot: Dovecot, tls: Mode) -> None:
    dovecot.put(letters(1_200))

    async def some(drop: Maildrop) -> int:
        entries = await drop.listing()
        came = []
        async for each in drop.retrieve(entries):
            came.append(each.entry)
            drop.suffice()
        assert came == list(entries[: len(came)])
        await drop.delete(came)
        assert await drop.quit()
        return len(came)

    count = in_session(account_at(dovecot, tls), dovecot.password, some)
    assert 0 < count < 1_200
    assert len(dovecot.stored()) == 1_200 - count


@pytest.mark.parametrize(("wish", "ahead"), [("auto", True), ("on", True), ("off", False)])
def test_pipelining_is_as_the_account_says(wish: str, ahead: bool, dovecot: Dovecot) -> None:
    dovecot.put(letters(3))

    async def seen(drop: Maildrop) -> tuple[bool, int]:
        return drop.capabilities.pipelining, len(await fetched(drop))

    assert in_session(account_at(dovecot, "off", pipeline=wish), dovecot.password, seen) == (ahead, 3)


def test_pipelining_can_be_forced_on_a_server_that_does_not_offer_it() -> None:
    said = Capabilities.of([b"UIDL", b"TOP"])
    assert not said.pipelining
    assert replace(said, pipelined=True).pipelining
