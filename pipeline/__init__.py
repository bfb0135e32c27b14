"""scangrade: scanned paper exams become grades."""

__version__ = "0.1.0"
