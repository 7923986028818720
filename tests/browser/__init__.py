"""Pages as a browser shows them: Chromium, driven by playwright-core, and looked over by axe-core.

What is here:

- `checklist_month`: A month of the daily checklist for the browser: a leap day, faults, missed items and days, a list
  closed late.
- `looking`: Looks at pages, all of them by one start of the browser.
- `month`: A month of checks in a history: hosts fail and are mended, one is not reached for a day, one comes later.
- `pages`: What is shown on the pages that are looked at: a small agency with troubles of every kind.
- `shots`: The pictures of a report in docs/images: `python -m tests.browser.shots`, with Chromium and Node.js.
- `test_checklist`: A month of the daily checklist in a browser: on a desk, on a phone and on one sheet of paper, in
  both languages.
- `test_html`: A report as HTML in a browser: on a desk, on a phone and on paper, light and dark, with and without its
  script.
"""
