"""Sources that a run reads before it computes: folders, addresses, queries, mailboxes, advertising platforms.

The modules:

    declaring      `sources.toml` -> declared sources, with the line of each mistake (toml_lines)
    values         values of options: texts, durations, sizes; secrets: those from outside of the file
    state          what is known of each source and its files: the tables `sources` and `source_files`
    declarations   the declarations in force, with the last usable ones
    fetching       reading of all due sources side by side, each in a thread
    importing      import of new files, each in one transaction (refusing: why not; temporary: folders)
    recording      writing of the tables: declarations, successes, failures, files
    trial          what a fetch would import
    patterns       paths with wildcards; writers: whether a file is still being written to
    kind           what a type of source declares, and what it gets and returns: options, new files
    kinds          one module for each type, and the registry of them
    platforms      what the readers of advertising platforms share
    web            requests over HTTPS, with limits and without private networks
    calls          a request with its secrets, before it is sent
    connections    connections to checked addresses, cut off at the deadline
    addresses      which IP addresses are refused
    bodies         the content of an answer: unpacked, complete, within a limit
    http_failures  what statuses and the errors of the libraries mean
    databases      connections that read only, and errors of databases without secrets
    queries        checks of a query, and its parameter
    marks          high-water marks
    mailbox        folders of mailboxes over IMAP; attachments: those of a message
    remote         files in places that can be listed; object_stores, sftp: these places
    waiting        calls that may hang
    dated          dates in addresses and paths
    remote_names   names of files that another machine chooses
    failures       errors of sources, with sentences for the admin who declared them
"""
