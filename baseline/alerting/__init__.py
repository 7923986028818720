"""Alerts on change only: what is told, in which words, over which channels, and that it was."""
