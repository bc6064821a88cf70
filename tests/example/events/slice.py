from cms.events.router import router
from cms.kernel.slices import Slice

SLICE = Slice("events", "Where to meet us.", router)
