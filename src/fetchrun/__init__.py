"""fetchrun: downloads over POP3, sorts by a sortlang program, delivers."""
