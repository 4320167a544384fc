"""The sections of a getmailrc, as Python's RawConfigParser reads them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sortlang.diagnostic import Diagnostic
from sortlang.frozen import frozen
from sortlang.importers.draft import unread
from sortlang.importers.settings import Text
from sortlang.importers.spelling import cited
from sortlang.source import Source, Span

_HEADER = re.compile(r"\[(?P<name>[^\]\n]+)\]")
_KEY = re.compile(r"(?P<key>[^\s:=#;][^:=\n]*?)[ \t]*[:=][ \t]*(?P<value>[^\n]*)")


@dataclass(slots=True)
class Section:
    """`[name]` and its values, keys in lower case; a value's text has its lines joined by line ends."""

    name: Text
    values: dict[str, tuple[Text, Text]] = field(default_factory=dict)

    def get(self, key: str) -> Text | None:
        """What a key says, without white space around it; nothing when it is empty."""
        found = self.values.get(key)
        return found[1] if found and found[1].text else None


@frozen
class Ini:
    """The sections by name, and what could not be read."""

    sections: Mapping[str, Section]
    found: tuple[Diagnostic, ...]


def ini(source: Source) -> Ini:
    """The sections of a text; total."""
    sections: dict[str, Section] = {}
    found: list[Diagnostic] = []
    section: Section | None = None
    key = ""
    ends: dict[tuple[str, str], int] = {}
    for start, line in _lines(source.text):
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        if line[0] in " \t" and section and key:
            ends[section.name.text, key] = start + len(line.rstrip())
        elif header := _HEADER.match(line):
            section = sections.setdefault(
                header["name"], Section(Text(header["name"], _at(source, start, header.end())))
            )
            key = ""
        elif section is not None and (said := _KEY.match(line.rstrip())):
            key = said["key"].strip().lower()
            ends.pop((section.name.text, key), None)
            section.values[key] = (_text(source, start, said, "key"), _text(source, start, said, "value"))
        else:
            found.append(unread(_at(source, start, len(line.rstrip())), f"{cited(line)} is no setting"))
    for (name, key), end in ends.items():
        _more(source, sections[name], key, end)
    return Ini(sections, tuple(found))


def _lines(text: str) -> list[tuple[int, str]]:
    starts, place = [], 0
    for line in text.split("\n"):
        starts.append((place, line))
        place += len(line) + 1
    return starts


def _at(source: Source, start: int, length: int) -> Span:
    return Span(source, start, start + length)


def _text(source: Source, start: int, match: re.Match[str], group: str) -> Text:
    return Text(match[group].strip(), Span(source, start + match.start(group), start + match.end(group)))


def _more(source: Source, section: Section, key: str, end: int) -> None:
    """Lines further in belong to the value above; comment lines within stay, for Python takes `#` as we do."""
    word, value = section.values[key]
    span = Span(source, value.span.start, end)
    section.values[key] = (word, Text(re.sub(r"(?m)^\s*;.*$", "", span.text).strip(), span))
