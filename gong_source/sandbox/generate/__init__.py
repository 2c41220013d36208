"""Makes the company, its customers and their calls from a seed; the same seed and end make the same world."""
