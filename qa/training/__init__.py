"""How the reader's weights were made, from public data: `python -m qa.training`.

Needs the extra `train`; nothing else in the package imports it.
"""
