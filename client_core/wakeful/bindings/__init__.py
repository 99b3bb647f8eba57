"""What brings bytes to the core. The core never imports from here."""
