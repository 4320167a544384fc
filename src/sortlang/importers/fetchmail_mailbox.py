"""One mailbox of a fetchmailrc: an entry, a user, and the defaults."""

from dataclasses import replace

from sortlang.importers.fetchmail_entries import Entry, Option, User
from sortlang.importers.fetchmail_lexis import Token
from sortlang.importers.settings import Text
from sortlang.importers.spelling import host, local


class Mailbox:
    """The options that hold for one mailbox: those of `defaults`, then the server's, then the user's."""

    def __init__(self, entry: Entry, user: User, inherited: list[Entry], sets: list[Option]) -> None:
        self.entry, self.user, self.sets = entry, user, sets
        above = [each for old in inherited for each in (*old.options, *(o for u in old.users for o in u.options))]
        self._options = [*(replace(each, inherited=True) for each in above), *entry.options, *user.options]

    def options(self) -> list[Option]:
        """All of them, in their order."""
        return self._options

    def last(self, name: str) -> Option | None:
        """The option as it was said last."""
        return next((each for each in reversed(self._options) if each.name == name), None)

    def has(self, name: str) -> bool:
        """Whether a switch is on."""
        option = self.last(name)
        return option is not None and not option.off

    def number(self, name: str) -> Text | None:
        """The value of an option that takes one."""
        option = self.last(name)
        return Text(option.values[0].text, option.values[0].span) if option and option.values else None

    def values(self, *names: str) -> list[Token]:
        """The values of all options of these names; of the `defaults` only where the entry says none itself."""
        found = [each for each in self._options if each.name in names and not each.off]
        own = [each for each in found if not each.inherited] or found
        return [value for each in own for value in each.values]

    @property
    def server(self) -> str:
        return self.entry.name.text if self.entry.name else "unknown"

    @property
    def title(self) -> str:
        """What the account is called: the user, with the server behind it unless the user is an address."""
        user = self.user.name.text if self.user.name else "unknown"
        return user if "@" in user else f"{user}@{self.server}"

    @property
    def locals(self) -> list[tuple[Token, Token]]:
        """Names here, each with the name there that stands for it."""
        values = self.values("is", "to")
        pairs: list[tuple[Token, Token]] = []
        place = 0
        while place < len(values):
            mapped = place + 2 < len(values) and values[place + 1].kind == "map"
            if values[place].kind == "text":
                pairs.append((values[place], values[place + 2] if mapped else values[place]))
            place += 3 if mapped else 1
        return pairs

    @property
    def single(self) -> bool:
        """All mail is for one name here, whatever its headers say: no more than one name, and no `*`."""
        names = self.locals
        return len(names) <= 1 and all(there.text != "*" for there, _ in names)

    @property
    def domain(self) -> str:
        """What stands behind the `@` of names here: that of `smtpaddress`, or this machine."""
        said = self.number("smtpaddress")
        return (host(said.text) if said else None) or "localhost"

    def here(self, name: str) -> str:
        """The address that a name here stands for."""
        return name if "@" in name else f"{local(name)}@{self.domain}"
