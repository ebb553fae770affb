"""A document's way in: read a file, cut it into blocks, drop the furniture, keep a receipt.

    collecting files, folders and patterns -> each file once, in order
    reading    a file -> a document, by everything below in order
    kinds      which kind of file it is, by its name and by its bytes
    encoding   bytes -> text
    markdown   Markdown source -> blocks
    blocks     plain text -> blocks
    readers    one for each other kind: webpage, pdf (and lines), word, ebook, mail -> extract
    tree       HTML -> what a page shows; archive: ZIP files, opened with limits
    sandbox    a reader in a child process with limits; child is what runs there
    extract    what a reader takes out of a file -> blocks
    furniture  which blocks belong to the page, not to the text, and which are captions
    assembly   blocks -> a document; a dropped block put back
    receipt    what was kept and dropped, and why

Cutting a document into passages is left to `qa.passages`.
"""

from qa.documents.assembly import restore
from qa.documents.collecting import Found, Source, collect, file_path
from qa.documents.reading import clean, read
from qa.documents.receipt import Block, Receipt

__all__ = [
    "Block",
    "Found",
    "Receipt",
    "Source",
    "clean",
    "collect",
    "file_path",
    "read",
    "restore",
]
