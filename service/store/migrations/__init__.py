"""Numbered changes of the database, applied in order under a lock."""
