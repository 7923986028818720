"""JSON Schemas of documents, judged by a validator that is not ours.

What is here:

- `documents`: Documents as an editor sees them, by PyYAML alone, which passes tags over; and a validator that is not
  ours.
- `test_broken`: Every broken file is refused by its schema, but for those with mistakes that no schema can know of.
- `test_examples`: Every document of the project that loads is one that its schema takes.
- `test_schemas`: Each schema is one of its dialect, and every key in it is told in words, which editors show.
"""
