"""A picture in; which face, what it shows and where the head is, out."""
