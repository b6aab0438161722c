"""How often properties are tried: the whole folder runs in about a second."""

from __future__ import annotations

from hypothesis import settings

# No deadline: how long one example takes says more about the machine than about the rule.
settings.register_profile("billing", deadline=None, max_examples=20)
settings.load_profile("billing")
