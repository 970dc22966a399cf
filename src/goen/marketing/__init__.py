"""What we say, to whom, why, and what came of it: measures, segments, lists, mail, proposals."""
