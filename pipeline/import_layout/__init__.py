"""Other programs' exams, read from their folders and databases, become files of ours."""

from pipeline.import_layout.amc import AmcSettings, import_amc_project
from pipeline.import_layout.nops import NopsSettings, import_nops_sheets
from pipeline.import_layout.omrchecker import OmrSettings, import_omrchecker_folder
from pipeline.import_layout.output import ImportReport

__all__ = [
    "AmcSettings",
    "ImportReport",
    "NopsSettings",
    "OmrSettings",
    "import_amc_project",
    "import_nops_sheets",
    "import_omrchecker_folder",
]
