"""Campaign files and sample campaigns -> rows of `campaigns`.

importing   the entry: `import_file`
opening     what kind of file it is, and its encoding
layout      its delimiter, its header, and (columns, deriving) what its columns are
survey      a first reading of all rows: in which order dates and numbers are written
records     text -> records with line numbers
rows        records -> lines for COPY, or the reason why not (dates, numerals, figures, attributes)
rejects     the file of rows that could not be used
store       lines for COPY -> `campaigns`
report      what an import did; remarks: what to know about it
demo        sample campaigns with known response curves
"""

from services.campaigns.importing import import_file
from services.campaigns.report import ImportReport, Progress

__all__ = ["ImportReport", "Progress", "import_file"]
