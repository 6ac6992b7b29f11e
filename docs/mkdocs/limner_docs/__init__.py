"""The reference part of the documentation, made from the code: nothing in it is written twice.

* :mod:`limner_docs.docstrings`: a docstring as Markdown.
* :mod:`limner_docs.objects`: a class, a function or a value, with its signature and what is said of it.
* :mod:`limner_docs.declarations`: what a provider declares, as tables.
* :mod:`limner_docs.matrix`: the same across all providers: who takes what.
* :mod:`limner_docs.pages`: the pages, by path.
"""
