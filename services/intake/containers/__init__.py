"""Files that hold tables in another form than text -> the text of one table.

opening_tables  from a path to a `TextFile`, whatever the file is
kinds           what a file is, by its first bytes
pieces          the tables of a file as text, and text written row by row
archives        zip archives (and workbooks, which are such archives)
workbooks       XLSX and XLS; sheets: the program that reads them in a process of its own
json_rows       JSON: an array of rows, an object that holds one, JSON lines
markup          HTML tables and XML spreadsheets, often saved as .xls
parquet         Parquet, where pyarrow is installed
choosing        which of several tables are campaign rows
"""

from services.intake.containers.opening_tables import open_table

__all__ = ["open_table"]
