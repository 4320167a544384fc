"""Marks: what says of bytes, and of JSON arrays in them, what they are."""

MAGIC = b"\x89sortlang\r\n\x1a\n\0\0\0"
"""The first bytes of a table; text cannot begin so, and what mends line ends breaks it."""

VERSION = 3
"""Another one for every change of what the bytes of a table mean that the schema does not show."""

# The number that comes first in a JSON array says what the rest is.

TUPLE, MAPPING, SET = range(3)
"""The elements follow; of a mapping, key and value in turn."""

STORED_TUPLE, STORED_MAPPING, STORED_SET = range(3, 6)
"""They lie apart: offset and number of elements; offset and number of slots, number of the hash, number of elements."""

RECORD, SPAN, MEMO = range(6, 9)
"""An offset · number of the source, start, end · what answers."""

NUMBERS, TEXT, SOURCE, SHARED, PLAIN = range(9, 14)
"""Offset and number of numbers that lie apart · of letters, which are ASCII · number of a source · a RECORD that is
read once · such a one, of a bulk, and the place of a line in it."""

CLASS = 16
"""CLASS + n is the class number n of the schema; what its fields hold follows."""

BIG = 64
"""A collection of so many elements lies apart and is read element by element."""
