"""Likeness: which domains a reader may take for each other."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

SHORTEST = 5
"""Letters of a label that a slip may be looked for in; shorter ones are too often alike by right."""

# Letters that look like ASCII ones, after the confusables of UTS 39 as far as domains hold them.
_LIKE = str.maketrans("аеорсухіјѕһԁԛԝкмтвнгɑοανρικτυ01ıéèáàóòíìúùñç", "aeopcyxijshdqwkmtbhraoavpiktuolieeaaooiiuunc")
_TYPED = {
    "com": ("con", "cmo", "ocm", "comm", "co", "cm", "om", "vom", "xom"),
    "org": ("ogr", "rog", "orgg"),
    "net": ("ent", "nte", "nett"),
}
_LETTERS = dict.fromkeys(range(ord("a"), ord("z") + 1))
"""Taken out of a label, they leave what no slip changes: its digits and signs in their order."""

_TOGETHER = ({"HIRAGANA", "KATAKANA", "CJK"}, {"HANGUL", "CJK"}, {"BOPOMOFO", "CJK"})
"""Scripts that one language writes side by side (UTS 39 §5.2)."""


def twins(domains: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs that look alike or differ by a slip. Three or more of a kind are meant so: `shop-a`, `shop-b`, `shop-c`."""
    known = sorted(set(domains))
    pairs = {*_drawn_alike(known), *_slips(known), *_last_labels(known)}
    partners: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        partners[one].add(other)
        partners[other].add(one)
    alone = (pair for pair in sorted(pairs) if all(len(partners[each]) == 1 for each in pair))
    return (pair for pair in alone if not _follows(pair, pairs))


def mixed_scripts(label: str) -> bool:
    """Whether an A-label spells letters of scripts that no language mixes."""
    if not label.startswith("xn--"):
        return False
    named = (unicodedata.name(each, "").split(" ")[0].split("-")[0] for each in readable(label) if each.isalpha())
    scripts = set(named)
    return len(scripts) > 1 and not any(scripts - {"LATIN"} <= each for each in _TOGETHER)


@lru_cache(maxsize=4096)
def readable(domain: str) -> str:
    """A-labels as people read them; what is none stays as it is."""
    return ".".join(map(_decoded, domain.split("."))) if "xn--" in domain else domain


def _decoded(label: str) -> str:
    import idna  # its tables take a while, and most domains are ASCII

    try:
        return idna.ulabel(label) if label.startswith("xn--") else label
    except (idna.IDNAError, UnicodeError):
        return label


def _drawn_alike(domains: list[str]) -> Iterator[tuple[str, str]]:
    """Those that are one and the same when letters that look alike are taken for each other."""
    drawn: defaultdict[str, list[str]] = defaultdict(list)
    for each in domains:
        drawn[readable(each).translate(_LIKE).replace("rn", "m").replace("vv", "w")].append(each)
    return ((one, other) for group in drawn.values() for at, one in enumerate(group) for other in group[at + 1 :])


def _slips(domains: list[str]) -> Iterator[tuple[str, str]]:
    """Those whose first labels are one slip apart and whose others are equal: they share a text, a letter taken out."""
    split = ((each, *each.partition(".")[::2]) for each in domains)
    labels = [(each, label, rest) for each, label, rest in split if len(label) >= SHORTEST and label[:4] != "xn--"]
    firm = Counter((label.translate(_LETTERS), rest) for _, label, rest in labels)
    shorter: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    others: list[tuple[str, str]] = []
    for each, label, rest in labels:
        if firm[label.translate(_LETTERS), rest] == 1:
            others.append((label, rest))
        else:
            for key in _shorter(label, rest):
                shorter[key].append(each)
    pairs = {key: (group[0], group[1]) for key, group in shorter.items() if len(group) == 2 and _is_pair(*group)}
    if pairs:
        for label, rest in others:
            for key in _shorter(label, rest):
                pairs.pop(key, None)  # a third one of the kind
    return iter(pairs.values())


def _shorter(label: str, rest: str) -> set[tuple[str, str]]:
    """The label with a letter taken out, any or none."""
    return {(label, rest), *((label[:at] + label[at + 1 :], rest) for at in range(len(label)))}


def _is_pair(one: str, other: str) -> bool:
    return is_slip(one.partition(".")[0], other.partition(".")[0])


def _last_labels(domains: list[str]) -> Iterator[tuple[str, str]]:
    """`example.con` beside `example.com`."""
    known = set(domains)
    for each in domains:
        head, _, last = each.rpartition(".")
        for typed in _TYPED.get(last, ()):
            if head and f"{head}.{typed}" in known:
                yield min(each, f"{head}.{typed}"), max(each, f"{head}.{typed}")


def is_slip(one: str, other: str) -> bool:
    """One letter more, one less, another one, or two exchanged; digits are counted on purpose."""
    if len(one) > len(other):
        one, other = other, one
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :] and other[start].isalpha()
    if one[start + 1 :] == other[start + 1 :]:
        return one[start : start + 1].isalpha() and other[start : start + 1].isalpha()
    exchanged = other[start : start + 2][::-1]
    return exchanged.isalpha() and one[start:] == exchanged + other[start + 2 :]


def _follows(pair: tuple[str, str], pairs: set[tuple[str, str]]) -> bool:
    """Whether the pair is alike only because the domains above it are: `mail.exmaple.com`."""
    above = [each.partition(".")[2] for each in pair]
    return (min(above), max(above)) in pairs
