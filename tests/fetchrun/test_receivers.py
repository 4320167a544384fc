"""What is handed on: one contract for every way to deliver, then each way's own troubles."""

import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path

import pytest

from fetchrun.delivery import channel
from fetchrun.delivery.copies import Copy
from fetchrun.delivery.deliver import begin, settle
from fetchrun.delivery.dispatch import Dispatch
from fetchrun.delivery.identity import REMEMBERED
from fetchrun.delivery.letter import Client, Letter, account_id
from fetchrun.delivery.load import Load
from fetchrun.delivery.outcome import Deferred, Delivered, Outcome, Quarantined
from fetchrun.delivery.places import Place
from fetchrun.delivery.recover import recover
from fetchrun.delivery.targets import pipe
from fetchrun.delivery.targets.pipe import Pipe
from fetchrun.memory.ledger import Ledger
from fetchrun.memory.logbook import log, quarantined
from fetchrun.trouble import Trouble
from sink import Sink, sinking

NOW, PATIENCE = 1_700_000_000.0, 60.0
BOX = account_id("pop.example.com", "u")
WIRE = b"From: a@example.com\r\nTo: b@example.com\r\n\r\nHello\r\n.\r\n..\r\nbye\r\n"
STAMP = b"X-Fetchrun: x\n"
SCRIPT = '#!/bin/sh\ncat > "$1/$$"\nexec "$1/how"\n'


@dataclass
class World:
    """One receiving end, which can be told what to say next."""

    place: Callable[[str], Place]
    received: Callable[[], list[bytes]]
    refuse: Callable[[int], None]
    """0: take mail again; 4: not now; 5: never."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    (tmp_path / "state").mkdir()
    opened = Ledger(tmp_path / "state")
    opened.account("pop.example.com", "u", "office")
    yield opened
    opened.close()


@pytest.fixture(params=["maildir", "lmtp", "smtp", "pipe"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        if request.param == "maildir":
            yield _maildir(tmp_path)
        elif request.param == "pipe":
            yield _pipe(tmp_path)
        else:
            yield _server(stack.enter_context(sinking(Sink(lmtp=request.param == "lmtp"))), request.param)


def _maildir(folder: Path) -> World:
    box = folder / "box"

    def refuse(kind: int) -> None:
        if kind == 5:
            pytest.skip("a Maildir refuses nothing for good")
        if kind == 4:
            box.write_text("in the way")
        elif box.is_file():
            box.unlink()

    return World(
        lambda address: Place.at(box),
        lambda: [each.read_bytes() for each in (box / "new").glob("*")] if box.is_dir() else [],
        refuse,
    )


def _server(sink: Sink, kind: str) -> World:
    def refuse(number: int) -> None:
        sink.says = {} if not number else {"RCPT": f"{number}50 {number}.1.1 no"}

    return World(
        lambda address: Place(kind, (f"127.0.0.1:{sink.port}",), address),  # type: ignore[arg-type]
        lambda: [each.replace(b"\r\n", b"\n").replace(b"\n..", b"\n.") for each in sink.messages],
        refuse,
    )


def _pipe(folder: Path) -> World:
    box = folder / "piped"
    box.mkdir()
    program = folder / "program"
    program.write_text(SCRIPT)
    program.chmod(0o755)

    def refuse(kind: int) -> None:
        (box / "how").write_text(f"#!/bin/sh\nexit {({0: 0, 4: 75, 5: 67})[kind]}\n")
        (box / "how").chmod(0o755)

    def received() -> list[bytes]:
        return [each.read_bytes() for each in sorted(box.iterdir(), key=os.path.getmtime) if each.name != "how"]

    refuse(0)
    return World(lambda address: Place("pipe", (str(program), str(box)), address), received, refuse)


def letter(uid: bytes = b"1", **more: object) -> Letter:
    return Letter(BOX, uid, 1, len(WIRE), b"h", **more)  # type: ignore[arg-type]


def copy(place: Place, address: str = "anna@ex.com", stamp: bytes = STAMP) -> Copy:
    return Copy(place, "delivered", (address,), (address,), "To/Cc", "mail.sort:3", stamp)


def fallback(folder: Path) -> tuple[Copy, ...]:
    kept = Copy(Place.at(folder / "quarantine"), "quarantined", (), ("anna@ex.com",), "To/Cc", "", STAMP)
    return kept, copy(Place.at(folder / "postmaster"), "postmaster@ex.com")


def delivered(
    ledger: Ledger,
    *copies: Copy,
    folder: Path,
    one: Letter | None = None,
    wire: bytes = WIRE,
    dispatch: Dispatch | None = None,
    identity: bytes | None = None,
) -> Outcome:
    """One whole try."""
    staging = begin(one or letter(), copies, NOW, fallback=fallback(folder), spool=folder / "spool")
    staging.write(wire)
    staging.identify(identity, REMEMBERED)
    (outcome,) = settle([staging.finish()], ledger, NOW, dispatch)
    assert not (folder / "spool").exists() or list((folder / "spool").iterdir()) == []
    return outcome


def without_stamp(mail: bytes) -> bytes:
    while mail.startswith((b"X-Fetchrun", b"\t")):
        mail = mail.partition(b"\n")[2]
    return mail


# The contract


def test_contract_what_is_taken_is_delivered_once(world: World, tmp_path: Path, ledger: Ledger) -> None:
    outcome = delivered(ledger, copy(world.place("anna@ex.com")), folder=tmp_path)
    assert isinstance(outcome, Delivered)
    (mail,) = world.received()
    assert mail.startswith(STAMP) and without_stamp(mail) == WIRE.replace(b"\r\n", b"\n")
    assert isinstance(delivered(ledger, copy(world.place("anna@ex.com")), folder=tmp_path), Delivered)
    assert len(world.received()) == 1
    assert [each.fate for each in log(ledger)] == ["delivered"]
    assert ledger.known(BOX, [])[b"1"].state == "done"


def test_contract_what_is_not_taken_now_is_owed_and_nothing_else(world: World, tmp_path: Path, ledger: Ledger) -> None:
    other = copy(Place.at(tmp_path / "other"))
    world.refuse(4)
    outcome = delivered(ledger, other, copy(world.place("anna@ex.com")), folder=tmp_path)
    assert isinstance(outcome, Deferred) and outcome.reason
    assert [each.copy.place for each in outcome.deposits] == [other.place]
    known = ledger.known(BOX, [])[b"1"]
    assert (known.state, known.failures) == ("deferred", 1)
    refused = len(world.received())
    world.refuse(0)
    assert isinstance(delivered(ledger, other, copy(world.place("anna@ex.com")), folder=tmp_path), Delivered)
    assert len(world.received()) == refused + 1
    assert len(list((tmp_path / "other" / "new").iterdir())) == 1


def test_contract_what_is_never_taken_lies_in_quarantine_and_goes_to_the_catch_all(
    world: World, tmp_path: Path, ledger: Ledger
) -> None:
    world.refuse(5)
    other = copy(Place.at(tmp_path / "other"))
    for _ in range(2):
        outcome = delivered(ledger, other, copy(world.place("anna@ex.com")), folder=tmp_path)
        assert isinstance(outcome, Quarantined)
        (kept,) = (tmp_path / "quarantine" / "new").iterdir()
        assert b"X-Fetchrun-Quarantine: anna@ex.com: " in kept.read_bytes()
        assert len(list((tmp_path / "postmaster" / "new").iterdir())) == 1
        assert len(list((tmp_path / "other" / "new").iterdir())) == 1
    (fact,) = quarantined(ledger)
    assert fact.recipients == ("anna@ex.com",)
    assert sorted(each.fate for each in log(ledger)) == ["delivered", "delivered", "failed", "quarantined"]
    assert ledger.known(BOX, [])[b"1"].state == "done"


def test_F98_contract_accepted_and_not_recorded_comes_again_under_the_same_id(
    world: World, tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    if world.place("x@ex.com").maildir:
        pytest.skip("a Maildir gets it exactly once: test_recover")
    with monkeypatch.context() as broken:
        broken.setattr(Ledger, "accepted", _crash)
        with pytest.raises(Trouble):
            delivered(ledger, copy(world.place("anna@ex.com")), folder=tmp_path)
    recover(ledger, NOW)
    known = ledger.known(BOX, [])[b"1"]
    assert (known.state, known.failures) == ("deferred", 0)
    assert isinstance(delivered(ledger, copy(world.place("anna@ex.com")), folder=tmp_path), Delivered)
    first, second = world.received()
    assert first == second and b"X-Fetchrun-Delivery-Id: " in first
    assert isinstance(delivered(ledger, copy(world.place("anna@ex.com")), folder=tmp_path), Delivered)
    assert len(world.received()) == 2


def test_contract_without_a_stamp_nothing_is_added(world: World, tmp_path: Path, ledger: Ledger) -> None:
    delivered(ledger, copy(world.place("anna@ex.com"), stamp=b""), folder=tmp_path)
    assert world.received() == [WIRE.replace(b"\r\n", b"\n")]


def test_contract_one_mail_in_two_messages_is_handed_on_once(world: World, tmp_path: Path, ledger: Ledger) -> None:
    for uid in (b"1", b"2"):
        one = copy(world.place("anna@ex.com"))
        assert isinstance(delivered(ledger, one, folder=tmp_path, one=letter(uid), identity=b"i"), Delivered)
    assert len(world.received()) == 1


# Servers


def server(ledger: Ledger, folder: Path, sink: Sink, *people: str, **more: object) -> Outcome:
    kind = "lmtp" if sink.lmtp else "smtp"
    copies = [copy(Place(kind, (f"127.0.0.1:{sink.port}",), each), each) for each in people or ("anna@ex.com",)]  # type: ignore[arg-type]
    return delivered(ledger, *copies, folder=folder, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("lmtp", [True, False])
@pytest.mark.parametrize("verb", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("says", ["451 4.3.0 later", "421 4.3.2 closing", "cut", "hello?", "250-never ends"])
def test_F95_whatever_is_said_at_a_verb_nothing_is_lost(
    lmtp: bool, verb: str, says: str, tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel.Patience, "__init__", _impatient)
    with sinking(Sink(lmtp=lmtp, says={verb: [says]})) as sink:
        outcome = server(ledger, tmp_path, sink)
        assert isinstance(outcome, Deferred), outcome
        assert isinstance(server(ledger, tmp_path, sink), Delivered)
    assert len(sink.messages) == 1 + (verb == "DOT")
    assert not (tmp_path / "quarantine").exists()


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
def test_F95_refused_for_good_at_a_verb(verb: str, tmp_path: Path, ledger: Ledger) -> None:
    with sinking(Sink(says={verb: "550 5.7.1 spam \x1b[31m"})) as sink:
        assert isinstance(server(ledger, tmp_path, sink), Quarantined)
    (kept,) = (tmp_path / "quarantine" / "new").iterdir()
    assert b"says \xe2\x80\x9c550 5.7.1 spam \\x1b[31m\xe2\x80\x9d" in kept.read_bytes()


@pytest.mark.parametrize("says", ["552 5.2.2 mailbox full", "552 too much", "452 4.2.2 full", "554 5.3.1 disk full"])
def test_a_full_mailbox_is_waited_for(says: str, tmp_path: Path, ledger: Ledger) -> None:
    with sinking(Sink(says={"RCPT": says})) as sink:
        assert isinstance(server(ledger, tmp_path, sink), Deferred)


def test_F96_three_recipients_three_answers(tmp_path: Path, ledger: Ledger) -> None:
    says: dict[str, str | list[str]] = {"DOT ben@ex.com": ["452 4.2.2 full"], "DOT eva@ex.com": "550 5.1.1 gone"}
    people = ("anna@ex.com", "ben@ex.com", "eva@ex.com")
    with sinking(Sink(lmtp=True, says=says)) as sink:
        outcome = server(ledger, tmp_path, sink, *people)
        assert isinstance(outcome, Deferred) and "full" in outcome.reason
        assert {each.copy.addresses for each in outcome.deposits} == {("anna@ex.com",), ("postmaster@ex.com",), ()}
        assert isinstance(server(ledger, tmp_path, sink, *people), Quarantined)
    assert sink.envelopes == [["anna@ex.com", "ben@ex.com", "eva@ex.com"], ["ben@ex.com"]]
    ids = [line for mail in sink.messages for line in mail.split(b"\r\n") if line.startswith(b"X-Fetchrun-Delivery-Id")]
    assert ids[0] == ids[1]
    assert b"eva@ex.com: " in next((tmp_path / "quarantine" / "new").iterdir()).read_bytes()


@pytest.mark.parametrize("lmtp", [True, False])
def test_F45_what_is_said_behind_a_yes_does_not_take_it_back(lmtp: bool, tmp_path: Path, ledger: Ledger) -> None:
    with sinking(Sink(lmtp=lmtp, says={"DOT": "250 2.0.0 taken\r\n250 2.0.0 taken"})) as sink:
        assert isinstance(server(ledger, tmp_path, sink), Delivered)
    assert len(sink.messages) == 1


def test_F45_what_is_said_before_the_message_is_there_sends_none(tmp_path: Path, ledger: Ledger) -> None:
    with sinking(Sink(says={"DATA": "354 go on\r\n250 2.0.0 taken"})) as sink:
        assert isinstance(server(ledger, tmp_path, sink), Deferred)
    assert sink.messages == []


def test_F97_the_link_is_lost_after_the_dot(tmp_path: Path, ledger: Ledger) -> None:
    with sinking(Sink(says={"DOT": ["cut"]})) as sink:
        assert isinstance(server(ledger, tmp_path, sink), Deferred)
        assert isinstance(server(ledger, tmp_path, sink), Delivered)
    first, second = sink.messages
    assert first == second and first.count(b"X-Fetchrun-Delivery-Id: ") == 1


@pytest.mark.parametrize(
    ("offers", "wire", "why"),
    [
        (("8BITMIME", "SIZE 50"), WIRE, "the server takes 50"),
        (("SIZE",), b"Subject: x\r\n\r\n\xfc\r\n", "7-bit mail only"),
    ],
)
def test_F100_what_a_server_does_not_take_is_not_sent(
    offers: tuple[str, ...], wire: bytes, why: str, tmp_path: Path, ledger: Ledger
) -> None:
    with sinking(Sink(offers=offers)) as sink:
        assert isinstance(server(ledger, tmp_path, sink, wire=wire), Quarantined)
    assert sink.messages == [] and not any(each.startswith(b"MAIL") for each in sink.commands)
    assert why in next((tmp_path / "quarantine" / "new").iterdir()).read_text("latin-1")


def test_F100_an_address_beyond_ascii(tmp_path: Path, ledger: Ledger) -> None:
    with sinking(Sink(offers=("8BITMIME",))) as sink:
        assert isinstance(server(ledger, tmp_path, sink, "müller@ex.com"), Quarantined)
    with sinking(Sink()) as sink:
        one = letter(b"2", sender="jörg@ex.com")
        assert isinstance(server(ledger, tmp_path, sink, "müller@ex.com", one=one), Delivered)
    assert "MAIL FROM:<jörg@ex.com> SIZE=" in sink.commands[1].decode() and sink.commands[1].endswith(b" SMTPUTF8")
    with sinking(Sink(offers=())) as sink:
        assert isinstance(server(ledger, tmp_path, sink, one=letter(b"3", sender="jörg@ex.com")), Delivered)
    assert sink.commands[1] == b"MAIL FROM:<>"


def test_without_pipelining_one_command_at_a_time(tmp_path: Path, ledger: Ledger) -> None:
    with sinking(Sink(lmtp=True, offers=())) as sink:
        assert isinstance(server(ledger, tmp_path, sink, "anna@ex.com", "ben@ex.com"), Delivered)
    assert [each.split(b" ")[0] for each in sink.commands] == [b"LHLO", b"MAIL", b"RCPT", b"RCPT", b"DATA", b"QUIT"]


@pytest.mark.parametrize("smuggled", [b"\n.\n", b"\r.\r", b"\r\n.\n", b"\n.\r\n", b"\r.\r\n"])
def test_F101_nothing_is_smuggled_on_the_wire(smuggled: bytes, tmp_path: Path, ledger: Ledger) -> None:
    evil = b"Subject: x\r\n\r\nhello" + smuggled + b"MAIL FROM:<evil@example.com>\r\n"
    with sinking(Sink()) as sink:
        assert isinstance(server(ledger, tmp_path, sink, wire=evil), Delivered)
    (mail,) = sink.messages
    assert b"\n" not in mail.replace(b"\r\n", b"") and b"\r" not in mail.replace(b"\r\n", b"")
    assert b"\r\n.\r\n" not in mail and mail.endswith(b"MAIL FROM:<evil@example.com>\r\n")
    assert sink.commands[-1] == b"QUIT"


def test_an_end_that_is_down_is_asked_once_and_rests(tmp_path: Path, ledger: Ledger) -> None:
    dispatch = Dispatch()
    with sinking(Sink(says={"GREETING": "421 4.3.2 busy"})) as sink:
        for uid in (b"1", b"2"):
            assert isinstance(server(ledger, tmp_path, sink, one=letter(uid), dispatch=dispatch), Deferred)
        assert sink.connections == 1
        sink.says = {}
        end = f"smtp 127.0.0.1:{sink.port}"
        assert "busy" in dispatch.resting(end, NOW + 59) and not dispatch.resting(end, NOW + 61)
    dispatch.refused(end, "again", NOW)
    assert dispatch.resting(end, NOW + 119) and not dispatch.resting(end, NOW + 121)
    dispatch.took(end)
    assert not dispatch.resting(end, NOW)


def test_nobody_listens(tmp_path: Path, ledger: Ledger) -> None:
    with sinking(Sink()) as sink:
        pass
    outcome = server(ledger, tmp_path, sink)
    assert isinstance(outcome, Deferred)
    assert outcome.reason == f"127.0.0.1:{sink.port} refused the connection"


def test_a_batch_shares_a_connection_and_survives_its_end(tmp_path: Path, ledger: Ledger) -> None:
    with sinking(Sink(says={"MAIL": ["250 ok", "cut", "250 ok", "421 4.7.0 enough"]})) as sink:
        place = Place("smtp", (f"127.0.0.1:{sink.port}",), "anna@ex.com")
        parcels = []
        for uid in (b"1", b"2", b"3"):
            staging = begin(letter(uid), (copy(place),), NOW)
            staging.write(WIRE)
            parcels.append(staging.finish())
        assert all(isinstance(each, Delivered) for each in settle(parcels, ledger, NOW))
    assert (sink.connections, len(sink.messages)) == (3, 3)


@pytest.mark.parametrize("keyword", ["XCLIENT", "XFORWARD"])
def test_the_server_learns_who_brought_the_mail(keyword: str, tmp_path: Path, ledger: Ledger) -> None:
    one = letter(client=Client("2001:db8::7", "mail.example.net", "me"), sender="a@example.com")
    with sinking(Sink(offers=(f"{keyword} NAME ADDR", "8BITMIME"))) as sink:
        sink.says = {"XCLIENT": "220 again"}
        assert isinstance(server(ledger, tmp_path, sink, one=one), Delivered)
    assert f"{keyword} ADDR=IPV6:2001:db8::7 NAME=mail.example.net".encode() in sink.commands
    assert b"MAIL FROM:<a@example.com> BODY=8BITMIME" not in sink.commands
    assert [each[:4] for each in sink.commands].count(b"EHLO") == (2 if keyword == "XCLIENT" else 1)
    assert (b"EHLO me" in sink.commands) == (keyword == "XCLIENT")


def _load(tmp_path: Path) -> tuple[Load, Copy]:
    file = tmp_path / "mail"
    file.write_bytes(WIRE.replace(b"\r\n", b"\n"))
    return Load(letter(), FileIO(file), 0, file.stat().st_size), copy(Place("smtp", ("x",), "anna@ex.com"))


# Programs


@pytest.mark.parametrize(
    ("body", "fate"),
    [
        ("exit 0", "accepted"),
        *((f"exit {status}", "failed") for status in (65, 67, 68, 76, 77)),
        *((f"exit {status}", "deferred") for status in (1, 2, 64, 66, 69, 70, 71, 72, 73, 74, 75, 78, 126, 127, 255)),
        *((f"kill -{number} $$", "deferred") for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV)),
    ],
)
def test_F102_exit_status(body: str, fate: str, tmp_path: Path) -> None:
    assert _piped(tmp_path, f"{body}\n").fate == fate


def test_F102_a_program_that_is_not_there(tmp_path: Path) -> None:
    load, one = _load(tmp_path)
    (verdict,) = Pipe((str(tmp_path / "nothing"),)).hand(load, [one])
    assert (verdict.fate, "cannot be started: no such file" in verdict.why) == ("deferred", True)
    load.file.close()


def test_F102_a_program_that_does_not_end_dies_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child holds the write end of a FIFO: it says there when it lives, and its end is the end of the file."""
    os.mkfifo(tmp_path / "life")
    body = f"echo waiting; {{ echo there; exec sleep 1000; }} > {tmp_path}/life & wait\n"
    in_time = pipe._ended
    with open(os.open(tmp_path / "life", os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as life:
        monkeypatch.setattr(pipe, "_ended", lambda pid, _: _heard(life) != b"there\n" or in_time(pid, 0.0))
        verdict = _piped(tmp_path, body, deadline=1.0)
        assert (verdict.fate, verdict.why) == ("deferred", "program did not end within 1 seconds: waiting")
        assert _heard(life) == b""


def _heard(end: FileIO) -> bytes:
    assert select.select([end], [], [], PATIENCE)[0], "nothing happens"
    return end.read(100)


def test_S23_the_message_reaches_no_argument_and_no_shell(tmp_path: Path) -> None:
    out = tmp_path / "out"
    body = f'echo "$#" > {out}; env >> {out}; cat >> {out}\n'
    evil = replace(letter(), sender="$(touch${IFS}x)@example.com")
    verdict = _piped(tmp_path, body, evil, PATH=os.environ["PATH"], SECRET="canary")
    assert verdict.fate == "accepted"
    said = out.read_text()
    assert said.startswith("0\n") and "SENDER=$(touch${IFS}x)@example.com\n" in said
    assert "RECIPIENT=anna@ex.com\n" in said and "canary" not in said
    assert not (tmp_path / "x").exists()


def test_a_program_that_prints_without_end_costs_nothing(tmp_path: Path) -> None:
    verdict = _piped(tmp_path, "head -c 3000000 /dev/zero | tr '\\0' x; exit 67\n")
    assert verdict.fate == "failed" and len(verdict.why) < 300


def test_a_program_that_does_not_read(tmp_path: Path, ledger: Ledger) -> None:
    assert isinstance(
        delivered(ledger, copy(Place("pipe", ("true",), "a@ex.com")), folder=tmp_path, wire=b"x" * 500_000), Delivered
    )


def _piped(folder: Path, body: str, one: Letter | None = None, deadline: float = 60.0, **environment: str):
    program = folder / "program"
    program.write_text(f"#!/bin/sh\n{body}")
    program.chmod(0o755)
    load, made = _load(folder)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        (verdict,) = Pipe((str(program),), deadline).hand(replace(load, letter=one or load.letter), [made])
    load.file.close()
    return verdict


def _crash(*_: object) -> None:
    raise Trouble("disk", "the machine died", settings=())


def _impatient(self: channel.Patience) -> None:
    for name in ("connect", "command", "block", "end"):
        object.__setattr__(self, name, 1.0)
