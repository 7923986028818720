"""The templates that the extension brings."""
