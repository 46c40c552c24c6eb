"""Reading and writing what runs have published."""
