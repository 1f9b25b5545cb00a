"""SIMs: the vendor's batches of cards, and eSIM profiles ordered from an SM-DP+ over ES2+."""
