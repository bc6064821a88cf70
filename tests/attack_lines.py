"""The attacks and faults that the system is held to, each under its number.

Every one has at least one automated test that is marked with it: `@pytest.mark.attack("T1")`. Beside
some stands the requirement of the OWASP ASVS 5.0 that it is the test of.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Line(NamedTuple):
    tried: str
    asvs: str | None = None


TOKENS = {
    "T1": Line("a token that says it needs no signature, or has none", "9.1.2"),
    "T2": Line("another algorithm with the right key", "9.1.2"),
    "T3": Line("a header without an algorithm, with an odd one, or that is no header", "9.1.2"),
    "T4": Line("a claim changed under the old signature", "9.1.1"),
    "T5": Line("a signed token that lacks a claim"),
    "T6": Line("a signed token whose expiry is no time"),
    "T7": Line("a token before or after its time", "9.2.1"),
    "T8": Line("a refresh token for an access token, and the reverse", "9.2.2"),
    "T9": Line("a token too long or too deep to be worth parsing"),
    "T10": Line("a header that names its own key, or where to fetch it", "9.1.3"),
    "T11": Line("another spelling of a good signature", "9.1.1"),
    "T12": Line("a refresh token that is no plain string", "15.3.5"),
    "T13": Line("no credentials, other ones, or a token in another place", "14.2.1"),
    "T14": Line("a spent refresh token after its grace", "10.4.5"),
    "T15": Line("fifty refreshes with one token at once", "15.4.2"),
    "T16": Line("the token before the last, within the grace", "10.4.5"),
    "T17": Line("retries that try to stretch the grace", "10.4.5"),
    "T18": Line("a retry after an answer that was lost"),
    "T19": Line("a session after its logout", "7.4.1"),
    "T20": Line("a session after its user was changed or removed", "7.4.2"),
    "T21": Line("rotating a session for ever", "10.4.8"),
    "T22": Line("reading tokens out of a dump or the logs", "16.2.5"),
    "T23": Line("a token of a former secret, while that is listed and afterwards", "13.3.4"),
    "T24": Line("reading the refresh token of a browser with a script", "3.3.4"),
    "T25": Line("another site that lets a browser send its cookie", "3.5.1"),
    "T26": Line("a cookie that another host of the domain has set", "3.3.3"),
}
LOGIN = {
    "L1": Line("telling from the answer or its time which accounts there are", "6.3.8"),
    "L2": Line("passwords beyond what bcrypt reads", "6.2.8"),
    "L3": Line("passwords and emails that are no text", "2.2.1"),
    "L4": Line("other spellings of an email, and letters that look like its own"),
    "L5": Line("a login that is not JSON, or no object of two strings", "15.3.5"),
    "L6": Line("fifty logins at once, to keep everyone else waiting", "15.2.2"),
    "L7": Line("a stored hash that is damaged", "16.5.3"),
    "L8": Line("line breaks in an email, to forge lines of the log", "16.4.1"),
    "L9": Line("finding the password in an error or a log", "16.2.5"),
}
AUTHORISATION = {
    "A1": Line("every write without a token or with the wrong role, spelt in every way", "8.2.1"),
    "A2": Line("telling a draft or a deleted document from one that never was", "8.2.2"),
    "A3": Line("counting drafts by totals and pages", "8.2.2"),
    "A4": Line("a tag that only drafts carry", "8.2.2"),
    "A5": Line("parameters that might show drafts, one of them or two", "15.3.7"),
    "A6": Line("asking about a draft with its ETag, or with any", "8.2.2"),
    "A7": Line("HEAD where GET shows nothing", "8.2.2"),
    "A8": Line("learning which slugs drafts have by trying to take them", "8.2.2"),
    "A9": Line("telling a draft from nothing by the time of the answer", "8.2.2"),
    "A10": Line("a visitor's request right after an editor has seen the draft", "14.2.2"),
    "A11": Line("a document that was public and no longer is, in every process", "8.3.2"),
    "A12": Line("setting a field that only the server sets", "15.3.3"),
    "A13": Line("finding an account in a public answer", "15.3.1"),
    "A14": Line("headers that a proxy or a framework might obey", "4.1.3"),
    "A15": Line("a preview link for anything but its one document", "8.2.2"),
    "A16": Line("a preview link after its maker was dismissed", "8.3.2"),
    "A17": Line("a preview that a cache has kept", "14.3.2"),
    "A18": Line("telling why a preview link does not work", "8.2.2"),
}
INPUT = {
    "I1": Line("NUL in any text, path or query", "2.2.1"),
    "I2": Line("half a character, wherever text can be", "2.2.1"),
    "I3": Line("numbers that are none, or infinite", "2.2.1"),
    "I4": Line("numbers too large for the database, or for anyone", "1.4.2"),
    "I5": Line("other spellings of a page's number, and two of them", "2.2.1"),
    "I6": Line("a page far behind the last", "15.2.2"),
    "I7": Line("pages of no size, or of any", "2.2.1"),
    "I8": Line("JSON nested beyond any parser's stack", "15.2.2"),
    "I9": Line("a key given twice, which two parsers read differently", "1.5.3"),
    "I10": Line("another encoding than UTF-8", "1.5.3"),
    "I11": Line("a body that does not say it is JSON", "3.5.2"),
    "I12": Line("a compressed body"),
    "I13": Line("one byte more than the limit, stated or not", "15.2.2"),
    "I14": Line("a request that ends in two places", "4.2.1"),
    "I15": Line("a body that is empty, another kind of JSON, or has something behind it", "2.2.1"),
    "I16": Line("values of a type that could be taken for the right one", "15.3.5"),
    "I17": Line("slugs that are paths, line breaks or far too long", "2.2.1"),
    "I18": Line("a thousand tags, or one of 10 KB", "2.2.1"),
    "I19": Line("methods that an endpoint does not have", "4.1.4"),
    "I20": Line("headers too large or too many"),
}
HTML = {
    "H1": Line("elements that act, with what they enclose", "1.3.1"),
    "H2": Line("attributes that act, name or style", "1.3.1"),
    "H3": Line("markup that means something else when it is parsed again", "1.3.1"),
    "H4": Line("links and images that run or load something else", "1.2.2"),
    "H5": Line("comments, CDATA and processing instructions", "1.3.1"),
    "H6": Line("text that changes when it is cleaned again", "1.3.1"),
    "H7": Line("whatever another sanitiser would still remove", "1.3.1"),
    "H8": Line("markup that costs a parser most", "15.2.2"),
    "H9": Line("markup that ends the element around it", "1.3.1"),
    "H10": Line("ordinary rich text, which must survive"),
}
URLS = {
    "U1": Line("URLs with another scheme, hidden characters or credentials", "1.2.2"),
    "U2": Line("URLs of over 2 048 characters", "2.2.1"),
    "U3": Line("making the server fetch a URL", "1.3.6"),
}
CORS = {
    "C1": Line("an origin that is allowed", "3.4.2"),
    "C2": Line("origins that look like one that is", "3.4.2"),
    "C3": Line("preflights for more than the admin app needs", "3.4.2"),
    "C4": Line("reading an error from an allowed origin"),
    "C5": Line("starting production with origins that are none", "3.4.2"),
    "C6": Line("one cached answer for requests with and without an origin", "3.4.2"),
}
RATE_LIMITS = {
    "R1": Line("a sixth request within any minute", "6.3.1"),
    "R2": Line("saying to be another client", "4.1.3"),
    "R3": Line("saying so through a proxy that is trusted", "15.3.4"),
    "R4": Line("other spellings of one address", "15.3.4"),
    "R5": Line("changing the address within one's own network", "6.3.1"),
    "R6": Line("fifty requests at once over many processes", "15.4.2"),
    "R7": Line("requests that differ in all but the client", "6.3.1"),
    "R8": Line("taking the limiter's storage away", "16.5.3"),
    "R9": Line("a million clients, and refusals that cost work", "15.2.2"),
    "R10": Line("keeping someone else out by failing for them", "6.3.1"),
}
CONCURRENCY = {
    "K1": Line("twenty documents with one slug at once", "15.4.2"),
    "K2": Line("two writes over one version at once", "15.4.2"),
    "K3": Line("a write against a deletion", "15.4.2"),
    "K4": Line("twenty writes of the one row of settings at once", "15.4.2"),
    "K5": Line("a logout against a refresh", "15.4.2"),
    "K6": Line("a deactivation while its user writes", "8.3.2"),
}
FAULTS = {
    "F1": Line("PostgreSQL restarted under load", "16.5.2"),
    "F2": Line("a worker, and PostgreSQL, killed in the middle of writes", "2.3.3"),
    "F3": Line("being asked to stop with requests in flight"),
    "F4": Line("no connection left in the pool", "13.2.6"),
    "F5": Line("a hundred clients that leave in the middle of a query"),
    "F6": Line("two hundred clients that dawdle", "15.2.2"),
    "F7": Line("losing the connection on which changes are heard", "16.5.2"),
    "F8": Line("a pooler between the API and PostgreSQL"),
    "F9": Line("a full disk", "16.5.2"),
    "F10": Line("a clock that is wrong"),
    "F11": Line("a migration that has to wait for a lock"),
    "F12": Line("a commit of which nobody knows whether it happened", "2.3.3"),
}
DEPLOYMENT = {
    "D1": Line("starting production without a good secret"),
    "D2": Line("starting production with a weak password of the first admin"),
    "D3": Line("a container without root, a writable disk or capabilities"),
    "D4": Line("two replicas that migrate at once"),
    "D5": Line("a forged Host"),
    "D6": Line("having an answer taken for something else, or learning what serves", "3.4.4"),
    "D7": Line("secrets and history in the image", "13.4.1"),
    "D8": Line("secrets in the log", "16.2.5"),
    "D9": Line("a database role that may do nothing besides", "13.2.2"),
}

SMUGGLING = {
    "S1": Line("an Upgrade whose body is taken for the next request", "4.2.1"),
    "S2": Line("trailers without an end"),
    "S3": Line("a trailer that poses as a header", "4.2.1"),
    "S4": Line("a forged X-Forwarded-For through a tunnel on the same machine", "4.1.3"),
    "S5": Line("a request for no host, or for two"),
    "S6": Line("twenty thousand requests at once on one connection"),
    "S7": Line("empty lines that keep a connection for ever"),
    "S8": Line("lines in the log that are none of its own"),
    "S9": Line("entity tags and slashes that are almost none"),
    "S10": Line("names of networks that are traps for scripts"),
}

LINES: dict[str, Line] = (
    TOKENS
    | LOGIN
    | AUTHORISATION
    | INPUT
    | HTML
    | URLS
    | CORS
    | RATE_LIMITS
    | CONCURRENCY
    | FAULTS
    | DEPLOYMENT
    | SMUGGLING
)


def marked_tests(root: Path) -> dict[str, list[str]]:
    """The tests by the lines that they are marked with, as pytest names them from `root`."""
    found: dict[str, list[str]] = {}
    for file in sorted([*root.glob("src/**/test_*.py"), *root.glob("tests/**/test_*.py")]):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for line in _lines_of(node):
                    found.setdefault(line, []).append(f"{file.relative_to(root)}::{node.name}")
    return found


def _lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(func=ast.Attribute(attr="attack"), args=arguments):
                yield from (str(ast.literal_eval(each)) for each in arguments)
