from cms.history.router import router
from cms.history.service import keeping
from cms.kernel import Slice

SLICE = Slice("history", "Every change of every document, and the way back.", router, keeping)
