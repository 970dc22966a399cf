"""What they bought: one versioned document for every channel."""
