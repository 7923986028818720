"""What is published of a commit: the Debian package, the list of parts, and the release as a whole.

What is here:

- `__main__`: Makes a release of what is checked out: version, changelog, commit, tag, and all files of it, signed, in
  dist/.
- `bill`: The list of parts of a release (SBOM) in the form of CycloneDX: each distribution, its licence, and who needs
  it.
- `building`: Builds all files of a release of this checkout, which `sealing` signs.
- `clean_root`: A clean machine of a Debian release to build packages in: made by mmdebstrap, entered without a network.
- `conftest`: The machine that packages are built in, the packages of this checkout, and a clone to release from.
- `debian`: Builds the Debian package of this checkout in a clean machine of Debian 13 without a network; lintian reads
  it.
- `notes`: The version and the changelog of a release, as texts.
- `parts`: What the package needs of others, in the very versions that its tests were run with.
- `sealing`: Checksums of all files of a release, and the signatures that go with them.
- `test_container`: The container file: what a linter says of it, and an image that is built of it and used.
- `test_goes_on`: A site that was made with 0.1.0 goes on with this version: its files, what its hosts keep, and its
  reports.
- `test_installed`: The Debian package as a new user has it: on a lab host of Debian 13 that has nothing, with another
  one to check.
- `test_notes`: The version and the changelog of a release: what is unreleased gets a heading, and nothing else changes.
- `test_packages`: What the Debian package says of itself agrees with what the program says and does.
- `test_release`: A release is made of a clone, up to where it would be sent somewhere: whole, or not at all.
"""
