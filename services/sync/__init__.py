"""One sync run: its queue, its steps, its publication."""
