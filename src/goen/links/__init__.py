"""Other systems: files and connectors, each mapped to the verbs of the shop."""
