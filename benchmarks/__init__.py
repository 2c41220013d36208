"""What the connector costs: time, processor, memory and requests, against a Gong API on this machine.

``python -m benchmarks`` runs all measurements, ``python -m benchmarks quota --calls 2000`` one of them. Each prints
what it measured beside its goal, and leaves the same as JSON under ``benchmarks/results/``.
"""
