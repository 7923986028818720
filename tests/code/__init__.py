"""What holds of the code as text: rooms and what they import, names, and what packages say of themselves.

What is here:

- `index`: The docstring of each package is an index: what is here, one entry for each module, in the module's own
  words.
- `layout`: Where the boxes of a layered picture stand, so that few arrows cross and none runs through a box.
- `picture`: The picture of rooms and arrows in docs/architecture.md, drawn from the imports.
- `rooms`: The rooms of the package, from the lowest to the highest, and what each imports: read from the code.
- `test_classes`: Classes of `baseline.classes` beside those that the standard library makes of the same fields.
- `test_index`: The docstring of every package is an index of what is in it now.
- `test_late`: Packages that import their names late give the same ones to the type checker and to whoever imports them.
- `test_names`: One word for one thing: no name of a class or of a type stands for two things in the package.
- `test_picture`: The picture of the architecture is that of the imports as they are, and can be read.
"""
