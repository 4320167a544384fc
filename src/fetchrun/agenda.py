"""The agenda: whose turn it is, of all accounts of the rules in force."""

import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import replace

from fetchrun.delivery.letter import account_id
from fetchrun.schedule import AHEAD, NEVER_ASKED, Event, History, after, due, forgiven, host_after, kept
from sortlang.program import Program
from sortlang.rules import Account

HOST_SESSIONS = 8
"""So many sessions a host has at a time: providers shut out whoever comes with more."""


class Agenda:
    """Accounts by when they are due, never two of one maildrop at a time. Times are Unix seconds.

    `seed` tells this installation apart from others with the same rules.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._accounts: dict[str, Account] = {}
        self._alike: defaultdict[str, list[str]] = defaultdict(list)
        self._histories: dict[str, History] = {}
        self._hosts: dict[str, History] = {}
        self._busy: set[str] = set()
        self._due: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []
        self._open: Counter[str] = Counter()
        self._queues: defaultdict[str, deque[tuple[float, str]]] = defaultdict(deque)
        self._latest = 0.0

    def follow(self, program: Program, now: float) -> None:
        """These rules count from now on; accounts that they leave as they were keep their history."""
        accounts = {_key(each): each for each in program.accounts}
        self._histories = kept(self._histories, self._accounts, accounts)
        self._accounts = accounts
        self._alike.clear()
        for key, each in accounts.items():
            for shared in (_box(each), _host(each)):
                self._alike[shared].append(key)
        self._due.clear()
        self._queues.clear()
        self._plan(accounts, now)

    def forgive(self, now: float) -> None:
        """Whatever failed is tried again now."""
        self._histories = {key: forgiven(each) for key, each in self._histories.items()}
        self._hosts.clear()
        self._plan(self._accounts, now)

    def take(self, now: float) -> Account | None:
        """The account that has been due for longest; its maildrop is nobody else's until `record`. None: none is."""
        if now < self._latest - AHEAD:  # the clock was set back
            self._plan(self._accounts, now)
        self._latest = now
        while (moment := self.next()) is not None and moment <= now:
            entry = heapq.heappop(self._heap)
            account = self._accounts[entry[1]]
            if self._open[_host(account)] < HOST_SESSIONS:
                return self._taken(account)
            self._queues[_host(account)].append(entry)
        return None

    def _taken(self, account: Account) -> Account:
        self._open[_host(account)] += 1
        self._busy.add(_box(account))
        for key in self._alike[_box(account)]:
            self._due.pop(key, None)
        return account

    def record(self, account: Account, event: Event) -> float | None:
        """A session of the account has ended; when its next one begins, None: not by itself."""
        key, box, host = _key(account), _box(account), _host(account)
        before = self._hosts.get(host, NEVER_ASKED)
        self._hosts[host] = host_after(before, event)
        if self._accounts.get(key) not in (None, account):
            event = replace(event, result="well")  # what failed were settings that are no more
        if key in self._accounts:
            self._histories[key] = after(self._histories.get(key, NEVER_ASKED), event)
        self._busy.discard(box)
        self._leave(host)
        self._plan(
            self._alike[box] if before == self._hosts[host] else {*self._alike[box], *self._alike[host]}, event.ended
        )
        return self._due.get(key)

    def next(self) -> float | None:
        """When the next account is due; None: none is by itself."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def _leave(self, host: str) -> None:
        """Whoever has waited for longest because the host was full is due again."""
        self._open[host] -= 1
        queue = self._queues[host]
        while queue:
            moment, key = queue.popleft()
            if self._due.get(key) == moment:
                heapq.heappush(self._heap, (moment, key))
                return

    def _plan(self, keys: Iterable[str], now: float) -> None:
        for key in keys:
            account = self._accounts[key]
            history, host = self._histories.get(key, NEVER_ASKED), self._hosts.get(_host(account), NEVER_ASKED)
            moment = due(account, history, now, host=host, seed=self._seed)
            self._due.pop(key, None)
            if moment is not None and _box(account) not in self._busy:
                self._due[key] = moment
                heapq.heappush(self._heap, (moment, key))


def _key(account: Account) -> str:
    return f"{_box(account)} {account.name}"


def _box(account: Account) -> str:
    return account_id(account.server, account.user)


def _host(account: Account) -> str:
    return f"{account.server.lower().removesuffix('.')}:{account.port}"
