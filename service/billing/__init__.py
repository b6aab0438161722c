"""The rules of billing: pure functions over values. Standard library only, no I/O, no clock."""
