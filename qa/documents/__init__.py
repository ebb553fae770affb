"""A document's way in: read a file, cut it into blocks, drop the furniture, keep a receipt.

    reading    bytes of a file or a folder -> text, and everything below in order
    markdown   Markdown source -> blocks
    blocks     plain text -> blocks
    furniture  which blocks belong to the page, not to the text, and which are captions
    receipt    what was kept and dropped, and why

Cutting a document into passages is left to `qa.passages`.
"""

from qa.documents.reading import clean, collect, read
from qa.documents.receipt import Block, Receipt

__all__ = ["Block", "Receipt", "clean", "collect", "read"]
