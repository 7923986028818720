"""The baselines that the extension brings."""
