"""Dossiers: what was found in a time, with all that proves it, as one signed file that an assessor takes away.

What is here:
"""
