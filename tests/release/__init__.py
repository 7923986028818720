"""What is published of a commit: the Debian package, the list of parts, and the release as a whole."""
