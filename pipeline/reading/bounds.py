"""How large a scan may be: every bound that is checked before anything is decoded, with its reason.

A scan comes from anywhere: a mail, a phone, a student. Each bound lies well above what paper and
scanners give, and low enough that one page fits into the memory and the patience of a worker.
"""

MAX_FILE_BYTES = 8_000_000_000
"""Largest scan file: 20,000 pages of 400 kB, which is A4 in colour at 300 dpi."""
MAX_JPEG_BYTES = 300_000_000
"""Largest JPEG, which is read into memory as a whole: 150 million pixels of two bytes each."""
MAX_PAGES = 20_000
"""Most pages of one file: 40 hours of an office scanner. A list of a million pages would fill the
memory before the first page is read."""

# --- pictures ------------------------------------------------------------------------------------

MAX_PIXELS = 150_000_000
"""Most pixels that a page may have: A3 at 600 dpi has 70 million."""
MAX_SIDE = 30_000
"""Longest side of a page, px: three metres of paper at 254 dpi."""
MIN_SIDE = 16
"""Shortest side of a page, px."""
MAX_SCANNED_PIXELS = 2_000_000_000
"""Most pixels that a JPEG's scans may go over, all together. A progressive JPEG goes over its
picture about ten times; a hostile one a thousand times, from a file of a few kilobytes."""
MAX_DIRECTORY_BYTES = 256_000_000
"""Most bytes that the page directories of a TIFF may take: each of 20,000 pages may have 1,500 strips.
Directories may share their tables, so that a small file lets each of its pages read a large one."""

# --- PDF -----------------------------------------------------------------------------------------

MAX_POINTS = 72.0 * 48.0
"""Longest side of a PDF page, in points: A0 has 47 inches. The format allows 14,400 points."""
MAX_PAGE_TREE = 2 * MAX_PAGES
"""Most entries of a PDF's page tree, its inner nodes included."""
MAX_NESTING = 100
"""Deepest nesting of arrays and dictionaries in a PDF; real ones stay below ten."""
MAX_UNPACKED = 64_000_000
"""Most bytes that a compressed stream of a PDF may become where it holds objects or drawing
instructions: three million objects, or more instructions than any drawing program writes."""
MAX_INTERPRETED = 2_000_000
"""Most bytes of drawing instructions that are looked through for a page's only image: the text
layer of a newspaper page has half of that. A page with more is drawn."""
MAX_OPERATORS = 200_000
"""Most drawing instructions that are looked at on one page, those of its forms included: a form that
draws a form ten times, that draws a form ten times, ends here."""
MAX_IMAGES = 64
"""Most images of a page that are looked at one by one; scanners cut a page into ten or twenty strips."""
MAX_LZW_BYTES = 16_000
"""Longest LZW stream of drawing instructions: unlike Flate it cannot be unpacked with a limit, and it
may grow 2,700 times."""
DRAWING_SECONDS = 40
"""Longest time for drawing one page: less than the time for the whole page, so that the reason can be
told. An ordinary page takes less than a second."""
