"""Recordings of calls: which are wanted, and how one comes into its file."""
