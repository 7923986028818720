"""Catalogues of translations: made from the sentences in the code, complete, and true to them.

What is here:

- `catalogue`: The catalogues of translations: what the code says is extracted by Babel, and each catalogue brought up
  to date.
- `test_catalogues`: Each catalogue has what the code says, all of it translated, nothing else, and is compiled; its
  sentences fit.
"""
