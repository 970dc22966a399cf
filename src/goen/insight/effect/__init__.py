"""What a measure changed: arms that chance made are compared, and said with an interval.

Promises: pure functions on arrays, no database, clock or chance; an interval stands beside every
difference; what cannot be known (fewer than ten people, no spread) is said and not guessed. Every
formula's source stands with its function; what the figures mean for a shop is told in
docs/effect.md.
"""
