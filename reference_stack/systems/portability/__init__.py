"""The number portability gateway: port requests, the partner's answers, the mirror of subscription versions."""
