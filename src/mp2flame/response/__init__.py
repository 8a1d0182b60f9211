"""What was seen, as ARKit weights of this person."""
