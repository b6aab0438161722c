"""The world: what implements the ports. Only the composition root imports this package."""
