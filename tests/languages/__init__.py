"""Catalogues of translations: made from the sentences in the code, complete, and true to them.

What is here:

- `catalogue`: The catalogues of translations: what the code says is extracted by Babel, and each catalogue brought up
  to date.
- `said`: Sentences that are said in English first and told in another language later: advice, reasons, notices.
- `test_catalogues`: Each catalogue has what the code says, all of it translated, nothing else, and is compiled; its
  sentences fit.
- `test_telling`: What was said in English is found again in a catalogue, and told in another language with its values.
"""
