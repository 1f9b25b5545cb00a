"""Every table of the stack, an area in each module."""

from ringback.reference_stack.schema.assurance import *  # noqa: F403
from ringback.reference_stack.schema.billing import *  # noqa: F403
from ringback.reference_stack.schema.catalogue import *  # noqa: F403
from ringback.reference_stack.schema.columns import METADATA as METADATA
from ringback.reference_stack.schema.customers import *  # noqa: F403
from ringback.reference_stack.schema.fulfilment import *  # noqa: F403
from ringback.reference_stack.schema.network import *  # noqa: F403
from ringback.reference_stack.schema.ordering import *  # noqa: F403
from ringback.reference_stack.schema.partners import *  # noqa: F403
from ringback.reference_stack.schema.running import *  # noqa: F403
from ringback.reference_stack.schema.workforce import *  # noqa: F403
