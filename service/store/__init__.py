"""The database: the only room that knows the ORM, and the only one that writes."""
