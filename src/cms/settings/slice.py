from cms.kernel.slices import Slice
from cms.settings.router import router

SLICE = Slice("settings", "What every page of the site shares: its name, logo and footer.", router)
