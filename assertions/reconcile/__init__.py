"""`reconcile`: rules across systems, each a query that returns the rows on which the systems disagree.

A rules file is data (`*.rules.yaml`): a carrier writes its own for its own tables. Every rule answers a column
`correlation_id`, by which a journey asks for its own rows only, or says `scope: global`.
"""

from ringback.assertions.reconcile.probe import ReconcileProbe

__all__ = ["ReconcileProbe"]
