"""How Sphinx makes the site. The pages are those of the checkout, at the same places below its sources."""

project = "baseline"
extensions = ["myst_parser"]
root_doc = "index"
html_theme = "furo"
html_title = "baseline"
html_static_path = ["static"]
html_css_files = ["tables.css"]
# Headings have the anchors that GitHub gives them, to the depth that pages link to.
myst_heading_anchors = 4
# The sources of the pages are the checkout's; a copy of each would make the site twice as large.
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
# A summary of each hit would be fetched, which browsers refuse to pages that are files.
html_show_search_summary = False
# Two hyphens stay two: those of an option have to be typed.
smartquotes = False
nitpicky = True
