"""Extensions: distributions and folders of others, what they bring, and what is wrong with some.

What is here:

- `conftest`: Distributions of others, as `pip install` would leave them, and this process as if it had just begun.
- `test_example`: The example of the page on extensions as its users have it: two wheels beside each other, outside a
  checkout.
- `test_folder`: A folder that a person names brings extensions too: its files run here, so nobody else may have written
  them.
- `test_installed`: Extensions that are installed: what they bring is used, and what is wrong with one is told with its
  name.
"""
