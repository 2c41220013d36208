"""What a destination is told and asked: dialects, queries and statements, DuckDB's load."""
