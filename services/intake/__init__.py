"""Campaign files and sample campaigns -> rows of `campaigns`.

Come in by `import_file` and `create_sample`; behind them are:

    importing    one file, from the first look to the report
    opening      what kind of file it is, and its encoding
    layout       its delimiter, its header, and (columns, deriving) what its columns are
    survey       a first reading of all rows: in which order dates and numbers are written
    records      text -> records with line numbers
    rows         records -> lines for COPY, or why not (dates, numerals, figures, attributes)
    rejects      the file of rows that could not be used
    store        lines for COPY -> `campaigns`
    report       what an import did; remarks: what to know about it
    demo         sample campaigns; sample_channels: the response curves that are true of them
"""

from services.intake.demo import create_sample
from services.intake.importing import import_file
from services.intake.report import ImportReport, Progress

__all__ = ["ImportReport", "Progress", "create_sample", "import_file"]
