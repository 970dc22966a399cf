"""The shop under fire: load, SIGKILLs, and a reading of the books afterwards."""
