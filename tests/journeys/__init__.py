"""An admin's walks over hosts that were configured by hand before, as pages that are played; mail flows all along.

What is here:

- `by_hand`: Brings up three lab hosts and configures them as their admin did by hand, with the scripts that lie beside
  this.
- `mail`: Three hosts as those see them who send and read mail there, and as their admin sees what is his own.
- `test_first_hour`: The first hour, typed on hosts that were configured by hand; after each step mail flows as before.
- `trees`: The files of hosts that a way back to the beginning leads back to.
"""
