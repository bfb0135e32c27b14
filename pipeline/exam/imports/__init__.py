"""Other programs' exams become layouts and exam files of ours: pure translation, text and rows in."""

from pipeline.exam.imports.amc import AmcProject, import_amc
from pipeline.exam.imports.amc_rows import (
    AmcAnswer,
    AmcAssociation,
    AmcBox,
    AmcDigit,
    AmcMark,
    AmcPage,
    AmcQuestion,
)
from pipeline.exam.imports.nops import NopsSheet, import_nops
from pipeline.exam.imports.omrchecker import OmrSource, import_omrchecker
from pipeline.exam.imports.records import Imported, ImportedExam, ImportedQuestion, Note
from pipeline.exam.imports.writing import exam_text

__all__ = [
    "AmcAnswer",
    "AmcAssociation",
    "AmcBox",
    "AmcDigit",
    "AmcMark",
    "AmcPage",
    "AmcProject",
    "AmcQuestion",
    "Imported",
    "ImportedExam",
    "ImportedQuestion",
    "NopsSheet",
    "Note",
    "OmrSource",
    "exam_text",
    "import_amc",
    "import_nops",
    "import_omrchecker",
]
