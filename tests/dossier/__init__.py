"""Dossiers: made of a year that is made up, verified by the verifier that stands alone, forged in every way.

What is here:

- `agency`: One agency over a year that is made up: its history, its register, what was measured, and the dossier of it.
- `conftest`: A dossier that many tests look at: made once.
- `forging`: Dossiers made anew of the files of one, as somebody could who has the key: whatever they change, all hashes
  fit.
- `test_flips`: Every byte of a dossier matters: whichever is changed, the verifier says so, and names the file that it
  is of.
- `test_making`: What lies in a dossier: all of it, the same bytes each time, as other tools read it too.
- `test_verifier`: The verifier stands alone, trusts nothing that a dossier says of itself, and finds what is forged
  with its key.
"""
