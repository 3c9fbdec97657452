"""What other libraries do with the same gradients."""
