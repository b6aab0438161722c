"""What happens in billing, one file per thing; plain async functions that take the Ports first."""
