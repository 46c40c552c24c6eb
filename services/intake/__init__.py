"""Campaign files and sample campaigns -> rows of `campaigns`.

The public functions are `import_file` and `create_sample`. The modules:

    importing    import of one file, from the first reading to the report
    containers   workbooks, archives, JSON and the like -> the text of one table (spool: temporary content)
    opening      compression and encoding of a text
    layout       delimiter, header and columns (columns, deriving)
    survey       first reading of all rows: order of dates, format of numbers
    records      text -> records with line numbers
    rows         records -> lines for COPY, or reasons for rejection (dates, numerals, figures, attributes)
    rejects      the file of rejected rows
    store        lines for COPY -> `campaigns`
    report       result of an import; remarks: its remarks
    demo         sample campaigns; sample_channels: their true response curves
"""

from services.intake.demo import create_sample
from services.intake.importing import import_file
from services.intake.report import ImportReport, Progress, Remark

__all__ = ["ImportReport", "Progress", "Remark", "create_sample", "import_file"]
