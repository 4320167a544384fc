"""What all tests may use."""

import os

from hypothesis import settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("patient", deadline=None)

# The same examples every time: a change is red or green by its own merit. `make explore` looks for new ones.
settings.register_profile("settled", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or "settled")

pytest_plugins = ["dovecot", "peers"]
