"""What was seen, as ARKit weights of this person, and what is known of the person: rest, range, identity."""
