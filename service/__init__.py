"""Paidup: billing with a status you can trust."""

__version__ = "0.1.0"
