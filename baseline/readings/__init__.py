"""What hosts say, as concepts: one reading per program and dialect, shared by all kinds that need it.

A reading asks and understands. It judges nothing, mends nothing, and knows no kind.
"""
