"""Import: a foreign configuration → a rules file, and what changes."""

from sortlang.diagnostic import Diagnostics, in_order
from sortlang.importers import fetchmail, fetchmail_lexis, getmail, kerio, kerio_records, mpop
from sortlang.importers.draft import findings, settled
from sortlang.importers.importer import Importer
from sortlang.importers.page import page
from sortlang.importers.spelling import printable
from sortlang.source import Source

IMPORTERS = (
    Importer("kerio", "a Kerio Connect configuration", kerio_records.hidden, kerio.read),
    Importer("fetchmail", "fetchmailrc", fetchmail_lexis.hidden, fetchmail.read),
    Importer("getmail", "getmailrc", getmail.hidden, getmail.read),
    Importer("mpop", "mpoprc", mpop.hidden, mpop.read),
)

BY_NAME = {each.name: each for each in IMPORTERS}


def import_(kind: str, source: Source) -> tuple[str, Diagnostics]:
    """The text of a rules file, and a finding for each thing that means something else in it or is left out.

    `kind` is a name of BY_NAME. The text is whole and without errors for any source; an error among the findings says
    that something in the source was not understood. No password of the source is in either.
    """
    importer = BY_NAME[kind]
    shown = Source(source.name, importer.hide(_cleaned(source.text)))
    draft = settled(importer.read(shown))
    title = f"Imported from {importer.title} {printable(source.name)}. `line N` is a line of that file: what is said of"
    return page(draft, f"{title} it means something else here, or has no counterpart."), in_order(findings(draft))


def decoded(content: bytes) -> str:
    """The text of a file: UTF-8 or UTF-16 by its mark, else UTF-8, else Latin-1; never raises."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _cleaned(text: str) -> str:
    """Lines by LF, without characters that cannot be seen."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("\t".join(map(printable, each.split("\t"))) for each in lines)
