"""ARKit weights as FLAME parameters of this head, and back."""
