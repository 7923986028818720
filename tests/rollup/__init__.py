"""The roll-up: documents of many agencies become one view, and none that proves nothing becomes part of it.

What is here:

- `agencies`: Agencies with reports and keys, as a roll-up gets them: made up, small, and signed by real keys.
- `country`: A small country for pages: an agency in every standing, over three months.
- `test_dossiers`: Dossiers in a roll-up: whole ones are read, and any other is refused by name, whatever it claims to
  be.
- `test_growth`: A roll-up takes work and memory in proportion to what is handed over; `make nation` measures a country.
- `test_halves`: Reports that are half, or none: each is refused with a sentence that says what is wrong.
- `test_page`: The roll-up as a page and as tables: nothing in it that is no good news looks like some.
- `test_standing`: How an agency stands by its documents: nothing that is missing, old, half or unsigned looks like a
  good one.
- `test_streamed`: JSON that is read piece by piece says what `json` says of it, and costs no more than a bound.
"""
