"""Text to Tree and back: the only rooms that know Lark."""
