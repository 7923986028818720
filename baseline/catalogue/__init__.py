"""The baselines that ship with the package: one YAML document each."""
