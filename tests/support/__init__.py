"""Helpers of the tests: builders that use the product's own workflows."""
