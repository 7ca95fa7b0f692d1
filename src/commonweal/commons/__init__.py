"""The commons: what is in it and by which rule, who decided so, and what works add to it."""
