from cms.identity.router import router
from cms.kernel import Slice

SLICE = Slice("identity", "Login, sessions and the users who may write.", router)
