from cms.documents import DocumentType, register
from cms.kernel import Slice
from cms.settings.model import SiteSettings
from cms.settings.router import router
from cms.settings.schema import SettingsRead, SettingsWrite

SLICE = Slice("settings", "What every page of the site shares: its name, logo and footer.", router)

register(DocumentType("settings", SiteSettings, SettingsWrite, SettingsRead))
