"""The shape of real files: learnt into a profile, generated from it, compared, and watched for drift."""
