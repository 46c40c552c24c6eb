"""The commands of `demetra`: thin entry points that open a database, call the services, and print."""
