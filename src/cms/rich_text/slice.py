from cms.kernel import Slice
from cms.rich_text.router import router

SLICE = Slice("rich_text", "What editors paste, as it would be stored.", router)
