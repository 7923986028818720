"""Alerts on change only: what is told, in which words, over which channels, and that it was.

What is here:

- `deciding`: What is told of a look, and what is remembered of it: alerts on change only. Pure.
- `delivering`: What waits for each channel is sent, all channels at once, each in bounded time; what was delivered is
  noted.
- `failing`: That a message did not go out.
- `kept`: What is kept of alerts from one check to the next: what was told, and what waits for each channel.
- `mailing`: A message as a mail, by SMTP.
- `posting`: A request by HTTPS. No redirect is followed, no proxy is used, and of the answer the first line counts.
- `remembered`: What is remembered of each control and host from one check to the next, so that only a change is told.
  Pure.
- `sending`: A message over one channel: into a file, to a command, by mail or by HTTPS. What goes wrong is a sentence.
- `standings`: What alerts are decided on: where each control and each host stands in a run. Pure.
- `telling`: A check is told: what is new is decided, kept, and sent, in this order, so that a run that dies tells it
  later.
- `trusting`: Whose certificates are trusted where messages go out, and how a server that does not end is cut off.
- `wording`: The message that alerts make: plain words, bounded, without secrets and without anything that steers. Pure.
"""
