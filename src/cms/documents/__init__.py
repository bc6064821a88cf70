"""What content types share: columns, views, fields, lists, writes, responses, rich text."""

from cms.documents.content import Content, Patch, cleaned, content_of, patched, stored_content
from cms.documents.fields import LongText, ShortText, Slug, SlugInPath, Title
from cms.documents.list_query import ContentQuery, ListQuery
from cms.documents.listing import Listed, having_ids, is_among_ids, read_page
from cms.documents.model import Document
from cms.documents.moves import MOVED, Moved, MovedSlug
from cms.documents.on_request import Etag, IncludedHtml
from cms.documents.payload import DocumentWrite, Moment, SingletonWrite
from cms.documents.reading import columns_of, find_document, headings, read_document
from cms.documents.responses import (
    CREATED,
    NOT_MODIFIED,
    IfMatch,
    IfNoneMatch,
    PreconditionRequired,
    content_response,
    document_response,
    etag_of,
    list_response,
    require_match,
    require_named,
    written_response,
)
from cms.documents.site import CurrentSite, Site, reserve_site_paths
from cms.documents.sorting import Sort, list_indexes, sort_key
from cms.documents.text import ComparedText, PlainText
from cms.documents.types import (
    DOCUMENT_TYPES,
    DocumentType,
    SearchFields,
    TypeInPath,
    TypeName,
    collection_tables,
    collections,
    register,
    type_of_table,
)
from cms.documents.view import CurrentView, PublicView, Status, View, visible
from cms.documents.working_copies import (
    WORKING_COPIES,
    as_if_published,
    copied,
    lock_working_copy,
    publish_working_copy,
    read_working_copy,
    values_to_publish,
)
from cms.documents.writing import (
    SlugTaken,
    acting_as,
    delete_document,
    insert_again,
    insert_document,
    lock_document,
    lock_document_by_id,
    update_document,
)
from cms.richtext import (
    BODY_BYTES,
    BodyHtml,
    ContactLink,
    Html,
    HttpLink,
    RemovedKind,
    RichText,
    clean_html_and_tell,
    rich_text_policy,
    sanitised_values,
)

# fmt: off
__all__ = [
    "BODY_BYTES", "CREATED", "DOCUMENT_TYPES", "MOVED", "NOT_MODIFIED",
    "WORKING_COPIES", "BodyHtml", "ComparedText", "ContactLink", "Content", "ContentQuery", "CurrentSite",
    "CurrentView", "Document", "DocumentType", "DocumentWrite", "Etag", "Html", "HttpLink",
    "IfMatch", "IfNoneMatch", "IncludedHtml", "ListQuery", "Listed", "LongText", "Moment", "Moved",
    "MovedSlug", "Patch", "PlainText", "PreconditionRequired", "PublicView", "RemovedKind",
    "RichText", "SearchFields", "ShortText", "SingletonWrite", "Site", "Slug", "SlugInPath",
    "SlugTaken", "Sort", "Status", "Title", "TypeInPath", "TypeName", "View",
    "acting_as", "as_if_published", "clean_html_and_tell", "cleaned", "collection_tables",
    "collections", "columns_of", "content_of", "content_response", "copied", "delete_document",
    "document_response", "etag_of", "find_document", "having_ids", "headings", "insert_again",
    "insert_document", "is_among_ids", "list_indexes", "list_response", "lock_document",
    "lock_document_by_id", "lock_working_copy", "patched", "publish_working_copy", "read_document",
    "read_page", "read_working_copy", "register", "require_match", "require_named",
    "reserve_site_paths", "rich_text_policy", "sanitised_values", "sort_key", "stored_content",
    "type_of_table", "update_document", "values_to_publish", "visible", "written_response",
]
