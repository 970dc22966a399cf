"""Work behind the pages: delivering notices, loading files, analysing."""
