"""Everything a client can reach: the GraphQL schema, its transports, and the pages beside it."""
