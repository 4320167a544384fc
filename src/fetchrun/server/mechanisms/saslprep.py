"""SASLprep: passwords spelled alike on both sides (RFC 4013)."""

import stringprep
import unicodedata

from fetchrun.pop3.command import InvalidCommand

_PROHIBITED = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def saslprep(text: str) -> str:
    """A user name or password, normalised; letters of a newer Unicode pass. Raises InvalidCommand, without the text."""
    kept = (each for each in text if not stringprep.in_table_b1(each))
    found = unicodedata.normalize("NFKC", "".join(" " if stringprep.in_table_c12(each) else each for each in kept))
    if any(prohibited(each) for each in found for prohibited in _PROHIBITED) or _mixes_directions(found):
        raise InvalidCommand("the user name or the password holds a letter that SCRAM cannot carry (RFC 4013)")
    return found


def _mixes_directions(text: str) -> bool:
    """RFC 3454 §6."""
    if not any(map(stringprep.in_table_d1, text)):
        return False
    ends_right_to_left = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    return any(map(stringprep.in_table_d2, text)) or not ends_right_to_left
