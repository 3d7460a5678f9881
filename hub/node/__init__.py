"""A running hub process, put together from settings: which parts, in which order they start and stop."""
