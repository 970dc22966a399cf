"""What they did: for now, why they bought."""
