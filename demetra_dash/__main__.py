"""`python -m demetra_dash` is the same as `demetra`."""

from demetra_dash.cli import main

main()
