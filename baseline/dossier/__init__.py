"""Dossiers: what was found in a time, with all that proves it, as one signed file that an assessor takes away.

What is here:

- `act854`: Act 854 of Malaysia (Cyber Security Act 2024) as this project reads it: a risk assessment a year, an audit
  in two.
- `attested`: The register of evidence in a dossier: its records, what each is worth at the end, and the documents at
  hand.
- `kept`: The history in a dossier: its rows and contents as lines of JSON, and what clauses came to in each run.
- `making`: Putting a dossier together: what was found in a time, with all that proves it, signed.
- `packing`: The zip of a dossier: the same bytes for the same files, none of which can be changed unseen.
- `reported`: Reports in a dossier: the last look by each baseline in every form, and the baselines themselves.
- `verify_dossier`: Verifies a dossier by itself: `python3 verify_dossier.py DOSSIER.zip --signers FILE`. Needs no
  network.
"""
