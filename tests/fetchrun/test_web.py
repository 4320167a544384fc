"""The status page, the metrics and the health: what they show, and what hostile clients get."""

import asyncio
import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetchrun.condition import AccountCondition, Backlog, Complaint, Condition, RulesCondition
from fetchrun.memory.traffic import Traffic
from fetchrun.survey import looked
from fetchrun.web.listen import InvalidListen, Listen
from fetchrun.web.metrics import metrics
from fetchrun.web.page import page
from fetchrun.web.plot import bars
from fetchrun.web.server import AT_A_TIME, MAX_HEAD, serving
from fetchrun.web.view import View, view

NOW = 1_700_000_000.0
HERE = Listen("127.0.0.1", 0)
EVIL = '<script>alert(1)</script>"\x1b[2J\u202e'
COMPLAINT = Complaint("login", f"no: {EVIL}", f"do {EVIL}", "mail.sort:4", NOW - 7200)


def example() -> View:
    accounts = (
        AccountCondition("office", "pop.ex.com", NOW - 60, NOW - 90_000, NOW + 240, 3, "0 listed", complaint=COMPLAINT),
        AccountCondition(
            "sales", "pop.ex.org", NOW - 120, NOW - 120, NOW + 30, 0, "9 listed", Backlog(120, 3_400_000, NOW - 2400)
        ),
        AccountCondition("anna@ex.com", "pop.ex.net"),
        AccountCondition("old", "pop.old.com", disabled=True),
    )
    rules = RulesCondition("mail.sort", "cc672b9da0e5", NOW - 300_000)
    places = Counter({f"user{i}@ex.com": 1000 // (i + 1) for i in range(20)} | {"discarded": 77, EVIL: 500})
    fates = Counter({("office", "delivered"): 2000, ("anna@ex.com", "discarded"): 77})
    return View(Condition(accounts, rules, None, 2, 1203), Traffic(places, fates), NOW)


def asked(request: bytes, shown: View | None = None) -> bytes:
    """What a client gets for these bytes."""

    async def ask() -> bytes:
        async with serving(HERE, lambda: shown or example()) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            answer = await asyncio.wait_for(reader.read(), 30)
            writer.close()
            return answer

    return asyncio.run(ask())


def get(path: str, host: str = "localhost:9110", verb: str = "GET") -> bytes:
    return f"{verb} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


class Tags(HTMLParser):
    """The tags of a document, in balance."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.links += [name for name, _ in attrs if name in ("src", "href") or name.startswith("on")]
        if tag not in ("meta", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == "rect" or self.open.pop() == tag


def test_the_page_says_what_is_wrong_and_what_to_do() -> None:
    text = page(example())
    assert "1 thing to look at" in text
    assert "mail.sort:4" in text
    assert "→ do" in text
    assert "120 messages (3.4 MB), the oldest for 40 minutes" in text
    assert "2 messages in quarantine" in text
    assert "disabled" in text


def test_the_page_holds_no_script_and_asks_for_nothing_from_elsewhere() -> None:
    tags = Tags(page(example()))
    assert not tags.open
    assert not {"script", "link", "img", "iframe", "form"} & set(tags.seen)
    assert not tags.links
    assert "http:" not in page(example())


@given(st.text(max_size=60), st.integers(0, 10**6))
def test_whatever_others_say_stays_text(said: str, count: int) -> None:
    complaint = Complaint("login", said, said, said, NOW)
    accounts = (AccountCondition(said, said, NOW, NOW, complaint=complaint),)
    shown = View(Condition(accounts), Traffic(Counter({said: count}), Counter({(said, said): count})), NOW)
    tags = Tags(page(shown))
    assert not tags.open
    assert not tags.links
    for line in metrics(shown).splitlines():
        assert re.fullmatch(r'(#.*|fetchrun_\w+(\{(\w+="([^"\\\n]|\\.)*",?)*\})? -?[\d.e+]+)', line), line
        assert "@" not in line


def test_the_plot_keeps_to_the_most_and_sums_up_the_rest() -> None:
    drawn = bars(Counter({f"n{i}": 100 - i for i in range(20)}), most=5)
    assert drawn.count("<rect") == 6
    assert "15 others" in drawn
    assert f"{sum(100 - i for i in range(5, 20)):,}" in drawn


def test_the_metrics() -> None:
    lines = metrics(example()).splitlines()
    assert 'fetchrun_account_up{account="office"} 0' in lines
    assert 'fetchrun_account_backlog_bytes{account="sales"} 3400000' in lines
    assert f'fetchrun_account_next_run_seconds{{account="sales"}} {NOW + 30:.0f}' in lines
    assert "fetchrun_quarantined 2" in lines
    assert 'fetchrun_week_copies{account="office",fate="delivered"} 2000' in lines
    assert not [each for each in lines if 'account="old"' in each], "a disabled account is not watched"


def test_S29_no_address_is_a_label() -> None:
    assert "@" not in metrics(example())
    assert 'account="account-' in metrics(example())


def test_the_three_paths() -> None:
    assert asked(get("/")).startswith(b"HTTP/1.1 200 OK\r\n")
    assert asked(get("/health?x=1")).endswith(b"\r\n\r\nok\n")
    assert b"fetchrun_up 1\n" in asked(get("/metrics"))
    assert asked(get("/etc/passwd")).startswith(b"HTTP/1.1 404")
    head, _, body = asked(get("/", verb="HEAD")).partition(b"\r\n\r\n")
    assert body == b""
    assert b"Content-Security-Policy: default-src 'none'" in head


def test_health_is_bad_when_the_disk_is() -> None:
    full = View(Condition(disk=COMPLAINT), Traffic(Counter(), Counter()), NOW)
    assert asked(get("/health"), full).startswith(b"HTTP/1.1 503")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"\r\n\r\n", b"400"),
        (b"GET / HTTP/3\r\n\r\n", b"400"),
        (b"GET http://x/ HTTP/1.1\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x00\xff\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n", b"405"),
        (get("/", host="evil.example"), b"421"),
        (b"GET / HTTP/1.1\r\n\r\n", b"421"),
        (get("/", host="[::1]:80"), b"200"),
        (get("/", host="127.0.0.1"), b"200"),
    ],
)
def test_hostile_requests(request_: bytes, status: bytes) -> None:
    assert asked(request_).startswith(b"HTTP/1.1 " + status)


def test_a_head_without_an_end_is_cut_off() -> None:
    assert asked(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * MAX_HEAD) == b""


def test_no_more_clients_than_it_can_bear() -> None:
    async def crowd() -> None:
        async with serving(HERE, example) as port:
            idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(AT_A_TIME)]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with pytest.raises(ConnectionError):
                writer.write(get("/health"))
                if not await reader.read():
                    raise ConnectionResetError
            for _, each in (*idle, (reader, writer)):
                each.transport.abort()

    asyncio.run(crowd())


def test_many_who_ask_at_once_cause_one_look() -> None:
    looks: list[int] = []

    def look() -> View:
        looks.append(1)
        return example()

    async def many() -> None:
        async with serving(HERE, look) as port:
            await asyncio.gather(*(one(port) for _ in range(20)))

    async def one(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(get("/health"))
        assert (await reader.read()).endswith(b"ok\n")
        writer.close()

    asyncio.run(many())
    assert len(looks) == 1


@pytest.mark.parametrize("text", ["127.0.0.1:9110", "[::1]:9110", "localhost:0"])
def test_this_machine_may_listen(text: str) -> None:
    assert Listen.parse(text).loopback


@pytest.mark.parametrize("text", ["0.0.0.0:80", "[::]:80", "192.0.2.1:80"])
def test_other_places_only_for_those_who_insist(text: str) -> None:
    with pytest.raises(InvalidListen, match="elsewhere"):
        Listen.parse(text)
    assert not Listen.parse(text, anywhere=True).loopback


@pytest.mark.parametrize("text", ["", "9110", ":9110", "ex.com:80", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:-1"])
def test_what_names_no_place_to_listen(text: str) -> None:
    with pytest.raises(InvalidListen):
        Listen.parse(text)


def test_a_view_of_a_folder_where_nothing_is_yet(tmp_path: Path) -> None:
    (tmp_path / "mail.sort").write_text("sort * -> all@ex.com;\n")
    state = tmp_path / "state"
    shown = view(looked(tmp_path / "mail.sort", state, NOW), state, NOW)
    assert not shown.week.places
    assert "no mail in seven days" in page(shown)
    assert not state.exists()


CHROMIUM = shutil.which("chromium")


@pytest.mark.peer
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
@pytest.mark.parametrize("width", [360, 1200])
def test_in_a_browser(width: int, tmp_path: Path) -> None:
    """The document as Chromium sees it: the style is allowed by the policy, the words are there, nothing is run."""
    picture = tmp_path / "page.png"

    async def seen() -> str:
        async with serving(HERE, example) as port:
            command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={tmp_path}/profile", f"--window-size={width},1600"]
            command += [f"--screenshot={picture}", "--dump-dom", f"http://127.0.0.1:{port}/"]
            ran = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=120, check=True)
            return ran.stdout.decode()

    dom = asyncio.run(seen())
    assert "1 thing to look at" in dom
    assert dom.count("<rect") == 13
    assert "<script>" not in dom
    assert picture.stat().st_size > 10_000


FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
