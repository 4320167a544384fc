"""What all tests may use."""

from hypothesis import settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

pytest_plugins = ["dovecot", "peers"]
