"""Reports: one way to show findings in each file."""
