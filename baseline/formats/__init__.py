"""The configuration languages of the programs: read and edited as text, without the programs."""
