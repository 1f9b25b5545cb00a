"""What goes wrong with feeds in production: forty anomalies, to be put into files and series of any layout."""

from ringback.synthetic_partners.anomalies.asking import Asked, asked
from ringback.synthetic_partners.anomalies.injection import deliveries, inject
from ringback.synthetic_partners.anomalies.series import Delivery
from ringback.synthetic_partners.anomalies.table import ANOMALIES, Anomaly

__all__ = ["ANOMALIES", "Anomaly", "Asked", "Delivery", "asked", "deliveries", "inject"]
