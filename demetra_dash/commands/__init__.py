"""The commands of `demetra`: thin entry points that open a database, ask, and print."""
