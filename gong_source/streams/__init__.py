"""What is read of Gong and how: every stream, the ways of reading, their state."""
