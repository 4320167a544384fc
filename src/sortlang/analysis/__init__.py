"""Analysis: sets of addresses, and which rule wins in each; exact."""
