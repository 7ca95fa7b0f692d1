"""The checker: what a site's signals say, where they contradict each other, what they fail to protect.

`check` reads a folder, saved responses, a live site, or a file of terms, and returns a `Report`.
"""

from commonweal.rules.check.checking import Report, check
from commonweal.rules.check.collect import Limits
from commonweal.rules.check.findings import Finding
from commonweal.rules.check.lints.commons import Breach, breaches

__all__ = ["Breach", "Finding", "Limits", "Report", "breaches", "check"]
