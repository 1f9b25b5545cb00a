"""A page of documentation per feed, written from its layout and nothing else."""
