from cms.kernel import Slice
from cms.schedule.router import router
from cms.schedule.watcher import watching

SLICE = Slice(
    "schedule", "What is published and unpublished by the clock, and when.", router, watching
)
