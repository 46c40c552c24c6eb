"""Sources that a run reads before it computes: folders, addresses, queries, mailboxes, advertising platforms.

The modules:

    declaring    `sources.toml` -> declared sources, with the line of each mistake (secrets)
    kind         what a type of source declares, and what it gets and returns: options, new files
    kinds        one module for each type, and the registry of them
    fetching     reading of all due sources side by side, each new file as one import
    state        what is known of each source and its files: the tables `sources` and `source_files`
    web          requests over HTTPS, with limits and without private networks
    failures     errors of sources, with sentences for the admin who declared them
"""
