"""What it means: the lake, the metric registry, who bought it, lifetime value."""
