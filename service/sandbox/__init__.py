"""A Stripe-shaped test gateway: the API, a hosted page, signed webhooks and faults on demand."""

from service.sandbox.app import Sandbox
from service.sandbox.settings import SandboxSettings

__all__ = ["Sandbox", "SandboxSettings"]
