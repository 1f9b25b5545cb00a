"""Assurance (TMF621, TMF642, TMF656): alarms, the problems behind them, the tickets of those whom they hit."""

from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.systems.assurance.alarm_tasks import ALARM_TASKS
from ringback.reference_stack.systems.assurance.alarms import ALARM
from ringback.reference_stack.systems.assurance.problem_tasks import PROBLEM_TASKS
from ringback.reference_stack.systems.assurance.problems import EVENT_RECORD, PROBLEM
from ringback.reference_stack.systems.assurance.service_tests import get_test, list_tests, post_test
from ringback.reference_stack.systems.assurance.tickets import TICKET
from ringback.reference_stack.systems.assurance.workflow import start

SYSTEM = System(
    id="assurance",
    prefix="asr_",
    base="/assurance/v1",
    resources=(TICKET, ALARM, *ALARM_TASKS, PROBLEM, EVENT_RECORD, *PROBLEM_TASKS),
    routes=(
        route("POST", "/service-tests", post_test),
        route("GET", "/service-tests", list_tests),
        route("GET", "/service-tests/{id}", get_test),
    ),
    start=start,
)
