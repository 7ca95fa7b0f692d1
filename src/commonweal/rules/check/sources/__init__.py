"""Where responses come from, one file for each."""
