"""The review page: a small website on this computer where people decide what the reader would not guess.

``server`` listens, ``security`` lets browsers in, ``views`` answers them; ``desk`` holds the results
folder and stores every decision at once, ``queue`` puts doubts in order, ``crops`` makes pictures.
"""

from pipeline.review.page.server import PageServer, Served, serve_page

__all__ = ["PageServer", "Served", "serve_page"]
