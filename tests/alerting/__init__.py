"""What is told of a check, in which words, and over which channels."""
