"""The documentation as a site, to be read and searched where there is no network.

What is here:

- `build`: Builds the site of the documentation.
- `conf`: How Sphinx makes the site. The pages are those of the checkout, at the same places below its sources.
- `test_site`: The site has every page, and finds what somebody looks for, in a browser without a network.
"""
