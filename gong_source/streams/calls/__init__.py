"""Calls: their listing, their parts, their transcripts, and which are unchanged."""
