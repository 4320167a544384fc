"""Analysis: sets of addresses, and which rule wins in each; exact, with no address left out."""
