"""Dossiers: made of a year that is made up, verified by the verifier that stands alone, forged in every way.

What is here:

- `agency`: One agency over a year that is made up: its history, its register, what was measured, and the dossier of it.
- `conftest`: A dossier that many tests look at: made once.
- `forging`: Dossiers made anew of the files of one, as somebody could who has the key: whatever they change, all hashes
  fit.
- `test_act854`: Act 854, as this project reads it: what counts, when the next one is due, and what was late.
- `test_flips`: Every byte of a dossier matters: whichever is changed, the verifier says so, and names the file that it
  is of.
- `test_making`: What lies in a dossier: all of it, the same bytes each time, as other tools read it too.
- `test_pruned`: Runs that were pruned are told as lacking, and what is left of the history is verified.
- `test_read_by_others`: What a dossier has for tools of assessors is read by them: OSCAL by compliance-trestle, HDF by
  Heimdall.
- `test_verifier`: The verifier stands alone, trusts nothing that a dossier says of itself, and finds what is forged
  with its key.
- `test_year`: The year of the agency as a check judges its register: what is wanting in it is seen, on the day it is.
"""
