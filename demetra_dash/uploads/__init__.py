"""Campaign files that arrive over HTTP: received to a private folder, imported in a child process.

folder       the private folder of one upload, and the removal of those that a killed process left behind
receiving    the parts of a multipart body: files are written to that folder, fields are read
jobs         what the child process is asked to do, and its outcome
importer     the child process as the web process sees it: start, progress, outcome
child        the child process itself

The web process never parses a file: a large or hostile one would block its threads, and the parsers load
numpy. Nothing is kept between two requests. A preview and the import after it are two uploads of the same
file, so any web process on any host can answer either of them; the hash that the preview returns shows
whether the file has changed in between.
"""
