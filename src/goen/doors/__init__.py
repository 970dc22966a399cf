"""How the world comes in: console, register, API, command line, worker."""
