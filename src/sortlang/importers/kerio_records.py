"""Records of Kerio Connect, accounts and rules: XML, JSON or CSV."""

import csv
import html
import re
from collections.abc import Iterator, Mapping

from sortlang.frozen import frozen
from sortlang.importers.settings import Text
from sortlang.source import Source, Span

_TAG = re.compile(r"<!--.*?-->|<(?P<end>/?)(?P<tag>list|listitem|table|variable)\b(?P<rest>[^<>]*)>", re.DOTALL)
_NAME = re.compile(r"""\bname\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_JSON = re.compile(
    r'[ \t\n,:]+|(?P<mark>[{}\[\]])|(?P<string>"(?:[^"\\]|\\.)*+")|(?P<word>[^\s{}\[\],:"]+)|(?P<junk>")', re.DOTALL
)
_JSON_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_SECRET_XML = re.compile(r"""(?i)(<variable\s[^<>]*name\s*=\s*["'][^"'<>]*pass[^"'<>]*["'][^<>]*>)([^<]*)""")
_SECRET_JSON = re.compile(r'(?i)("[^"\n]*pass[^"\n]*"\s*:\s*")((?:[^"\\]|\\.)*+)')


@frozen
class Record:
    """One account or rule: what it says by key, lower-case letters and digits alone; `span` is where it begins.

    `group` is the name of the list it stands in, where lists have names.
    """

    values: Mapping[str, tuple[Text, Text]]
    span: Span
    group: str = ""

    def get(self, *keys: str) -> Text | None:
        """What the first of the keys says that is there; nothing when it is empty."""
        found = next((self.values[each][1] for each in keys if each in self.values), None)
        return found if found and found.text else None


def hidden(text: str) -> str:
    """The text with `*` for every password."""
    text = _SECRET_XML.sub(lambda match: match[1] + re.sub(r"[^\n]", "*", match[2]), text)
    return _SECRET_JSON.sub(lambda match: match[1] + re.sub(r"[^\n]", "*", match[2]), text)


def records(source: Source) -> Iterator[Record]:
    """The records of a file, of whatever kind it is; total."""
    start = source.text.lstrip()[:1]
    if start == "<":
        return _xml(source)
    return _json(source) if start in ("{", "[") else _csv(source)


def key(name: str) -> str:
    """A name as it is compared: `Sort address`, `SortAddress` and `sort_address` are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _xml(source: Source) -> Iterator[Record]:
    """`<listitem>`s with their `<variable name="…">` values; those of lists within belong to the item as well."""
    values: dict[str, tuple[Text, Text]] = {}
    begin: Span | None = None
    depth, group = 0, ""
    open_: tuple[str, Span, int] | None = None
    for match in _TAG.finditer(source.text):
        if match["tag"] == "list" and depth == 0:
            name = _NAME.search(match["rest"])
            group = "" if match["end"] or not name else name[1] or name[2] or ""
        elif match["tag"] == "listitem":
            depth += -1 if match["end"] else 1
            if depth == 1 and not match["end"]:
                values, begin = {}, Span(source, *match.span())
            elif depth <= 0 and begin:
                yield Record(values, begin, group)
                begin, depth = None, 0
        elif match["tag"] == "variable" and not match["end"] and not match["rest"].endswith("/"):
            name = _NAME.search(match["rest"])
            open_ = (name[1] or name[2] or "", Span(source, *match.span()), match.end()) if name else None
        elif match["tag"] == "variable" and open_:
            said = html.unescape(source.text[open_[2] : match.start()]).strip()
            value = Text(said, Span(source, open_[2], max(open_[2], match.start())))
            values.setdefault(key(open_[0]), (Text(open_[0], open_[1]), value))
            open_ = None


def _json(source: Source) -> Iterator[Record]:
    """Objects with a server or a sort address; objects within one are spread out: `leaveOnServer.enabled`."""
    stack: list[tuple[str, str, dict[str, tuple[Text, Text]], Span]] = []
    said: Text | None = None
    for match in _JSON.finditer(source.text):
        mark, span = match["mark"], Span(source, *match.span())
        if mark and mark in "{[":
            prefix = f"{said.text}." if said and mark == "{" else ""
            stack.append((mark, prefix, {}, span))
            said = None
        elif mark and stack:
            opened, prefix, values, begin = stack.pop()
            said = None
            if opened == "{" and _is_record(values):
                yield Record(values, begin)
            elif opened == "{" and stack and prefix:
                for name, value in values.values():
                    full = Text(prefix + name.text, name.span)
                    stack[-1][2].setdefault(key(full.text), (full, value))
        elif match["string"] or match["word"]:
            text = Text(_unescaped(match.group()), span)
            if said is None and stack and stack[-1][0] == "{":
                said = text
            elif said and stack:
                stack[-1][2].setdefault(key(said.text), (said, text))
                said = None


def _is_record(values: Mapping[str, object]) -> bool:
    return "sortaddress" in values or ("server" in values and "username" in values)


def _unescaped(word: str) -> str:
    if not word.startswith('"'):
        return "" if word == "null" else word
    return _JSON_ESCAPE.sub(_letter, word[1:-1])


def _letter(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}.get(match[2], match[2])


def _csv(source: Source) -> Iterator[Record]:
    """`sort address,deliver to,description,active`; a line of headings says another order, a `;` or tab will do."""
    heads = ["sortaddress", "deliverto", "description", "active"]
    place = 0
    delimiter = max(",;\t", key=source.text[:2000].count)
    for number, line in enumerate(source.text.split("\n")):
        span = Span(source, place, place + len(line))
        place += len(line) + 1
        cells = _cells(line, delimiter)
        if not any(cells) or line.startswith("#"):
            continue
        named = [_HEADS.get(key(each), key(each)) for each in cells]
        if number == 0 and "sortaddress" in named:
            heads = named
            continue
        yield Record(
            {head: (Text(head, span), Text(cell, span)) for head, cell in zip(heads, cells, strict=False)}, span
        )


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [each.strip() for row in csv.reader([line], delimiter=delimiter) for each in row]
    except csv.Error:
        return []


_HEADS = {"address": "sortaddress", "pattern": "sortaddress", "deliver": "deliverto", "target": "deliverto"} | {
    "to": "deliverto",
    "enabled": "active",
    "comment": "description",
}
