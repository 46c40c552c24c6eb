"""Reports to hand out: one run as a workbook (XLSX), slides (PPTX) or a document (PDF).

The modules:

    content    the views of a run -> what every report says: figures, tables, charts, findings, method
    series     the data of the native charts in slides and workbooks
    wording    the texts of reports
    making     content -> the bytes of a file, by its kind
    workbook   XLSX: typed numbers, one sheet for each table, the plan with formulas
    slides     PPTX: native charts and tables
    document   PDF: tagged for accessibility (PDF/UA-1), with the pictures of the run

No module reads the database or the page: a report is made from the views of one snapshot, in a process of
its own.
"""
