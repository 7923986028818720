"""Files that people write, as frozen values: baselines, inventories, rosters and registers.

Everything that is wrong in any file given is raised at once, as one `InputError` whose problems each name
file, line and column.
"""

from baseline.load.baselines import Baseline, load_baseline, shipped
from baseline.load.inventory import Inventory, load_inventory
from baseline.load.quota_reports import load_quota_report
from baseline.load.registers import load_register
from baseline.load.rosters import load_roster

__all__ = [
    "Baseline",
    "Inventory",
    "load_baseline",
    "load_inventory",
    "load_quota_report",
    "load_register",
    "load_roster",
    "shipped",
]
