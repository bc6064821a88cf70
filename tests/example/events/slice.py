from cms.documents import DocumentType, register
from cms.events.model import Event
from cms.events.router import router
from cms.events.schema import EventRead, EventWrite
from cms.kernel import Slice

SLICE = Slice("events", "Where to meet us.", router)

register(DocumentType("events", Event, EventWrite, EventRead))
